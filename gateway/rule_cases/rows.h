#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

// The cases of google.api.http: 176 rows in seven sections, A to G, that say what a gateway has to
// do with templates, paths, verbs, escapes, queries, bodies and answers. They were gathered from
// google/api/http.proto and from what Envoy, grpc-gateway and libprotobuf test; where those
// disagree, README.md tells which way is taken.
//
// Every row is one test whose name ends in its number, so that a run lists them and
// coverage_test.cc finds one that is missing.
namespace jobmesh::gateway::rule_cases {

// What is given, and what has to come of it: both in the words of the section.
struct Example {
  std::string given;
  std::string result;
};

struct Row {
  std::string number;
  std::vector<Example> examples;
};

inline void PrintTo(const Row& row, std::ostream* out) { *out << row.number; }

// Names the test of a row after it.
struct NumberOf {
  template <typename AnyRow>
  std::string operator()(const testing::TestParamInfo<AnyRow>& info) const {
    return info.param.number;
  }
};

// `400` stands for any refusal, otherwise both must be the same.
inline void ExpectResult(const std::string& result, const std::string& expected,
                         std::string_view given) {
  if (expected == "400") {
    EXPECT_EQ(result.substr(0, 3), "400") << given;
  } else {
    EXPECT_EQ(result, expected) << given;
  }
}

}  // namespace jobmesh::gateway::rule_cases
