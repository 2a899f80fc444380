// Section F, how the values of a JSON body are read.

#include <string>

#include <google/protobuf/any.pb.h>

#include "gateway/rule_cases/request_rows.h"
#include "gateway/transcode/wire_to_json.h"

namespace jobmesh::gateway::rule_cases {
namespace {

using transcode::UnknownFields;

const std::string kAny = "type.googleapis.com/jobmesh.gateway.testdata.Everything";

const RequestRow kValues[] = {
    {"F17",
     {{Json(R"({"int32Value":1})"), "int32_value: 1"},
      {Json(R"({"int32Value":"1"})"), "int32_value: 1"},
      {Json(R"({"int32Value":1.0})"), "int32_value: 1"},
      {Json(R"({"int32Value":1e2})"), "int32_value: 100"},
      {Json(R"({"int32Value":1200e-2})"), "int32_value: 12"},
      {Json(R"({"int32Value":-0})"), ""},
      {Json(R"({"int32Value":1.5})"), "400 int32Value: expected a whole number"},
      {Json(R"({"int32Value":"1.0"})"), "400"},
      {Json(R"({"int32Value":"1e2"})"), "400"},
      {Json(R"({"int32Value":2147483647})"), "int32_value: 2147483647"},
      {Json(R"({"int32Value":-2147483648})"), "int32_value: -2147483648"},
      {Json(R"({"int32Value":2147483648})"), "400 int32Value: out of the range of int32"},
      {Json(R"({"int32Value":1e400})"), "400"},
      {Json(R"({"int32Value":1e99999999999999999999})"), "400"},
      {Json(R"({"int32Value":1e-99999999999999999999})"), "400"},
      {Json(R"({"int32Value":0e99999999999999999999})"), ""},
      {Json(R"({"int32Value":""})"), "400"},
      {Json(R"({"int32Value":" 1"})"), "400"},
      {Json(R"({"int32Value":true})"), "400 int32Value: expected a number"},
      {Json(R"({"int32Value":null})"), ""}}},
    {"F18",
     {{Json(R"({"int64Value":"9007199254740993"})"), "int64_value: 9007199254740993"},
      {Json(R"({"int64Value":9007199254740993})"), "int64_value: 9007199254740993"},
      {Json(R"({"int64Value":9007199254740993.0})"), "int64_value: 9007199254740993"},
      {Json(R"({"int64Value":"9223372036854775807"})"), "int64_value: 9223372036854775807"},
      {Json(R"({"int64Value":"-9223372036854775808"})"), "int64_value: -9223372036854775808"},
      {Json(R"({"int64Value":"9223372036854775808"})"), "400"},
      {Json(R"({"int64Value":"-9223372036854775809"})"), "400"},
      {Json(R"({"uint64Value":"18446744073709551615"})"), "uint64_value: 18446744073709551615"},
      {Json(R"({"uint64Value":18446744073709551616})"), "400"},
      {Json(R"({"uint64Value":"-1"})"), "400"},
      {Json(R"({"uint32Value":4294967296})"), "400"}}},
    {"F19",
     {{Json(R"({"boolValue":true})"), "bool_value: true"},
      {Json(R"({"boolValue":"true"})"), "bool_value: true"},
      {Json(R"({"boolValue":"TRUE"})"), "bool_value: true"},
      {Json(R"({"boolValue":"1"})"), "bool_value: true"},
      {Json(R"({"boolValue":1})"), "400 boolValue: expected true or false"}}},
    {"F20",
     {{Json(R"({"stringValue":5})"), "400 stringValue: expected a string"},
      {Json(R"({"stringValue":true})"), "400"},
      {Json(R"({"stringValue":{}})"), "400"},
      {Json(R"({"stringValue":["a"]})"), "400"},
      {Json(R"({"stringValue":null})"), ""},
      {Json(R"({"stringValue":"\ud83d"})"), "400"},
      {Json(R"({"stringValue":"\ude00"})"), "400"},
      {Json(R"({"stringValue":"\ud83dx"})"), "400"},
      {Json(R"({"stringValue":"\ud83d\ude00"})"), R"(string_value: "\360\237\230\200")"},
      {Json(R"({"stringValue":"a\u0000b"})"), R"(string_value: "a\000b")"},
      {Json(R"({"stringValue":"\"\\\/\b\f\n\r\t\u00e9"})"),
       R"(string_value: "\"\\/\010\014\n\r\t\303\251")"}}},
    {"F21",
     {{Json(R"({"bytesValue":"-_8="})"), R"(bytes_value: "\373\377")"},
      {Json(R"({"bytesValue":"-_8"})"), R"(bytes_value: "\373\377")"},
      {Json(R"({"bytesValue":"+/8="})"), R"(bytes_value: "\373\377")"},
      {Json(R"({"bytesValue":"+/8"})"), R"(bytes_value: "\373\377")"},
      {Json(R"({"bytesValue":"!!!"})"), "400 bytesValue: expected base64"},
      {Json(R"({"bytesValue":"A"})"), "400"}}},
    {"F22",
     {{Json(R"({"color":"RED"})"), "color: RED"},
      {Json(R"({"color":1})"), "color: RED"},
      {Json(R"({"color":"1"})"), "color: RED"},
      {Json(R"({"color":-5})"), "color: BLUE"},
      {Json(R"({"color":7})"), "color: 7"},
      {Json(R"({"color":"red"})"), "400"},
      {Json(R"({"color":"NOPE"})"), "400"},
      {Json(R"({"color":1.5})"), "400"},
      {{.body_rule = "*", .body = R"({"color":"NOPE"})", .unknown_fields = UnknownFields::kIgnore},
       "400 color: \"NOPE\" is not a valid value"}}},
    {"F23",
     {{Json(R"({"numbers":[1,"2",3]})"), "numbers: 1 numbers: 2 numbers: 3"},
      {Json(R"({"numbers":1})"), "numbers: 1"},
      {Json(R"({"words":"a"})"), R"(words: "a")"},
      {Json(R"({"numbers":null})"), ""},
      {Json(R"({"numbers":[]})"), ""},
      {Json(R"({"numbers":[null]})"), ""},
      {Json(R"({"words":["a",null,"b"]})"), R"(words: "a" words: "b")"},
      {Json(R"({"children":{}})"), "400 children: expected a list"},
      {Json(R"({"children":[{"int32Value":"x"}]})"),
       "400 children[0].int32Value: expected a whole number"}}},
    {"F24",
     {{Json(R"({"counts":{"a":1}})"), R"(counts { key: "a" value: 1 })"},
      {Json(R"({"counts":{"b":"2"}})"), R"(counts { key: "b" value: 2 })"},
      {Json(R"({"counts":{"a":1,"a":2}})"), "400 counts.a: given twice"},
      {Json(R"({"byFlag":{"true":1,"1":2}})"), "400 byFlag.1: given twice"},
      {Json(R"({"counts":{"a":null}})"), R"(counts { key: "a" value: 0 })"},
      {Json(R"({"byId":{"x":{}}})"), "400 byId.x: key: expected a whole number"},
      {Json(R"({"byId":{"-7":{"int32Value":1}}})"), "by_id { key: -7 value { int32_value: 1 } }"},
      {Json(R"({"labels":[]})"), "400 labels: expected an object"}}},
    {"F25",
     {{Json(R"({"choiceText":"x","choiceNumber":1})"),
       "400 choiceNumber: excludes choiceText, which is given too"},
      {Json(R"({"choiceText":"x","choiceNumber":null})"), R"(choice_text: "x")"},
      {Json(R"({"choiceNull":null})"), "choice_null: NULL_VALUE"},
      {Json(R"({"choiceText":"x","otherFlag":true})"), R"(choice_text: "x" other_flag: true)"}}},
    {"F26",
     {{Json(R"({"int64Wrapper":"5"})"), "int64_wrapper { value: 5 }"},
      {Json(R"({"int64Wrapper":5})"), "int64_wrapper { value: 5 }"},
      {Json(R"({"int64Wrapper":null})"), ""},
      {Json(R"({"int64Wrapper":{"value":"5"}})"), "int64_wrapper { value: 5 }"},
      {Json(R"({"boolWrapper":false})"), "bool_wrapper { }"},
      {Json(R"({"int64Wrapper":"x"})"), "400 int64Wrapper: expected a whole number"}}},
    {"F27",
     {{Json(R"({"time":"2016-12-15T12:23:32Z"})"), "time { seconds: 1481804612 }"},
      {Json(R"({"time":"2016-12-15T12:23:32.123456789Z"})"),
       "time { seconds: 1481804612 nanos: 123456789 }"},
      {Json(R"({"time":"2016-12-15T14:23:32+02:00"})"), "time { seconds: 1481804612 }"},
      {Json(R"({"time":"1969-12-31T23:59:59.5Z"})"), "time { seconds: -1 nanos: 500000000 }"},
      {Json(R"({"time":"2024-02-29T00:00:00Z"})"), "time { seconds: 1709164800 }"},
      {Json(R"({"time":"2026-02-29T00:00:00Z"})"), "400"},
      {Json(R"({"time":"2026-01-02"})"), "400"},
      {Json(R"({"time":"2026-01-02 03:04:05Z"})"), "400"},
      {Json(R"({"time":5})"), "400"},
      {Json(R"({"time":"0000-01-01T00:00:00Z"})"), "400"},
      {Json(R"({"time":"2026-01-02T03:04:05"})"), "400"}}},
    {"F28",
     {{Json(R"({"duration":"1.5s"})"), "duration { seconds: 1 nanos: 500000000 }"},
      {Json(R"({"duration":"-1.5s"})"), "duration { seconds: -1 nanos: -500000000 }"},
      {Json(R"({"duration":"1h"})"), "400"},
      {Json(R"({"duration":"90"})"), "400"},
      {Json(R"({"duration":5})"), "400"},
      {Json(R"({"duration":"315576000001s"})"), "400"}}},
    {"F29",
     {{Json(R"({"mask":"a,bC.d"})"), R"(mask { paths: "a" paths: "b_c.d" })"},
      {Json(R"({"mask":""})"), "mask { }"},
      {Json(R"({"mask":{"paths":["a"]}})"), R"(mask { paths: "a" })"},
      {Json(R"({"mask":["a"]})"), "400"}}},
    {"F30",
     {{Json(R"({"structValue":[]})"), "400"},
      {Json(R"({"structValue":{"a":null}})"),
       R"(struct_value { fields { key: "a" value { null_value: NULL_VALUE } } })"},
      {Json(R"({"structValue":{"a":1,"a":2}})"), "400 structValue.a: given twice"},
      {Json(R"({"anyJson":null})"), "any_json { null_value: NULL_VALUE }"},
      {Json(R"({"anyJson":"x"})"), R"(any_json { string_value: "x" })"},
      {Json(R"({"list":[1,2]})"), "list { values { number_value: 1 } values { number_value: 2 } }"},
      {Json(R"({"list":[null]})"), "list { values { null_value: NULL_VALUE } }"},
      {Json(R"({"list":{}})"), "400"}}},
    {"F31",
     {{Json(R"({"any":{"@type":")" + kAny + R"(","int32Value":1}})"),
       "any { [" + kAny + "] { int32_value: 1 } }"},
      {Json(R"({"any":{"int32Value":1,"@type":")" + kAny + R"("}})"),
       "any { [" + kAny + "] { int32_value: 1 } }"},
      {Json(R"({"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"3s"}})"),
       "any { [type.googleapis.com/google.protobuf.Duration] { seconds: 3 } }"},
      {Json(R"({"any":{"@type":"type.googleapis.com/no.such.Type"}})"),
       "400 any.@type: no such type: type.googleapis.com/no.such.Type"},
      {Json(R"({"any":{"int32Value":1}})"), "400 any.@type: missing"},
      {Json(R"({"any":{"@type":")" + kAny + R"(","@type":")" + kAny + R"("}})"), "400"}}},
};

class Values : public testing::TestWithParam<RequestRow> {};

TEST_P(Values, FillTheRequest) { Check(GetParam()); }

INSTANTIATE_TEST_SUITE_P(F, Values, testing::ValuesIn(kValues), NumberOf());

TEST(OtherValues, F21_BytesArePrintedInStandardBase64WithPadding) {
  const transcode::MessageTable& table = transcode::TestTable();
  std::string json;
  ASSERT_TRUE(transcode::WireFieldToJson(table, *table.FindName("bytesValue"),
                                         transcode::WireOf(R"(bytes_value: "\373\377")"), {}, &json)
                  .ok());
  EXPECT_EQ(json, R"("+/8=")");
}

TEST(OtherValues, F31_AnAnyOfAnUnknownTypeIsPrintedWithItsBytes) {
  const transcode::MessageTable& table = transcode::TestTable();
  std::string json;
  ASSERT_TRUE(transcode::WireFieldToJson(
                  table, *table.FindName("any"),
                  transcode::WireOf(R"(any { type_url: "x.org/no.such.Type" value: "\373\377" })"),
                  {}, &json)
                  .ok());
  EXPECT_EQ(json, R"({"@type":"x.org/no.such.Type","value":"+/8="})");
}

}  // namespace
}  // namespace jobmesh::gateway::rule_cases
