#include "gateway/transcode/percent_encoding.h"

namespace jobmesh::gateway::transcode {
namespace {

// Whether the escape of `byte` stays.
bool StaysEscaped(char byte, PercentDecoding decoding) {
  constexpr std::string_view kReserved = "!#$&'()*+,/:;=?@[]";
  switch (decoding) {
    case PercentDecoding::kKeepReserved:
      return kReserved.find(byte) != std::string_view::npos;
    case PercentDecoding::kKeepSlash:
      return byte == '/';
    default:
      return false;
  }
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool PercentDecode(std::string_view text, PercentDecoding decoding, std::string* decoded) {
  decoded->reserve(decoded->size() + text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && decoding == PercentDecoding::kForm) {
      decoded->push_back(' ');
      continue;
    }
    if (c != '%') {
      decoded->push_back(c);
      continue;
    }
    if (text.size() - i < 3) return false;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return false;
    const char byte = static_cast<char>(high << 4 | low);
    if (StaysEscaped(byte, decoding)) {
      decoded->append(text.substr(i, 3));
    } else {
      decoded->push_back(byte);
    }
    i += 2;
  }
  return true;
}

}  // namespace jobmesh::gateway::transcode
