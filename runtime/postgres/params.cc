#include "runtime/postgres/params.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "runtime/strings.h"

namespace jobmesh::runtime::postgres {

std::string TextArray(const std::vector<std::string>& elements) {
  std::string text = "{";
  for (const std::string& element : elements) {
    if (text.size() > 1) {
      text += ',';
    }
    text += '"';
    for (char c : element) {
      if (c == '"' || c == '\\') {
        text += '\\';
      }
      text += c;
    }
    text += '"';
  }
  return text + '}';
}

std::vector<std::string> ParseTextArray(std::string_view text) {
  std::vector<std::string> elements;
  if (text.size() < 2 || text.front() != '{') {
    return elements;
  }
  size_t i = 1;
  while (i < text.size() && text[i] != '}') {
    std::string element;
    const bool quoted = text[i] == '"';
    if (quoted) {
      ++i;
    }
    for (; i < text.size(); ++i) {
      const char c = text[i];
      if (quoted ? c == '"' : (c == ',' || c == '}')) {
        break;
      }
      if (c == '\\' && i + 1 < text.size()) {
        ++i;
      }
      element += text[i];
    }
    if (quoted && i < text.size()) {
      ++i;
    }
    if (!quoted && element == "NULL") {
      element.clear();
    }
    elements.push_back(std::move(element));
    if (i < text.size() && text[i] == ',') {
      ++i;
    }
  }
  return elements;
}

std::string IntervalText(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Milliseconds(duration), " milliseconds");
}

std::string TimestampText(absl::Time time) {
  if (time == absl::InfiniteFuture()) {
    return "infinity";
  }
  if (time == absl::InfinitePast()) {
    return "-infinity";
  }
  return absl::FormatTime("%Y-%m-%d %H:%M:%E6S+00", time, absl::UTCTimeZone());
}

std::optional<absl::Time> ParseTimestamp(std::string_view text) {
  // PostgreSQL writes the offset as +00, which %Ez does not read; sessions are in UTC, so it can
  // only be that.
  if (text.size() > 3 && text.substr(text.size() - 3) == "+00") {
    text.remove_suffix(3);
  }
  if (text == "infinity") {
    return absl::InfiniteFuture();
  }
  if (text == "-infinity") {
    return absl::InfinitePast();
  }
  absl::Time time;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S", Av(text), absl::UTCTimeZone(), &time, nullptr)) {
    return std::nullopt;
  }
  return time;
}

Param ToParam(Bytes value) { return "\\x" + absl::BytesToHexString(Av(value.content)); }

}  // namespace jobmesh::runtime::postgres
