#include "gateway/transcode/json_reader.h"

#include <algorithm>

#include "gateway/transcode/ascii.h"
#include "gateway/transcode/utf8.h"

namespace jobmesh::gateway::transcode {

bool JsonReader::ReadString(std::string_view* value) {
  if (!Take('"')) return Refuse("expected a string");
  const char* copied = position_;
  bool escapes = false;
  while (true) {
    position_ = SkipPlainJson(position_, end_);
    if (position_ == end_) return Refuse("the string does not end");
    const auto byte = static_cast<unsigned char>(*position_);
    if (byte >= 0x80) {
      const std::size_t length = Utf8SequenceLength(position_, end_);
      if (length == 0) return Refuse("the string is not UTF-8");
      position_ += length;
      continue;
    }
    const std::string_view plain(copied, static_cast<std::size_t>(position_ - copied));
    if (byte == '"') {
      ++position_;
      if (!escapes) {
        *value = plain;
        return true;
      }
      unescaped_.append(plain);
      *value = unescaped_;
      return true;
    }
    if (byte != '\\') return Refuse("a control character must be escaped");
    if (!escapes) unescaped_.clear();
    escapes = true;
    unescaped_.append(plain);
    ++position_;
    if (!ReadEscape()) return false;
    copied = position_;
  }
}

bool JsonReader::ReadEscape() {
  if (position_ == end_) return Refuse("the string does not end");
  switch (*position_++) {
    case '"':
      unescaped_.push_back('"');
      return true;
    case '\\':
      unescaped_.push_back('\\');
      return true;
    case '/':
      unescaped_.push_back('/');
      return true;
    case 'b':
      unescaped_.push_back('\b');
      return true;
    case 'f':
      unescaped_.push_back('\f');
      return true;
    case 'n':
      unescaped_.push_back('\n');
      return true;
    case 'r':
      unescaped_.push_back('\r');
      return true;
    case 't':
      unescaped_.push_back('\t');
      return true;
    case 'u':
      break;
    default:
      --position_;
      return Refuse("no such escape in JSON");
  }
  unsigned code_unit;
  if (!ReadHex4(&code_unit)) return false;
  std::uint32_t code_point = code_unit;
  if (code_unit >= 0xdc00 && code_unit <= 0xdfff) return Refuse("a lone surrogate");
  if (code_unit >= 0xd800 && code_unit <= 0xdbff) {
    unsigned low;
    if (end_ - position_ < 2 || position_[0] != '\\' || position_[1] != 'u') {
      return Refuse("a lone surrogate");
    }
    position_ += 2;
    if (!ReadHex4(&low)) return false;
    if (low < 0xdc00 || low > 0xdfff) return Refuse("a lone surrogate");
    code_point = 0x10000 + ((code_unit - 0xd800) << 10) + (low - 0xdc00);
  }
  char utf8[4];
  unescaped_.append(utf8, PutUtf8(utf8, code_point));
  return true;
}

bool JsonReader::ReadHex4(unsigned* code_unit) {
  if (end_ - position_ < 4) return Refuse("expected four hexadecimal digits");
  *code_unit = 0;
  for (int i = 0; i < 4; ++i, ++position_) {
    const char c = *position_;
    unsigned digit;
    if (IsDigit(c)) {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A' + 10);
    } else {
      return Refuse("expected four hexadecimal digits");
    }
    *code_unit = *code_unit << 4 | digit;
  }
  return true;
}

bool JsonReader::ReadNumber(std::string_view* number) {
  Peek();
  const char* const begin = position_;
  const auto digits = [this] {
    const char* const first = position_;
    while (position_ < end_ && IsDigit(*position_)) ++position_;
    return position_ > first;
  };
  const auto take = [this](char c) {
    if (position_ == end_ || *position_ != c) return false;
    ++position_;
    return true;
  };
  take('-');
  if (!take('0') && !digits()) return Refuse("expected a value");
  if (take('.') && !digits()) return Refuse("expected a digit");
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    if (!digits()) return Refuse("expected a digit");
  }
  if (position_ < end_ &&
      (IsDigit(*position_) || *position_ == '.' || *position_ == '_' ||
       (*position_ >= 'a' && *position_ <= 'z') || (*position_ >= 'A' && *position_ <= 'Z'))) {
    return Refuse("not a number of JSON");
  }
  *number = {begin, static_cast<std::size_t>(position_ - begin)};
  return true;
}

bool JsonReader::ReadLiteral(std::string_view literal) {
  Peek();
  if (static_cast<std::size_t>(end_ - position_) < literal.size() ||
      std::string_view(position_, literal.size()) != literal) {
    return Refuse("expected a value");
  }
  position_ += literal.size();
  return true;
}

bool JsonReader::SkipValue(int max_depth) {
  // Which brackets are open: a string instead of recursion.
  std::string open;
  while (true) {
    std::string_view ignored;
    const char c = Peek();
    bool value_ends = true;
    if (c == '{' || c == '[') {
      if (open.size() == static_cast<std::size_t>(std::max(max_depth, 0))) {
        return Refuse("nested too deep");
      }
      Pass();
      const char close = c == '{' ? '}' : ']';
      if (!Take(close)) {
        open.push_back(close);
        value_ends = false;
      }
    } else if (c == '"') {
      if (!ReadString(&ignored)) return false;
    } else if (c == 't' || c == 'f' || c == 'n') {
      if (!ReadLiteral(c == 't' ? "true" : c == 'f' ? "false" : "null")) return false;
    } else if (!ReadNumber(&ignored)) {
      return false;
    }
    while (value_ends && !open.empty()) {
      if (Take(',')) {
        value_ends = false;
      } else if (Take(open.back())) {
        open.pop_back();
      } else {
        return Refuse(open.back() == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
      }
    }
    if (open.empty()) return true;
    if (open.back() == '}') {
      if (!ReadString(&ignored)) return false;
      if (!Take(':')) return Refuse("expected ':'");
    }
  }
}

}  // namespace jobmesh::gateway::transcode
