#include "gateway/routes/path_template.h"

#include <algorithm>

#include "gateway/transcode/percent_encoding.h"
#include "runtime/status_macros.h"

namespace jobmesh::gateway::routes {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What may stand in a segment of a URI besides escapes (RFC 3986 pchar), without `*`.
bool IsSegmentCharacter(char c) {
  return IsLetter(c) || IsDigit(c) ||
         std::string_view("-._~!$&'()+,;=:@").find(c) != std::string_view::npos;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { result_.text = std::string(text); }

  absl::StatusOr<PathTemplate> Parse() {
    if (text_.empty() || text_.front() != '/') return Error("must start with '/'");
    if (text_ == "/") return std::move(result_);
    while (at_ < text_.size()) {
      ++at_;  // the slash
      RETURN_IF_ERROR(at_ < text_.size() && text_[at_] == '{' ? Variable() : PlainSegment());
    }
    RETURN_IF_ERROR(CheckWildcards());
    return std::move(result_);
  }

 private:
  absl::Status Error(const std::string& problem) const {
    return absl::InvalidArgumentError("path template \"" + result_.text + "\": " + problem);
  }

  // A segment outside of variables, with the verb when it is the last.
  absl::Status PlainSegment() {
    const std::size_t slash = std::min(text_.find('/', at_), text_.size());
    std::string_view segment = text_.substr(at_, slash - at_);
    if (segment.find_first_of("{}") != std::string_view::npos) {
      return Error("a variable must be a whole segment");
    }
    at_ = slash;
    if (slash == text_.size()) {
      const std::size_t colon = segment.find(':');
      if (colon != std::string_view::npos) {
        RETURN_IF_ERROR(Verb(segment.substr(colon + 1)));
        segment = segment.substr(0, colon);
      }
    }
    return Segment(segment);
  }

  absl::Status Segment(std::string_view segment) {
    if (segment.empty()) return Error("an empty segment");
    if (segment == "*") {
      result_.segments.push_back({.kind = TemplateSegment::Kind::kAny});
      return absl::OkStatus();
    }
    if (segment == "**") {
      result_.segments.push_back({.kind = TemplateSegment::Kind::kDeep});
      return absl::OkStatus();
    }
    TemplateSegment literal;
    RETURN_IF_ERROR(Literal(segment, &literal.literal));
    result_.segments.push_back(std::move(literal));
    return absl::OkStatus();
  }

  absl::Status Literal(std::string_view text, std::string* decoded) const {
    for (const char c : text) {
      if (c != '%' && !IsSegmentCharacter(c)) {
        return Error(std::string("the character '") + c + "' is not allowed");
      }
    }
    if (!transcode::PercentDecode(text, transcode::PercentDecoding::kAll, decoded)) {
      return Error("a malformed percent escape");
    }
    return absl::OkStatus();
  }

  absl::Status Verb(std::string_view verb) {
    if (verb.empty()) return Error("an empty verb");
    return Literal(verb, &result_.verb);
  }

  // `{field.path}` or `{field.path=pattern}`, and the verb when it is the last.
  absl::Status Variable() {
    const std::size_t close = text_.find('}', at_);
    if (close == std::string_view::npos) return Error("'{' without '}'");
    const std::string_view inside = text_.substr(at_ + 1, close - at_ - 1);
    if (inside.find('{') != std::string_view::npos) return Error("a variable inside a variable");
    const std::size_t equals = std::min(inside.find('='), inside.size());
    TemplateVariable variable{.field_path = std::string(inside.substr(0, equals)),
                              .first = result_.segments.size()};
    RETURN_IF_ERROR(CheckFieldPath(variable.field_path));
    std::string_view pattern = equals == inside.size() ? "*" : inside.substr(equals + 1);
    while (true) {
      const std::size_t slash = std::min(pattern.find('/'), pattern.size());
      const std::string_view segment = pattern.substr(0, slash);
      if (segment.find(':') != std::string_view::npos) return Error("a verb inside a variable");
      RETURN_IF_ERROR(Segment(segment));
      if (slash == pattern.size()) break;
      pattern.remove_prefix(slash + 1);
    }
    variable.count = result_.segments.size() - variable.first;
    variable.multi_segment =
        variable.count > 1 || result_.segments.back().kind == TemplateSegment::Kind::kDeep;
    result_.variables.push_back(std::move(variable));
    at_ = close + 1;
    if (at_ == text_.size() || text_[at_] == '/') return absl::OkStatus();
    if (text_[at_] != ':') return Error("a variable must be a whole segment");
    const std::string_view verb = text_.substr(at_ + 1);
    if (verb.find('/') != std::string_view::npos)
      return Error("a variable must be a whole segment");
    at_ = text_.size();
    return Verb(verb);
  }

  absl::Status CheckFieldPath(std::string_view path) const {
    bool starts = true;  // of a name
    for (const char c : path) {
      if (c == '.' ? starts : !(IsLetter(c) || c == '_' || (IsDigit(c) && !starts))) {
        return Error("\"" + std::string(path) + "\" is not a field path");
      }
      starts = c == '.';
    }
    if (starts) return Error("\"" + std::string(path) + "\" is not a field path");
    for (const TemplateVariable& other : result_.variables) {
      if (other.field_path == path) return Error("the variable " + other.field_path + " twice");
    }
    return absl::OkStatus();
  }

  absl::Status CheckWildcards() const {
    bool deep = false;
    for (const TemplateSegment& segment : result_.segments) {
      if (deep && segment.kind != TemplateSegment::Kind::kLiteral) {
        return Error("only literals may follow '**'");
      }
      deep = deep || segment.kind == TemplateSegment::Kind::kDeep;
    }
    return absl::OkStatus();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  PathTemplate result_;
};

}  // namespace

std::string ShapeOf(const PathTemplate& path) {
  // A literal may hold any character but NUL, which no request can send.
  std::string shape;
  for (const TemplateSegment& segment : path.segments) {
    shape += '\0';
    shape += static_cast<char>('0' + static_cast<int>(segment.kind));
    shape += segment.literal;
  }
  shape += '\0';
  shape += path.verb;
  return shape;
}

absl::StatusOr<PathTemplate> ParsePathTemplate(std::string_view text) {
  return Parser(text).Parse();
}

}  // namespace jobmesh::gateway::routes
