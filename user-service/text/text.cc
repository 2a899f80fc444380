#include "user-service/text/text.h"

#include <algorithm>
#include <cstdint>

namespace jobmesh::user {
namespace {

uint32_t FoldCodePoint(uint32_t c) {
  if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ||  // Latin, Latin-1
      (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) {         // Greek, Cyrillic
    return c + 0x20;
  }
  if (c >= 0x400 && c <= 0x40F) {  // further Cyrillic
    return c + 0x50;
  }
  // Latin Extended-A: pairs of upper and lower case; which of a pair comes first changes twice.
  const bool even_first = (c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14A && c <= 0x177);
  const bool odd_first = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if ((even_first && c % 2 == 0) || (odd_first && c % 2 == 1)) {
    return c + 1;
  }
  return c;
}

}  // namespace

bool IsBlank(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && IsBlank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

size_t CodePoints(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string FoldCase(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      folded += static_cast<char>(FoldCodePoint(first));
    } else if ((first & 0xE0) == 0xC0 && i + 1 < text.size()) {
      // Every letter that is folded takes two bytes, before and after.
      const uint32_t c = FoldCodePoint(((first & 0x1Fu) << 6) | (text[i + 1] & 0x3Fu));
      folded += static_cast<char>(0xC0 | (c >> 6));
      folded += static_cast<char>(0x80 | (c & 0x3F));
      ++i;
    } else {
      folded += text[i];
    }
  }
  return folded;
}

}  // namespace jobmesh::user
