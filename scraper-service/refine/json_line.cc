#include "scraper-service/refine/json_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iterator>

#include "scraper-service/refine/ascii.h"

namespace jobmesh::scraper::refine {
namespace {

// Walks a line; `ok` turns false at the first thing that is not JSON.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : s_(text) {}

  bool ok() const { return ok_; }
  bool done() {
    Blanks();
    return i_ >= s_.size();
  }
  char Peek() {
    Blanks();
    return i_ < s_.size() ? s_[i_] : '\0';
  }
  bool Eat(char c) {
    if (Peek() != c) return false;
    ++i_;
    return true;
  }
  void Need(char c) { ok_ = Eat(c) && ok_; }

  void String(std::string& out) {
    out.clear();
    Need('"');
    // The quote ahead is looked for again only when it turns out to be escaped.
    size_t quote = std::min(s_.find('"', i_), s_.size());
    while (ok_) {
      if (quote < i_) quote = std::min(s_.find('"', i_), s_.size());
      const size_t end = i_ + std::min(s_.substr(i_, quote - i_).find('\\'), quote - i_);
      out.append(s_.substr(i_, end - i_));
      i_ = end;
      if (i_ >= s_.size()) return Fail();
      if (s_[i_++] == '"') return;
      Escape(out);
    }
  }

  // Skips any value; `raw` receives scalars as written.
  void Skip(std::string& raw) {
    raw.clear();
    int depth = 0;
    std::string unused;
    do {
      const char c = Peek();
      if (c == '"') {
        String(unused);
      } else if (c == '{' || c == '[') {
        ++depth;
        ++i_;
      } else if (c == '}' || c == ']') {
        --depth;
        ++i_;
      } else if (c == ',' || c == ':') {
        if (depth == 0) return Fail();
        ++i_;
      } else {
        const size_t begin = i_;
        while (i_ < s_.size() &&
               (IsAlnum(s_[i_]) || s_[i_] == '-' || s_[i_] == '+' || s_[i_] == '.'))
          ++i_;
        if (i_ == begin) return Fail();
        if (depth == 0) raw = s_.substr(begin, i_ - begin);
      }
    } while (ok_ && depth > 0);
    if (depth < 0) Fail();
  }

 private:
  void Fail() { ok_ = false; }
  void Blanks() {
    while (i_ < s_.size() && IsSpace(s_[i_])) ++i_;
  }

  void Escape(std::string& out) {
    if (i_ >= s_.size()) return Fail();
    const char c = s_[i_++];
    switch (c) {
      case 'n':
        out += '\n';
        return;
      case 't':
        out += '\t';
        return;
      case 'r':
        out += '\r';
        return;
      case 'b':
        out += '\b';
        return;
      case 'f':
        out += '\f';
        return;
      case '"':
      case '\\':
      case '/':
        out += c;
        return;
      case 'u':
        return Unicode(out);
      default:
        return Fail();
    }
  }

  bool Hex(uint32_t& value) {
    value = 0;
    if (i_ + 4 > s_.size()) return false;
    for (int k = 0; k < 4; ++k) {
      const char c = ToLower(s_[i_++]);
      if (!IsDigit(c) && !(c >= 'a' && c <= 'f')) return false;
      value = value * 16 + static_cast<uint32_t>(IsDigit(c) ? c - '0' : c - 'a' + 10);
    }
    return true;
  }

  void Unicode(std::string& out) {
    uint32_t c = 0;
    if (!Hex(c)) return Fail();
    if (c >= 0xD800 && c < 0xDC00 && s_.substr(i_, 2) == "\\u") {
      const size_t before = i_;
      i_ += 2;
      uint32_t low = 0;
      if (!Hex(low)) return Fail();
      if (low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      } else {
        i_ = before;
      }
    }
    if (c >= 0xD800 && c < 0xE000) c = 0xFFFD;  // half a pair
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xC0 | (c >> 6));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      out += static_cast<char>(0xE0 | (c >> 12));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | (c >> 18));
      out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    }
  }

  std::string_view s_;
  size_t i_ = 0;
  bool ok_ = true;
};

// ASCII that stands for itself in a JSON string.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

// Length of the valid UTF-8 character at text[i], 0 when there is none.
size_t Utf8Length(std::string_view text, size_t i) {
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[i + k]); };
  const auto tail = [&](size_t n) {
    if (i + n > text.size()) return false;
    for (size_t k = 1; k < n; ++k) {
      if ((byte(k) & 0xC0) != 0x80) return false;
    }
    return true;
  };
  const unsigned char c = byte(0);
  if (c < 0x80) return 1;
  if (c >= 0xC2 && c < 0xE0) return tail(2) ? 2 : 0;
  if (c >= 0xE0 && c < 0xF0) {
    if (!tail(3) || (c == 0xE0 && byte(1) < 0xA0) || (c == 0xED && byte(1) >= 0xA0)) return 0;
    return 3;
  }
  if (c >= 0xF0 && c < 0xF5) {
    if (!tail(4) || (c == 0xF0 && byte(1) < 0x90) || (c == 0xF4 && byte(1) >= 0x90)) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

absl::Status JsonLine::Parse(std::string_view line) {
  count_ = 0;
  Scanner scanner(line);
  scanner.Need('{');
  if (scanner.ok() && !scanner.Eat('}')) {
    do {
      if (count_ == members_.size()) members_.emplace_back();
      Member& member = members_[count_];
      scanner.String(member.key);
      scanner.Need(':');
      member.is_string = scanner.Peek() == '"';
      member.is_string ? scanner.String(member.value) : scanner.Skip(member.value);
      ++count_;
    } while (scanner.ok() && scanner.Eat(','));
    scanner.Need('}');
  }
  if (!scanner.ok() || !scanner.done()) {
    count_ = 0;
    return absl::InvalidArgumentError("not a JSON object");
  }
  return absl::OkStatus();
}

const std::string* JsonLine::Text(std::string_view key) const {
  for (size_t i = 0; i < count_; ++i) {
    if (members_[i].key == key) return members_[i].is_string ? &members_[i].value : nullptr;
  }
  return nullptr;
}

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  for (size_t i = 0; i < text.size();) {
    // Most strings are plain from end to end.
    size_t plain = i;
    while (plain < text.size() && kPlain[static_cast<unsigned char>(text[plain])]) ++plain;
    out.append(text.substr(i, plain - i));
    i = plain;
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += text[i++];
    } else if (c < 0x20) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", c);
      out += buffer;
      ++i;
    } else if (const size_t length = Utf8Length(text, i); length > 0) {
      out.append(text.substr(i, length));
      i += length;
    } else {
      out += "\xEF\xBF\xBD";
      ++i;
    }
  }
  out += '"';
}

void AppendJsonNumber(double value, std::string& out) {
  char buffer[32];
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  if (value == std::floor(value) && std::fabs(value) < 1e15) {
    out.append(buffer, std::to_chars(buffer, std::end(buffer), static_cast<int64_t>(value)).ptr);
    return;
  }
  std::snprintf(buffer, sizeof buffer, "%.15g", value);
  out += buffer;
}

}  // namespace jobmesh::scraper::refine
