#include "scraper-service/tasks/task_id.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace jobmesh::scraper::tasks {
namespace {

constexpr uint64_t kSequenceBits = 14;  // of the 26, those after the variant

bool IsHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

uint64_t HexValue(std::string_view digits) {
  return std::strtoull(std::string(digits).c_str(), nullptr, 16);
}

std::string Hex(uint64_t value, int digits) {
  char text[24];
  std::snprintf(text, sizeof text, "%0*llx", digits, static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

std::optional<std::string> UuidOfTask(std::string_view id) {
  if (id.size() == 36) {
    std::string digits(id);
    for (const size_t place : {8, 13, 18, 23}) {
      if (id[place] != '-') {
        return std::nullopt;
      }
    }
    std::erase(digits, '-');
    return digits.size() == 32 && IsHex(digits) ? std::optional<std::string>(id) : std::nullopt;
  }
  if (id.size() != 24 || !IsHex(id)) {
    return std::nullopt;
  }
  const uint64_t rest = HexValue(id.substr(12));  // 12 + 14 bits of the sequence, 22 random ones
  const uint64_t high = rest >> 36;
  const uint64_t low = (rest >> 22) & ((1u << kSequenceBits) - 1);
  const uint64_t random = (rest & 0x3fffff) << 26;
  std::string uuid(id.substr(0, 8));
  uuid += '-';
  uuid += id.substr(8, 4);
  uuid += "-7" + Hex(high, 3) + '-' + Hex(low | 0x8000, 4) + '-' + Hex(random, 12);
  return uuid;
}

std::string PublicTaskId(std::string_view uuid, std::string_view family) {
  if (family != "004" || uuid.size() != 36) {
    return std::string(uuid);
  }
  const uint64_t high = HexValue(uuid.substr(15, 3));
  const uint64_t low = HexValue(uuid.substr(19, 4)) & ((1u << kSequenceBits) - 1);
  const uint64_t random = HexValue(uuid.substr(24)) >> 26;
  return std::string(uuid.substr(0, 8)) + std::string(uuid.substr(9, 4)) +
         Hex(high << 36 | low << 22 | random, 12);
}

}  // namespace jobmesh::scraper::tasks
