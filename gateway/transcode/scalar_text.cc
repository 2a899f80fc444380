#include "gateway/transcode/scalar_text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "gateway/transcode/ascii.h"
#include "gateway/transcode/suggestion.h"

namespace jobmesh::gateway::transcode {
namespace {

constexpr char kExpectedInteger[] = "expected a whole number";

// A whole number without its sign.
struct Magnitude {
  bool negative = false;
  std::uint64_t value = 0;
  bool overflow = false;
};

bool PlainInteger(std::string_view text, Magnitude* result) {
  if (!text.empty() && text.front() == '-') {
    result->negative = true;
    text.remove_prefix(1);
  }
  if (text.empty()) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result->value);
  if (!IsDigit(text.front()) || end != text.data() + text.size()) return false;
  result->overflow = error == std::errc::result_out_of_range;
  return true;
}

// A number of JSON with a fraction or an exponent whose value is whole all the same, exactly.
bool DecimalInteger(std::string_view text, Magnitude* result) {
  if (text.front() == '-') {
    result->negative = true;
    text.remove_prefix(1);
  }
  const std::size_t exponent_at = text.find_first_of("eE");
  std::string_view mantissa = text.substr(0, exponent_at);
  std::int64_t exponent = 0;
  if (exponent_at != std::string_view::npos) {
    std::string_view digits = text.substr(exponent_at + 1);
    if (digits.front() == '+') digits.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (error != std::errc()) {
      exponent = digits.front() == '-' ? std::numeric_limits<std::int32_t>::min()
                                       : std::numeric_limits<std::int32_t>::max();
    }
    exponent = std::clamp<std::int64_t>(exponent, -1'000'000'000, 1'000'000'000);
  }
  std::string digits;
  for (const char c : mantissa) {
    if (c != '.') digits.push_back(c);
  }
  const std::size_t point = mantissa.find('.');
  if (point != std::string_view::npos) {
    exponent -= static_cast<std::int64_t>(mantissa.size() - point - 1);
  }
  digits.erase(0, digits.find_first_not_of('0'));
  while (!digits.empty() && digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  if (digits.empty()) return true;
  if (exponent < 0) return false;
  if (exponent + static_cast<std::int64_t>(digits.size()) > 20) {
    result->overflow = true;
    return true;
  }
  digits.append(static_cast<std::size_t>(exponent), '0');
  return PlainInteger(digits, result) && !digits.empty();
}

bool ReadInteger(std::string_view text, TextSource source, Magnitude* result) {
  if (PlainInteger(text, result)) return true;
  *result = {};
  return source == TextSource::kJsonNumber && DecimalInteger(text, result);
}

bool OutOfRange(const char* type, std::string* problem) {
  *problem = std::string("out of the range of ") + type;
  return false;
}

template <typename T>
bool Signed(std::string_view text, TextSource source, const char* type, std::int64_t* value,
            std::string* problem) {
  Magnitude magnitude;
  if (!ReadInteger(text, source, &magnitude)) {
    *problem = kExpectedInteger;
    return false;
  }
  const auto limit =
      static_cast<std::uint64_t>(std::numeric_limits<T>::max()) + (magnitude.negative ? 1 : 0);
  if (magnitude.overflow || magnitude.value > limit) return OutOfRange(type, problem);
  *value = static_cast<std::int64_t>(magnitude.negative ? 0 - magnitude.value : magnitude.value);
  return true;
}

template <typename T>
bool Unsigned(std::string_view text, TextSource source, const char* type, std::uint64_t* value,
              std::string* problem) {
  Magnitude magnitude;
  if (!ReadInteger(text, source, &magnitude)) {
    *problem = kExpectedInteger;
    return false;
  }
  if (magnitude.overflow || magnitude.value > std::numeric_limits<T>::max() ||
      (magnitude.negative && magnitude.value != 0)) {
    return OutOfRange(type, problem);
  }
  *value = magnitude.value;
  return true;
}

// Whether a number that does not fit is too large rather than too near to zero.
bool IsHuge(std::string_view text) {
  const std::size_t exponent_at = text.find_first_of("eE");
  if (exponent_at != std::string_view::npos && text[exponent_at + 1] == '-') {
    // Only with as many digits before the point could it still be large.
    const std::string_view whole = text.substr(0, std::min(text.find('.'), exponent_at));
    return whole.size() > 300 && text.size() - exponent_at < 6;
  }
  if (exponent_at != std::string_view::npos) return true;
  return text.find_first_of("123456789") < text.find('.');
}

template <typename T>
bool FloatingPoint(std::string_view text, const char* type, T* value, std::string* problem) {
  if (text == "NaN") {
    *value = std::numeric_limits<T>::quiet_NaN();
    return true;
  }
  if (text == "Infinity" || text == "-Infinity") {
    *value = std::numeric_limits<T>::infinity() * (text.front() == '-' ? -1 : 1);
    return true;
  }
  const std::size_t sign = !text.empty() && text.front() == '-' ? 1 : 0;
  // from_chars reads "inf" and "nan" too.
  const bool starts_as_number = text.size() > sign && IsDigit(text[sign]);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  if (!starts_as_number || end != text.data() + text.size()) {
    *problem = "expected a number";
    return false;
  }
  if (error == std::errc::result_out_of_range) {
    if (IsHuge(text)) return OutOfRange(type, problem);
    *value = sign == 1 ? -T{0} : T{0};
  }
  return true;
}

bool Bool(std::string_view text, bool* value, std::string* problem) {
  constexpr std::array kTrue = {"true", "1", "t", "T", "TRUE", "True"};
  constexpr std::array kFalse = {"false", "0", "f", "F", "FALSE", "False"};
  *value = std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end();
  if (*value || std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return true;
  *problem = "expected true or false";
  return false;
}

bool Enum(const EnumTable& table, std::string_view text, TextSource source, std::int64_t* value,
          std::string* problem) {
  if (source != TextSource::kJsonNumber) {
    if (const auto number = table.NumberOf(text); number.has_value()) {
      *value = *number;
      return true;
    }
  }
  const bool numeric = !text.empty() && (IsDigit(text.front()) || text.front() == '-');
  if (numeric) {
    if (!Signed<std::int32_t>(text, source, "int32", value, problem)) return false;
    if (source != TextSource::kUrl || table.NameOf(static_cast<std::int32_t>(*value)) != nullptr) {
      return true;
    }
  }
  *problem = QuoteShortly(text) + " is not a valid value" + SuggestEnumValue(table, text);
  return false;
}

// 0-63, or -1 for what is no digit of base64.
int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (IsDigit(c)) return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

}  // namespace

bool DecodeBase64(std::string_view text, std::string* bytes) {
  std::size_t padding = 0;
  while (!text.empty() && text.back() == '=' && padding < 2) {
    text.remove_suffix(1);
    ++padding;
  }
  const std::size_t rest = text.size() % 4;
  if (rest == 1 || (padding > 0 && rest + padding != 4)) return false;
  bytes->clear();
  bytes->reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int bit_count = 0;
  for (const char c : text) {
    const int digit = Base64Digit(c);
    if (digit < 0) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      bytes->push_back(static_cast<char>(bits >> bit_count & 0xff));
    }
  }
  return true;
}

bool PutScalarText(const FieldTable& field, std::string_view text, TextSource source,
                   WireWriter* out, std::string* problem) {
  std::int64_t number = 0;
  std::uint64_t natural = 0;
  switch (field.kind) {
    case Kind::kInt32:
    case Kind::kSint32:
    case Kind::kSfixed32:
      if (!Signed<std::int32_t>(text, source, "int32", &number, problem)) return false;
      if (field.kind == Kind::kSfixed32) {
        out->Fixed32(static_cast<std::uint32_t>(number));
      } else {
        out->Varint(field.kind == Kind::kSint32 ? ZigZagEncode(number)
                                                : static_cast<std::uint64_t>(number));
      }
      return true;
    case Kind::kInt64:
    case Kind::kSint64:
    case Kind::kSfixed64:
      if (!Signed<std::int64_t>(text, source, "int64", &number, problem)) return false;
      if (field.kind == Kind::kSfixed64) {
        out->Fixed64(static_cast<std::uint64_t>(number));
      } else {
        out->Varint(field.kind == Kind::kSint64 ? ZigZagEncode(number)
                                                : static_cast<std::uint64_t>(number));
      }
      return true;
    case Kind::kUint32:
    case Kind::kFixed32:
      if (!Unsigned<std::uint32_t>(text, source, "uint32", &natural, problem)) return false;
      if (field.kind == Kind::kFixed32) {
        out->Fixed32(static_cast<std::uint32_t>(natural));
      } else {
        out->Varint(natural);
      }
      return true;
    case Kind::kUint64:
    case Kind::kFixed64:
      if (!Unsigned<std::uint64_t>(text, source, "uint64", &natural, problem)) return false;
      if (field.kind == Kind::kFixed64) {
        out->Fixed64(natural);
      } else {
        out->Varint(natural);
      }
      return true;
    case Kind::kDouble: {
      double value;
      if (!FloatingPoint(text, "double", &value, problem)) return false;
      out->Fixed64(std::bit_cast<std::uint64_t>(value));
      return true;
    }
    case Kind::kFloat: {
      float value;
      if (!FloatingPoint(text, "float", &value, problem)) return false;
      out->Fixed32(std::bit_cast<std::uint32_t>(value));
      return true;
    }
    case Kind::kBool: {
      bool value;
      if (!Bool(text, &value, problem)) return false;
      out->Varint(value ? 1 : 0);
      return true;
    }
    case Kind::kEnum:
      if (!Enum(*field.enumeration, text, source, &number, problem)) return false;
      out->Varint(static_cast<std::uint64_t>(number));
      return true;
    case Kind::kString:
      out->LengthDelimited(text);
      return true;
    case Kind::kBytes: {
      std::string bytes;
      if (!DecodeBase64(text, &bytes)) {
        *problem = "expected base64";
        return false;
      }
      out->LengthDelimited(bytes);
      return true;
    }
    case Kind::kMessage:
    case Kind::kGroup:
      break;
  }
  *problem = "a message; name one of its fields";
  return false;
}

}  // namespace jobmesh::gateway::transcode
