// posting-generator --count N [--seed S] [--first I] [--now UNIX_SECONDS]
// Prints N invented postings as JSON lines, the input of `scraper-service refine`. Equal arguments
// print equal bytes; without --now, posted dates are relative to the time of the run.

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "tests/support/posting_generator.h"

namespace {

constexpr size_t kFlushBytes = 1 << 20;

int Usage() {
  std::fputs("usage: posting-generator --count N [--seed S] [--first I] [--now UNIX_SECONDS]\n",
             stderr);
  return 2;
}

bool ParseNumber(std::string_view text, uint64_t* value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t count = 0;
  uint64_t seed = 1;
  uint64_t first = 0;
  uint64_t now = static_cast<uint64_t>(
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())
          .time_since_epoch()
          .count());
  if (argc < 3 || argc % 2 == 0) return Usage();
  for (int i = 1; i < argc; i += 2) {
    std::string_view name = argv[i];
    uint64_t* target = name == "--count"   ? &count
                       : name == "--seed"  ? &seed
                       : name == "--first" ? &first
                       : name == "--now"   ? &now
                                           : nullptr;
    if (target == nullptr || !ParseNumber(argv[i + 1], target)) return Usage();
  }

  jobmesh::testing::PostingGenerator generator(
      {.seed = seed,
       .now = std::chrono::sys_seconds(std::chrono::seconds(static_cast<int64_t>(now)))});
  std::string buffer;
  buffer.reserve(kFlushBytes + (1 << 16));
  auto flush = [&buffer] {
    bool written = std::fwrite(buffer.data(), 1, buffer.size(), stdout) == buffer.size();
    buffer.clear();
    return written;
  };
  for (uint64_t index = first; index < first + count; ++index) {
    jobmesh::testing::AppendJsonLine(generator.At(index), &buffer);
    buffer += '\n';
    if (buffer.size() >= kFlushBytes && !flush()) return 1;
  }
  return flush() && std::fflush(stdout) == 0 ? 0 : 1;
}
