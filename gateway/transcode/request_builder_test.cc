// What sections E and F of gateway/rule_cases leave to say of requests.

#include "gateway/transcode/request_builder.h"

#include <string>

#include <gtest/gtest.h>

#include "gateway/transcode/testdata/tables.h"

namespace jobmesh::gateway::transcode {
namespace {

// The message in text form, or `400 <what is wrong>`.
std::string Query(const std::string& query) {
  const BodyRule none;
  const ParseOptions options;
  RequestBuilder builder(TestTable(), none, options);
  if (const absl::Status status = builder.BindQuery(query, {}); !status.ok()) {
    return "400 " + std::string(status.message());
  }
  std::string wire;
  builder.Finish(&wire);
  return TextOf(wire);
}

TEST(Query, ThousandParameters_AreTheMost) {
  std::string query;
  for (int i = 0; i < 1000; ++i) query += "words=a&";
  EXPECT_EQ(Query(query).substr(0, 5), "words");
  EXPECT_EQ(Query(query + "words=b"), "400 words: too many parameters");
}

TEST(Query, LongPaths_AreRefused) {
  std::string deep = "int32_value=1";
  for (int i = 0; i < 70; ++i) deep.insert(0, "nested.");
  EXPECT_EQ(Query(deep).substr(0, 4), "400 ");
}

TEST(Query, MalformedEscapesAndMessagesWithoutText_AreRefused) {
  EXPECT_EQ(Query("string_value=%zz").substr(0, 4), "400 ");
  EXPECT_EQ(Query("any=x").substr(0, 4), "400 ");
}

TEST(RequestBuilder, APathCanFillANestedField) {
  const BodyRule none;
  const ParseOptions options;
  RequestBuilder builder(TestTable(), none, options);
  ASSERT_TRUE(builder.BindPath(*ResolveFieldPath(TestTable(), "nested.int64_value"), "5").ok());
  std::string wire;
  builder.Finish(&wire);
  EXPECT_EQ(TextOf(wire), "nested { int64_value: 5 }");
}

}  // namespace
}  // namespace jobmesh::gateway::transcode
