#include "scraper-service/sources/json_fields.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "scraper-service/fetch/text.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::sources {

using nlohmann::json;

const json& Field(const json& object, const char* name) {
  static const auto& nothing = *new json(nullptr);
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::optional<std::string> Text(const json& value) {
  if (value.is_string()) {
    const auto trimmed = fetch::TrimSpace(value.get_ref<const std::string&>());
    return trimmed.empty() ? std::nullopt : std::optional<std::string>(trimmed);
  }
  if (value.is_number()) return value.dump();
  return std::nullopt;
}

std::string TextField(const json& object, const char* name) {
  return Text(Field(object, name)).value_or("");
}

std::optional<double> Number(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  std::string digits(fetch::TrimSpace(value.get_ref<const std::string&>()));
  digits.erase(std::remove(digits.begin(), digits.end(), ','), digits.end());
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::vector<std::string> TextList(const json& value) {
  std::vector<std::string> texts;
  if (value.is_array()) {
    for (const auto& element : value) {
      const auto& named = element.is_object() ? Field(element, "name") : element;
      if (auto text = Text(named)) texts.push_back(*std::move(text));
    }
  } else if (const auto text = Text(value)) {
    std::string_view rest = *text;
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      const auto part = fetch::TrimSpace(rest.substr(0, comma));
      if (!part.empty()) texts.emplace_back(part);
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
  }
  return texts;
}

std::optional<std::string> JoinedText(const json& value) {
  std::string joined;
  for (const auto& text : TextList(value)) {
    joined += (joined.empty() ? "" : ", ") + text;
  }
  return joined.empty() ? std::nullopt : std::optional(joined);
}

std::string SalaryPeriod(std::string_view stated) {
  const std::string text = fetch::AsciiLower(stated);
  const std::pair<std::string_view, std::string_view> kWords[] = {
      {"hour", "HOUR"}, {"hur", "HOUR"},    {"month", "MONTH"}, {"mon", "MONTH"},
      {"week", "WEEK"}, {"wee", "WEEK"},    {"day", "DAY"},     {"daily", "DAY"},
      {"year", "YEAR"}, {"annual", "YEAR"}, {"annum", "YEAR"},  {"ann", "YEAR"},
  };
  for (const auto& [word, period] : kWords) {
    if (text.find(word) != std::string::npos) return std::string(period);
  }
  return {};
}

void SetDescription(RawPosting& posting, std::string text) {
  posting.description = UnescapeUntilTags(std::move(text));
  posting.description_format =
      HasTags(posting.description) ? RawPosting::Format::kHtml : RawPosting::Format::kText;
  if (posting.description_format == RawPosting::Format::kText) {
    posting.description = UnescapeEntities(posting.description);
  }
}

}  // namespace jobmesh::scraper::sources
