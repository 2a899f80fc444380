#include "scraper-service/sources/css_selector.h"

#include "scraper-service/fetch/text.h"

namespace jobmesh::scraper::sources {
namespace {

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

class SelectorReader {
 public:
  explicit SelectorReader(std::string_view text) : text_(text) {}

  absl::StatusOr<std::string> Read() {
    std::string xpath;
    do {
      if (!xpath.empty()) xpath += " | ";
      if (!Complex(xpath)) {
        return absl::InvalidArgumentError("cannot read \"" + std::string(text_) +
                                          "\" as a CSS selector at byte " + std::to_string(at_));
      }
    } while (Take(','));
    return xpath;
  }

 private:
  bool More() const { return at_ < text_.size(); }
  bool Take(char c) {
    if (!More() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool SkipBlanks() {
    const auto from = at_;
    while (More() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
    return at_ > from;
  }
  std::string_view Name() {
    const auto from = at_;
    while (More() && IsNameByte(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }

  // Compounds with combinators, to the end or a comma.
  bool Complex(std::string& xpath) {
    SkipBlanks();
    xpath += ".//";
    while (true) {
      if (!Compound(xpath)) return false;
      const bool blank = SkipBlanks();
      if (!More() || text_[at_] == ',') return true;
      if (Take('>')) {
        SkipBlanks();
        xpath += '/';
      } else if (blank) {
        xpath += "//";
      } else {
        return false;
      }
    }
  }

  bool Compound(std::string& xpath) {
    const auto from = at_;
    const std::string_view type = Name();
    if (type.empty()) Take('*');
    xpath += type.empty() ? "*" : fetch::AsciiLower(type);
    while (More()) {
      if (Take('.')) {
        const std::string name(Name());
        if (name.empty()) return false;
        xpath += "[contains(concat(' ',normalize-space(@class),' '),' " + name + " ')]";
      } else if (Take('#')) {
        const std::string name(Name());
        if (name.empty()) return false;
        xpath += "[@id='" + name + "']";
      } else if (Take('[')) {
        if (!AttributeTest(xpath)) return false;
      } else {
        break;
      }
    }
    return at_ > from;
  }

  bool AttributeTest(std::string& xpath) {
    const std::string name = fetch::AsciiLower(Name());
    if (name.empty()) return false;
    if (Take(']')) {
      xpath += "[@" + name + "]";
      return true;
    }
    const bool begins = Take('^');
    const bool contains = !begins && Take('*');
    if (!Take('=')) return false;
    const bool quoted = Take('"');
    const auto end = text_.find(quoted ? '"' : ']', at_);
    if (end == std::string_view::npos) return false;
    const std::string value(text_.substr(at_, end - at_));
    at_ = end + (quoted ? 1 : 0);
    // XPath 1.0 has no escape for its quotes.
    if (value.empty() || value.find('\'') != std::string::npos || !Take(']')) return false;
    if (begins || contains) {
      xpath += std::string("[") + (begins ? "starts-with" : "contains") + "(@" + name + ",'" +
               value + "')]";
    } else {
      xpath += "[@" + name + "='" + value + "']";
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

absl::StatusOr<std::string> CssToXPath(std::string_view selector) {
  return SelectorReader(selector).Read();
}

absl::StatusOr<FieldSelector> ParseFieldSelector(std::string_view text) {
  FieldSelector field;
  const auto at = text.rfind('@');
  if (at != std::string_view::npos && text.find_first_of("]\"", at) == std::string_view::npos) {
    field.attribute = fetch::AsciiLower(fetch::TrimSpace(text.substr(at + 1)));
    text = text.substr(0, at);
    if (field.attribute.empty()) return absl::InvalidArgumentError("no attribute behind the @");
  }
  // "@href" alone is the item's own.
  if (fetch::TrimSpace(text).empty() && !field.attribute.empty()) {
    field.xpath = ".";
    return field;
  }
  auto xpath = CssToXPath(text);
  if (!xpath.ok()) return xpath.status();
  field.xpath = *std::move(xpath);
  return field;
}

}  // namespace jobmesh::scraper::sources
