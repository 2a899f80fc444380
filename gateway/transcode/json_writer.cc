#include "gateway/transcode/json_writer.h"

#include <cmath>

#include "gateway/transcode/utf8.h"

namespace jobmesh::gateway::transcode {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Writes the escape of a control character, a quote or a backslash, at most 6 bytes.
char* PutEscape(char* out, char c) {
  *out++ = '\\';
  switch (c) {
    case '"':
    case '\\':
      *out++ = c;
      return out;
    case '\n':
      *out++ = 'n';
      return out;
    case '\r':
      *out++ = 'r';
      return out;
    case '\t':
      *out++ = 't';
      return out;
    case '\b':
      *out++ = 'b';
      return out;
    case '\f':
      *out++ = 'f';
      return out;
    default:
      *out++ = 'u';
      *out++ = '0';
      *out++ = '0';
      *out++ = kHexDigits[static_cast<unsigned char>(c) >> 4];
      *out++ = kHexDigits[c & 15];
      return out;
  }
}

}  // namespace

template <typename T>
void JsonWriter::FloatingPoint(T value) {
  if (!std::isfinite(value)) {
    Raw(std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    return;
  }
  // Shortest digits that give the value back; without an exponent as far as JavaScript goes without
  // (almost), because 1e+05 is no way to state a salary.
  constexpr int kRoom = 48;
  const T size = std::abs(value);
  buffer_.Reserve(kRoom);
  char* const begin = buffer_.cursor();
  const bool plain = value == 0 || (size >= T(1e-5) && size < T(1e17));
  buffer_.set_cursor((plain ? std::to_chars(begin, begin + kRoom, value, std::chars_format::fixed)
                            : std::to_chars(begin, begin + kRoom, value))
                         .ptr);
}

void JsonWriter::Number(double value) { FloatingPoint(value); }
void JsonWriter::Number(float value) { FloatingPoint(value); }

void JsonWriter::Base64(std::string_view bytes) {
  buffer_.Reserve((bytes.size() + 2) / 3 * 4 + 2);
  char* out = buffer_.cursor();
  *out++ = '"';
  std::size_t i = 0;
  const auto at = [bytes](std::size_t index) -> std::uint32_t {
    return index < bytes.size() ? static_cast<unsigned char>(bytes[index]) : 0;
  };
  for (; i < bytes.size(); i += 3) {
    const std::uint32_t group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    *out++ = kBase64Digits[group >> 18];
    *out++ = kBase64Digits[group >> 12 & 63];
    *out++ = i + 1 < bytes.size() ? kBase64Digits[group >> 6 & 63] : '=';
    *out++ = i + 2 < bytes.size() ? kBase64Digits[group & 63] : '=';
  }
  *out++ = '"';
  buffer_.set_cursor(out);
}

bool JsonWriter::String(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  buffer_.Reserve(text.size() + 2);
  buffer_.Append('"');
  const char* copied = at;
  while ((at = SkipPlainJson(at, end)) < end) {
    if (static_cast<unsigned char>(*at) >= 0x80) {
      const std::size_t length = Utf8SequenceLength(at, end);
      if (length == 0) return false;
      at += length;
      continue;
    }
    buffer_.Append({copied, static_cast<std::size_t>(at - copied)});
    buffer_.Reserve(6);
    buffer_.set_cursor(PutEscape(buffer_.cursor(), *at));
    copied = ++at;
  }
  buffer_.Append({copied, static_cast<std::size_t>(at - copied)});
  buffer_.Append('"');
  return true;
}

void JsonWriter::PlainString(std::string_view text) {
  buffer_.Reserve(text.size() + 2);
  buffer_.Append('"');
  buffer_.Append(text);
  buffer_.Append('"');
}

}  // namespace jobmesh::gateway::transcode
