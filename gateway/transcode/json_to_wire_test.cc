// Rows F5-F34 of the cases of google.api.http: JSON bodies to messages.

#include "gateway/transcode/json_to_wire.h"

#include <string>
#include <vector>

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

struct Row {
  const char* number;
  std::string json;
  std::string result;  // `400` stands for every error
};

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const std::string result = Parse(row.json);
    if (row.result == "400") {
      EXPECT_EQ(result.substr(0, 4), "400 ") << row.number << ' ' << row.json;
    } else {
      EXPECT_EQ(result, row.result) << row.number << ' ' << row.json;
    }
  }
}

TEST(JsonToWire, Documents_MustBeOneObject) {
  Check({
      {"F5", "{}", ""},
      {"F5", " \n\t\r{ } ", ""},
      {"F6", "  ", "400"},
      {"F6", "", "400"},
      {"F7", "null", "400"},
      {"F7", "[]", "400"},
      {"F7", "\"x\"", "400"},
      {"F9", "{\"nested\":5}", "400 nested: expected an object"},
      {"F9", "{\"nested\":[{}]}", "400 nested: expected an object"},
      {"F12", "INVALID_JSON", "400"},
      {"F12", "{ \"stringValue\" : \"Children\"", "400"},
      {"F12", "{ \"stringValue\" \"Children\" }", "400"},
      {"F12", "{\"int32Value\" : 1]", "400"},
      {"F12", "[\"stringValue\" , \"int32Value\" : 1}", "400"},
      {"F13", "{\"stringValue\":\"Children\"}EXTRA", "400"},
      {"F13", "{} {}", "400"},
      {"F13", "{}.", "400"},
      {"F14", "{\"stringValue\":\"\xC3\x28\"}", "400"},
      {"F14", "{\"stringValue\":\"\xED\xA0\x80\"}", "400"},
      {"F14", "{\"\xC3\x28\":1}", "400"},
      {"byte order mark", "\xEF\xBB\xBF{}", "400"},
  });
}

TEST(JsonToWire, F10_UnknownFieldsAreRefusedByPathWithTheNearestName) {
  EXPECT_EQ(Parse(R"({"nested":{"strng_value":"x"}})"),
            "400 nested.strng_value: unknown field; did you mean \"stringValue\"?");
  EXPECT_EQ(Parse(R"({"children":[{},{"zzzzzzzzzz":1}]})"),
            "400 children[1].zzzzzzzzzz: unknown field");
  EXPECT_EQ(Parse("{\"" + std::string(1000, 'q') + "\":1}"),
            "400 \"" + std::string(64, 'q') + "…\": unknown field");
}

TEST(JsonToWire, F10_UnknownFieldsAreSkippedWhereTheServiceSaysSo) {
  const ParseOptions ignore{.unknown_fields = UnknownFields::kIgnore};
  EXPECT_EQ(Parse(R"({"unknown1":"a","stringValue":"x","unknown2":{"a":[1,{"b":null}]},)"
                  R"("unknown3":[true,1e5]})",
                  ignore),
            "string_value: \"x\"");
  // What is skipped must still be JSON, and not too deep.
  EXPECT_EQ(Parse(R"({"unknown":[1,]})", ignore).substr(0, 3), "400");
  EXPECT_EQ(Parse(R"({"unknown":"\q"})", ignore).substr(0, 3), "400");
  EXPECT_EQ(
      Parse("{\"u\":" + std::string(64, '[') + std::string(64, ']') + "}", ignore).substr(0, 3),
      "400");
  // A misspelt value of an enum is no unknown field.
  EXPECT_EQ(Parse(R"({"color":"REDD"})", ignore),
            "400 color: \"REDD\" is not a valid value; did you mean \"RED\"?");
}

TEST(JsonToWire, F15_NestingIsLimitedTo64Levels) {
  const auto nested = [](int levels) {
    std::string json;
    for (int i = 1; i < levels; ++i) json += "{\"nested\":";
    json += "{}";
    return json + std::string(static_cast<std::size_t>(levels - 1), '}');
  };
  EXPECT_EQ(Parse(nested(64)).substr(0, 6), "nested");
  EXPECT_NE(Parse(nested(65)).find("nested deeper than 64 levels"), std::string::npos);
  const auto list = [](int levels) {
    const auto count = static_cast<std::size_t>(levels);
    return "{\"anyJson\":" + std::string(count, '[') + std::string(count, ']') + "}";
  };
  // Every list in a Value is two messages, every object three: what the service could not parse for
  // its depth is refused here.
  EXPECT_EQ(Parse(list(50)).substr(0, 8), "any_json");
  EXPECT_EQ(Parse(list(51)).substr(0, 3), "400");
  EXPECT_EQ(Parse(list(64)).substr(0, 3), "400");
}

TEST(JsonToWire, Numbers_AreExact) {
  Check({
      {"F17", R"({"int32Value":1})", "int32_value: 1"},
      {"F17", R"({"int32Value":"1"})", "int32_value: 1"},
      {"F17", R"({"int32Value":1.0})", "int32_value: 1"},
      {"F17", R"({"int32Value":1e2})", "int32_value: 100"},
      {"F17", R"({"int32Value":1200e-2})", "int32_value: 12"},
      {"F17", R"({"int32Value":-0})", ""},
      {"F17", R"({"int32Value":1.5})", "400 int32Value: expected a whole number"},
      {"F17", R"({"int32Value":"1.0"})", "400"},
      {"F17", R"({"int32Value":"1e2"})", "400"},
      {"F17", R"({"int32Value":2147483647})", "int32_value: 2147483647"},
      {"F17", R"({"int32Value":-2147483648})", "int32_value: -2147483648"},
      {"F17", R"({"int32Value":2147483648})", "400 int32Value: out of the range of int32"},
      {"F17", R"({"int32Value":1e400})", "400"},
      {"F17", R"({"int32Value":1e99999999999999999999})", "400"},
      {"F17", R"({"int32Value":1e-99999999999999999999})", "400"},
      {"F17", R"({"int32Value":0e99999999999999999999})", ""},
      {"F17", R"({"int32Value":""})", "400"},
      {"F17", R"({"int32Value":" 1"})", "400"},
      {"F17", R"({"int32Value":true})", "400 int32Value: expected a number"},
      {"F17", R"({"int32Value":null})", ""},
      {"F18", R"({"int64Value":"9007199254740993"})", "int64_value: 9007199254740993"},
      {"F18", R"({"int64Value":9007199254740993})", "int64_value: 9007199254740993"},
      {"F18", R"({"int64Value":9007199254740993.0})", "int64_value: 9007199254740993"},
      {"F18", R"({"int64Value":"9223372036854775807"})", "int64_value: 9223372036854775807"},
      {"F18", R"({"int64Value":"-9223372036854775808"})", "int64_value: -9223372036854775808"},
      {"F18", R"({"int64Value":"9223372036854775808"})", "400"},
      {"F18", R"({"int64Value":"-9223372036854775809"})", "400"},
      {"F18", R"({"uint64Value":"18446744073709551615"})", "uint64_value: 18446744073709551615"},
      {"F18", R"({"uint64Value":18446744073709551616})", "400"},
      {"F18", R"({"uint64Value":"-1"})", "400"},
      {"F18", R"({"uint32Value":4294967296})", "400"},
      {"zigzag", R"({"sint32Value":-2147483648})", "sint32_value: -2147483648"},
      {"zigzag", R"({"sint64Value":"-5"})", "sint64_value: -5"},
      {"fixed", R"({"fixed32Value":7,"sfixed64Value":-7})", "fixed32_value: 7 sfixed64_value: -7"},
      {"double", R"({"doubleValue":2.5e-3})", "double_value: 0.0025"},
      {"double", R"({"doubleValue":"NaN"})", "double_value: nan"},
      {"double", R"({"doubleValue":"-Infinity"})", "double_value: -inf"},
      {"double", R"({"doubleValue":"1.5"})", "double_value: 1.5"},
      {"double", R"({"doubleValue":"inf"})", "400"},
      {"double", R"({"doubleValue":1e-400})", ""},
      {"F34", R"({"doubleValue":1e400})", "400 doubleValue: out of the range of double"},
      {"float", R"({"floatValue":1e39})", "400 floatValue: out of the range of float"},
  });
}

TEST(JsonToWire, ScalarsOfOtherKinds_TakeTheirFormsOnly) {
  Check({
      {"F19", R"({"boolValue":true})", "bool_value: true"},
      {"F19", R"({"boolValue":"true"})", "bool_value: true"},
      {"F19", R"({"boolValue":"TRUE"})", "bool_value: true"},
      {"F19", R"({"boolValue":"1"})", "bool_value: true"},
      {"F19", R"({"boolValue":1})", "400 boolValue: expected true or false"},
      {"F20", R"({"stringValue":5})", "400 stringValue: expected a string"},
      {"F20", R"({"stringValue":true})", "400"},
      {"F20", R"({"stringValue":{}})", "400"},
      {"F20", R"({"stringValue":["a"]})", "400"},
      {"F20", R"({"stringValue":null})", ""},
      {"F20", R"({"stringValue":"\ud83d"})", "400"},
      {"F20", R"({"stringValue":"\ude00"})", "400"},
      {"F20", R"({"stringValue":"\ud83dx"})", "400"},
      {"F20", R"({"stringValue":"\ud83d\ude00"})", R"(string_value: "\360\237\230\200")"},
      {"F20", R"({"stringValue":"a\u0000b"})", R"(string_value: "a\000b")"},
      {"F20", R"({"stringValue":"\"\\\/\b\f\n\r\t\u00e9"})",
       R"(string_value: "\"\\/\010\014\n\r\t\303\251")"},
      {"F21", R"({"bytesValue":"-_8="})", R"(bytes_value: "\373\377")"},
      {"F21", R"({"bytesValue":"-_8"})", R"(bytes_value: "\373\377")"},
      {"F21", R"({"bytesValue":"+/8="})", R"(bytes_value: "\373\377")"},
      {"F21", R"({"bytesValue":"+/8"})", R"(bytes_value: "\373\377")"},
      {"F21", R"({"bytesValue":"!!!"})", "400 bytesValue: expected base64"},
      {"F21", R"({"bytesValue":"A"})", "400"},
      {"F22", R"({"color":"RED"})", "color: RED"},
      {"F22", R"({"color":1})", "color: RED"},
      {"F22", R"({"color":"1"})", "color: RED"},
      {"F22", R"({"color":-5})", "color: BLUE"},
      {"F22", R"({"color":7})", "color: 7"},
      {"F22", R"({"color":"red"})", "400"},
      {"F22", R"({"color":"NOPE"})", "400"},
      {"F22", R"({"color":1.5})", "400"},
      {"presence", R"({"maybeInt32":0,"maybeString":"","maybeColor":0})",
       R"(maybe_int32: 0 maybe_string: "" maybe_color: COLOR_NONE)"},
  });
}

TEST(JsonToWire, ListsAndMaps_KeepEveryElement) {
  Check({
      {"F23", R"({"numbers":[1,"2",3]})", "numbers: 1 numbers: 2 numbers: 3"},
      {"F23", R"({"numbers":1})", "numbers: 1"},
      {"F23", R"({"words":"a"})", R"(words: "a")"},
      {"F23", R"({"numbers":null})", ""},
      {"F23", R"({"numbers":[]})", ""},
      {"F23", R"({"numbers":[null]})", ""},
      {"F23", R"({"words":["a",null,"b"]})", R"(words: "a" words: "b")"},
      {"F23", R"({"children":{}})", "400 children: expected a list"},
      {"F23", R"({"children":[{"int32Value":"x"}]})",
       "400 children[0].int32Value: expected a whole number"},
      {"unpacked", R"({"bigNumbers":["-1",2]})", "big_numbers: -1 big_numbers: 2"},
      {"F24", R"({"counts":{"a":1}})", R"(counts { key: "a" value: 1 })"},
      {"F24", R"({"counts":{"b":"2"}})", R"(counts { key: "b" value: 2 })"},
      {"F24", R"({"counts":{"a":1,"a":2}})", "400 counts.a: given twice"},
      {"F24", R"({"byFlag":{"true":1,"1":2}})", "400 byFlag.1: given twice"},
      {"F24", R"({"counts":{"a":null}})", R"(counts { key: "a" value: 0 })"},
      {"F24", R"({"byId":{"x":{}}})", "400 byId.x: key: expected a whole number"},
      {"F24", R"({"byId":{"-7":{"int32Value":1}}})", "by_id { key: -7 value { int32_value: 1 } }"},
      {"F24", R"({"labels":[]})", "400 labels: expected an object"},
      {"F25", R"({"choiceText":"x","choiceNumber":1})",
       "400 choiceNumber: excludes choiceText, which is given too"},
      {"F25", R"({"choiceText":"x","choiceNumber":null})", R"(choice_text: "x")"},
      {"F25", R"({"choiceNull":null})", "choice_null: NULL_VALUE"},
      {"F25", R"({"choiceText":"x","otherFlag":true})", R"(choice_text: "x" other_flag: true)"},
  });
}

TEST(JsonToWire, WellKnownTypes_TakeTheirOwnForms) {
  const std::string any = "type.googleapis.com/jobmesh.gateway.testdata.Everything";
  Check({
      {"F26", R"({"int64Wrapper":"5"})", "int64_wrapper { value: 5 }"},
      {"F26", R"({"int64Wrapper":5})", "int64_wrapper { value: 5 }"},
      {"F26", R"({"int64Wrapper":null})", ""},
      {"F26", R"({"int64Wrapper":{"value":"5"}})", "int64_wrapper { value: 5 }"},
      {"F26", R"({"boolWrapper":false})", "bool_wrapper { }"},
      {"F26", R"({"int64Wrapper":"x"})", "400 int64Wrapper: expected a whole number"},
      {"F27", R"({"time":"2016-12-15T12:23:32Z"})", "time { seconds: 1481804612 }"},
      {"F27", R"({"time":"2016-12-15T12:23:32.123456789Z"})",
       "time { seconds: 1481804612 nanos: 123456789 }"},
      {"F27", R"({"time":"2016-12-15T14:23:32+02:00"})", "time { seconds: 1481804612 }"},
      {"F27", R"({"time":"1969-12-31T23:59:59.5Z"})", "time { seconds: -1 nanos: 500000000 }"},
      {"F27", R"({"time":"2024-02-29T00:00:00Z"})", "time { seconds: 1709164800 }"},
      {"F27", R"({"time":"2026-02-29T00:00:00Z"})", "400"},
      {"F27", R"({"time":"2026-01-02"})", "400"},
      {"F27", R"({"time":"2026-01-02 03:04:05Z"})", "400"},
      {"F27", R"({"time":5})", "400"},
      {"F27", R"({"time":"0000-01-01T00:00:00Z"})", "400"},
      {"F27", R"({"time":"2026-01-02T03:04:05"})", "400"},
      {"F28", R"({"duration":"1.5s"})", "duration { seconds: 1 nanos: 500000000 }"},
      {"F28", R"({"duration":"-1.5s"})", "duration { seconds: -1 nanos: -500000000 }"},
      {"F28", R"({"duration":"1h"})", "400"},
      {"F28", R"({"duration":"90"})", "400"},
      {"F28", R"({"duration":5})", "400"},
      {"F28", R"({"duration":"315576000001s"})", "400"},
      {"F29", R"({"mask":"a,bC.d"})", R"(mask { paths: "a" paths: "b_c.d" })"},
      {"F29", R"({"mask":""})", "mask { }"},
      {"F29", R"({"mask":{"paths":["a"]}})", R"(mask { paths: "a" })"},
      {"F29", R"({"mask":["a"]})", "400"},
      {"F30", R"({"structValue":[]})", "400"},
      {"F30", R"({"structValue":{"a":null}})",
       R"(struct_value { fields { key: "a" value { null_value: NULL_VALUE } } })"},
      {"F30", R"({"structValue":{"a":1,"a":2}})", "400 structValue.a: given twice"},
      {"F30", R"({"anyJson":null})", "any_json { null_value: NULL_VALUE }"},
      {"F30", R"({"anyJson":"x"})", R"(any_json { string_value: "x" })"},
      {"F30", R"({"list":[1,2]})",
       "list { values { number_value: 1 } values { number_value: 2 } }"},
      {"F30", R"({"list":[null]})", "list { values { null_value: NULL_VALUE } }"},
      {"F30", R"({"list":{}})", "400"},
      {"F31", R"({"any":{"@type":")" + any + R"(","int32Value":1}})",
       "any { [" + any + "] { int32_value: 1 } }"},
      {"F31", R"({"any":{"int32Value":1,"@type":")" + any + R"("}})",
       "any { [" + any + "] { int32_value: 1 } }"},
      {"F31", R"({"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"3s"}})",
       "any { [type.googleapis.com/google.protobuf.Duration] { seconds: 3 } }"},
      {"F31", R"({"any":{"@type":"type.googleapis.com/no.such.Type"}})",
       "400 any.@type: no such type: type.googleapis.com/no.such.Type"},
      {"F31", R"({"any":{"int32Value":1}})", "400 any.@type: missing"},
      {"F31", R"({"any":{"@type":")" + any + R"(","@type":")" + any + R"("}})", "400"},
      {"empty", R"({"empty":{}})", "empty { }"},
      {"empty", R"({"empty":{"a":1}})", "400"},
  });
}

TEST(JsonToWire, Names_AreThoseOfTheProtoAndOfJson) {
  Check({
      {"F32", R"({"string_value":"x"})", R"(string_value: "x")"},
      {"F32", R"({"stringValue":"x"})", R"(string_value: "x")"},
      {"F32", R"({"someOtherName":"x"})", R"(renamed: "x")"},
      {"F32", R"({"renamed":"x"})", R"(renamed: "x")"},
      {"F32 strict", R"({"string_value":"x","stringValue":"y"})", "400 stringValue: given twice"},
      {"F32 strict", R"({"int32Value":1,"int32Value":1})", "400 int32Value: given twice"},
      {"far", R"({"farField":9})", "far_field: 9"},
  });
}

TEST(JsonToWire, Leniencies_AreClosed) {
  Check({
      {"F33", R"({"int32Value":1,})", "400"},
      {"F33", R"({"numbers":[1,]})", "400"},
      {"F33", R"({int32Value:1})", "400"},
      {"F33", R"({'int32Value':1})", "400"},
      {"F33", "{\"stringValue\":\"a\tb\"}", "400"},
      {"F33", R"({"stringValue":"\q"})", "400"},
      {"F33", R"({"stringValue":"\u00g0"})", "400"},
      {"F34", R"({/* no */"int32Value":1})", "400"},
      {"F34", R"({"int32Value":01})", "400"},
      {"F34", R"({"int32Value":0x10})", "400"},
      {"F34", R"({"int32Value":+1})", "400"},
      {"F34", R"({"int32Value":.5})", "400"},
      {"F34", R"({"int32Value":1.})", "400"},
      {"F34", R"({"doubleValue":NaN})", "400"},
      {"F34", R"({"int32Value":1 "uint32Value":2})", "400"},
      {"F34", R"({"boolValue":tru})", "400"},
      {"F34", R"({"boolValue":truee})", "400"},
  });
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

TEST(JsonFieldToWire, F8_ABodyCanBeOneScalar) {
  std::string wire;
  ASSERT_TRUE(JsonFieldToWire(*TestTable().FindName("stringValue"), "\"History\"", {}, &wire).ok());
  EXPECT_EQ(TextOf(wire), R"(string_value: "History")");
  EXPECT_FALSE(
      JsonFieldToWire(*TestTable().FindName("stringValue"), "\"History\" x", {}, &wire).ok());
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
