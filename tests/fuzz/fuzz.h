#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// What the fuzz targets share. A target is one file with
//
//   JOBMESH_FUZZ_TARGET(std::string_view input) { … }
//
// that calls the code under test and ends the process where a promise is broken.
namespace jobmesh::fuzz {

// Ends the process, which is how a fuzzer learns of a finding.
inline void Require(bool holds, const char* promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

// Cuts `input` at the first `separator`: answers what is before, leaves what is behind.
inline std::string_view TakeUntil(char separator, std::string_view* input) {
  const std::size_t end = input->find(separator);
  const std::string_view taken = input->substr(0, end);
  input->remove_prefix(end == std::string_view::npos ? input->size() : end + 1);
  return taken;
}

}  // namespace jobmesh::fuzz

#define JOBMESH_FUZZ_TARGET(parameter)                                                \
  static void FuzzOne(parameter);                                                     \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    FuzzOne(std::string_view(reinterpret_cast<const char*>(data), size));             \
    return 0;                                                                         \
  }                                                                                   \
  static void FuzzOne(parameter)
