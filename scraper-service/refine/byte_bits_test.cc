#include "scraper-service/refine/byte_bits.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

// Texts of every length up to a little over two blocks, of all bytes.
std::vector<std::string> Texts() {
  std::mt19937 random(3);
  std::vector<std::string> texts;
  for (size_t size = 0; size <= 2 * ByteBlock::kBytes + 3; ++size) {
    std::string text(size, '\0');
    // Few different bytes make runs.
    for (char& c : text)
      c = size % 2 == 0 ? static_cast<char>(random()) : "ab0_ \xC3"[random() % 6];
    texts.push_back(std::move(text));
  }
  return texts;
}

bool IsLetter(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || u == '_' || u >= 0x80;
}

TEST(ByteBlockTest, Kinds_AreThoseOfEachByte) {
  for (const std::string& text : Texts()) {
    const ByteBlock block(text, 0);
    const uint64_t letters = block.Where([](Bytes bytes) { return bytes.IsLetter(); });
    const uint64_t digits = block.Where([](Bytes bytes) { return bytes.IsDigit(); });
    const uint64_t beyond = block.Where([](Bytes bytes) { return bytes.IsBeyondAscii(); });
    const uint64_t either =
        block.Where([](Bytes bytes) { return bytes.Is('a') | bytes.Is('\xC3'); });
    for (size_t i = 0; i < ByteBlock::kBytes; ++i) {
      const char c = i < text.size() ? text[i] : '\0';
      EXPECT_EQ(letters >> i & 1, IsLetter(c) ? 1u : 0u) << i;
      EXPECT_EQ(digits >> i & 1, c >= '0' && c <= '9' ? 1u : 0u) << i;
      EXPECT_EQ(beyond >> i & 1, static_cast<unsigned char>(c) >= 0x80 ? 1u : 0u) << i;
      EXPECT_EQ(either >> i & 1, c == 'a' || c == '\xC3' ? 1u : 0u) << i;
    }
  }
}

TEST(ForEachRunTest, Runs_AreTheLongestOnes) {
  for (const std::string& text : Texts()) {
    std::vector<std::pair<size_t, size_t>> expected;
    for (size_t i = 0; i < text.size(); ++i) {
      if (!IsLetter(text[i])) continue;
      const size_t begin = i;
      while (i < text.size() && IsLetter(text[i])) ++i;
      expected.emplace_back(begin, i);
    }
    std::vector<std::pair<size_t, size_t>> runs;
    ForEachRun(
        text, [](Bytes bytes) { return bytes.IsLetter(); },
        [&](size_t begin, size_t end) { runs.emplace_back(begin, end); });
    EXPECT_EQ(runs, expected);
  }
}

TEST(ByteBitsTest, NextAndLast_AreFoundFromEveryPlace) {
  constexpr std::string_view kDigits = "0123456789";
  for (const std::string& text : Texts()) {
    const ByteBits bits(text, [](const ByteBlock& block) {
      return block.Where([](Bytes bytes) { return bytes.IsDigit(); });
    });
    for (size_t at = 0; at <= text.size() + 1; ++at)
      EXPECT_EQ(bits.Next(at), std::min(text.find_first_of(kDigits, at), text.size()));
    for (size_t at = 0; at <= text.size(); ++at)
      EXPECT_EQ(bits.EndBefore(at), text.substr(0, at).find_last_of(kDigits) + 1);
  }
}

}  // namespace
}  // namespace jobmesh::scraper::refine
