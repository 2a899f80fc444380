#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "scraper-service/refine/byte_bits.h"

namespace jobmesh::scraper::refine {

// The bytes text[at, at + length) as a number, the first one lowest on every machine; length is
// from one to eight.
inline uint64_t LoadBytes(std::string_view text, size_t at, size_t length) {
  uint64_t bytes = 0;
  if (text.size() - at < 8) {
    for (size_t i = 0; i < length; ++i)
      bytes |= uint64_t{static_cast<unsigned char>(text[at + i])} << 8 * i;
    return bytes;
  }
  std::memcpy(&bytes, text.data() + at, 8);  // of a fixed size, which costs no call
  if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap64(bytes);
  return bytes & ~uint64_t{0} >> (64 - 8 * length);
}

// A hash of text[begin, end) regardless of ASCII case, eight bytes at a time. Words are short: a
// call would cost as much again.
[[gnu::always_inline]] inline uint64_t HashWord(std::string_view text, size_t begin, size_t end) {
  constexpr uint64_t kFold = 0x2020202020202020ull;
  uint64_t hash = 0xCBF29CE484222325ull;
  for (; begin < end; begin += 8) {
    const size_t length = end - begin < 8 ? end - begin : 8;
    hash = (hash ^ (LoadBytes(text, begin, length) | kFold)) * 0x9E3779B97F4A7C15ull;
    hash ^= hash >> 29;
  }
  return hash;
}

// A text with the places where phrases may begin: symbols other than blanks, and the first letters
// of words; a letter after a digit begins a word ("5yrs"). Made once, read by every extractor.
// Refers to the text, which must outlive it.
class ScannedText {
 public:
  struct Start {
    uint32_t at;
    // Of the letters, or digits, that begin here, eight at most, regardless of case (WordHash).
    uint32_t hash;
  };

  // Implicit, so that extractors can be called with a plain text too.
  ScannedText(std::string_view text)  // NOLINT(google-explicit-constructor)
      : text_(text) {
    // Of each block all but the last eight bytes, so that it shows how words go on.
    constexpr size_t kStep = ByteBlock::kBytes - 8;
    Start* const first = Reserve(text.size());
    Start* end = first;
    Runs before;
    for (size_t at = 0; at < text.size(); at += kStep) {
      const ByteBlock block(text, at);
      const Runs runs(block, before.letters >> (kStep - 1) & 1, before.digits >> (kStep - 1) & 1);
      const uint64_t blanks =
          block.Where([](Bytes bytes) { return bytes.Is(' ') | bytes.Is('\n'); });
      uint64_t starts = runs.begins & ~(blanks | runs.numbered);
      for (starts &= LowBits(std::min(kStep, text.size() - at)); starts != 0;
           starts &= starts - 1) {
        const int i = std::countr_zero(starts);
        const size_t begin = at + static_cast<size_t>(i);
        *end++ = {static_cast<uint32_t>(begin), Hash(text, begin, runs.Length(i))};
      }
      before = runs;
    }
    count_ = static_cast<size_t>(end - first);
  }
  ScannedText(const std::string& text)
      : ScannedText(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  ScannedText(const char* text)
      : ScannedText(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)

  // The same text with those starts only for which keep(start) holds.
  template <typename Keep>
  ScannedText Only(Keep&& keep) const {
    ScannedText result;
    result.text_ = text_;
    Start* const kept = result.Reserve(count_);
    for (const Start& start : starts()) {
      kept[result.count_] = start;
      result.count_ += keep(start) ? 1 : 0;
    }
    return result;
  }

  std::string_view text() const { return text_; }
  std::span<const Start> starts() const {
    return {many_ != nullptr ? many_.get() : few_.data(), count_};
  }

  // The hash of a Start at the beginning of a phrase, evenly spread over its bits.
  static uint32_t WordHash(std::string_view phrase) { return Hash(phrase, 0, WordLength(phrase)); }
  // How many bytes of the phrase that hash covers.
  static size_t WordLength(std::string_view phrase) {
    return Runs(ByteBlock(phrase, 0), 0, 0).Length(0);
  }

 private:
  // Of 64 bytes, a bit for each.
  struct Runs {
    Runs() = default;
    // letter, digit: 1 if the byte before was one.
    Runs(const ByteBlock& block, uint64_t letter, uint64_t digit)
        : letters(block.Where([](Bytes bytes) { return bytes.IsLetter(); })),
          digits(block.Where([](Bytes bytes) { return bytes.IsDigit(); })),
          numbered(digits & (letters << 1 | letter)),
          begins(~((letters & (letters << 1 | letter)) | (digits & (digits << 1 | digit)))) {}

    // Of the run that begins at byte i, up to eight.
    size_t Length(int i) const {
      return static_cast<size_t>(std::countr_zero(begins >> 1 >> i | 0x80)) + 1;
    }

    uint64_t letters = 0;
    uint64_t digits = 0;
    uint64_t numbered = 0;  // digits right behind letters: "Python3" is one word
    uint64_t begins = 0;    // of runs of letters, or of digits, and all other bytes
  };

  ScannedText() = default;

  static uint32_t Hash(std::string_view text, size_t at, size_t length) {
    constexpr uint64_t kFold = 0x2020202020202020ull;
    const uint64_t word = LoadBytes(text, at, length) | kFold;
    return static_cast<uint32_t>((word * 0x9E3779B97F4A7C15ull) >> 32);
  }
  static uint64_t LowBits(size_t count) { return ~(~uint64_t{0} << count); }

  // Room for so many starts.
  Start* Reserve(size_t count) {
    if (count <= few_.size()) return few_.data();
    many_ = std::make_unique_for_overwrite<Start[]>(count);
    return many_.get();
  }

  std::string_view text_;
  size_t count_ = 0;
  // In many_, if there is one; lines are scanned without going to the heap.
  std::array<Start, 64> few_;
  std::unique_ptr<Start[]> many_;
};

}  // namespace jobmesh::scraper::refine
