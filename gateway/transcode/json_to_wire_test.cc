// What section F of gateway/rule_cases leaves to say of JSON bodies.

#include "gateway/transcode/json_to_wire.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "gateway/transcode/field_error.h"
#include "gateway/transcode/testdata/tables.h"

namespace jobmesh::gateway::transcode {
namespace {

// The message in text form, or `400 <what is wrong>`.
std::string Parse(const std::string& json, const ParseOptions& options = {}) {
  std::string wire;
  const absl::Status status = JsonToWire(TestTable(), json, options, &wire);
  if (status.ok()) return TextOf(wire);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(FieldErrorOf(status).has_value());
  EXPECT_TRUE(wire.empty());
  return "400 " + std::string(status.message());
}

TEST(JsonToWire, AByteOrderMark_IsNoJson) {
  EXPECT_EQ(Parse("\xEF\xBB\xBF{}").substr(0, 3), "400");
}

TEST(JsonToWire, LongNames_AreCutInErrors) {
  EXPECT_EQ(Parse("{\"" + std::string(1000, 'q') + "\":1}"),
            "400 \"" + std::string(64, 'q') + "…\": unknown field");
}

TEST(JsonToWire, WhatIsSkipped_MustStillBeJsonAndNotTooDeep) {
  const ParseOptions ignore{.unknown_fields = UnknownFields::kIgnore};
  EXPECT_EQ(Parse(R"({"unknown":[1,]})", ignore).substr(0, 3), "400");
  EXPECT_EQ(Parse(R"({"unknown":"\q"})", ignore).substr(0, 3), "400");
  EXPECT_EQ(
      Parse("{\"u\":" + std::string(64, '[') + std::string(64, ']') + "}", ignore).substr(0, 3),
      "400");
}

TEST(JsonToWire, ScalarsOfEveryKind_AreExact) {
  const std::pair<const char*, const char*> kRows[] = {
      {R"({"sint32Value":-2147483648})", "sint32_value: -2147483648"},
      {R"({"sint64Value":"-5"})", "sint64_value: -5"},
      {R"({"fixed32Value":7,"sfixed64Value":-7})", "fixed32_value: 7 sfixed64_value: -7"},
      {R"({"doubleValue":2.5e-3})", "double_value: 0.0025"},
      {R"({"doubleValue":"NaN"})", "double_value: nan"},
      {R"({"doubleValue":"-Infinity"})", "double_value: -inf"},
      {R"({"doubleValue":"1.5"})", "double_value: 1.5"},
      {R"({"doubleValue":"inf"})", "400 doubleValue: expected a number"},
      {R"({"doubleValue":1e-400})", ""},
      {R"({"floatValue":1e39})", "400 floatValue: out of the range of float"},
      {R"({"maybeInt32":0,"maybeString":"","maybeColor":0})",
       R"(maybe_int32: 0 maybe_string: "" maybe_color: COLOR_NONE)"},
      {R"({"bigNumbers":["-1",2]})", "big_numbers: -1 big_numbers: 2"},
      {R"({"empty":{}})", "empty { }"},
      {R"({"empty":{"a":1}})", "400 empty.a: unknown field"},
      {R"({"farField":9})", "far_field: 9"},
  };
  for (const auto& [json, result] : kRows) EXPECT_EQ(Parse(json), result) << json;
}

TEST(JsonToWire, LongSubmessages_GetLongLengths) {
  // Lengths of one, two and three bytes, nested in one another.
  for (const std::size_t size : {1u, 100u, 127u, 128u, 16'300u, 16'384u, 70'000u}) {
    const std::string text(size, 'x');
    const std::string json = R"({"nested":{"children":[{"stringValue":")" + text +
                             R"("},{"nested":{"int32Value":1}}],)" +
                             R"("int32Value":2},"farField":3})";
    EXPECT_EQ(Parse(json), "nested { int32_value: 2 children { string_value: \"" + text +
                               "\" } children { nested { int32_value: 1 } } } far_field: 3");
  }
}

TEST(FieldError, OfAStatus_TellsWhereWhatAndWhy) {
  std::string wire;
  const absl::Status status = JsonToWire(TestTable(), R"({"nested":{"color":true}})", {}, &wire);
  const auto error = FieldErrorOf(status);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->location, "body");
  EXPECT_EQ(error->field, "nested.color");
  EXPECT_EQ(error->message, "expected the name or number of a value");
  EXPECT_FALSE(FieldErrorOf(absl::NotFoundError("x")).has_value());
}

}  // namespace
}  // namespace jobmesh::gateway::transcode
