// Messages to JSON: rows G1-G4, G18 and G19 of the cases of google.api.http, and the oddities of
// the wire format.

#include "gateway/transcode/wire_to_json.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gateway/transcode/http_body.h"
#include "gateway/transcode/testdata/tables.h"
#include "gateway/transcode/wire.h"

namespace jobmesh::gateway::transcode {
namespace {

using nlohmann::json;
using testdata::Book;
using testdata::Everything;
using testdata::Shelf;
using testdata::Shuffled;

std::string Print(const std::string& wire, const std::string& type = "Everything") {
  std::string out = "kept:";
  const absl::Status status = WireToJson(TestTable(type), wire, {}, &out);
  EXPECT_EQ(out.substr(0, 5), "kept:");
  if (status.ok()) return out.substr(5);
  EXPECT_EQ(out, "kept:");
  return std::string(absl::StatusCodeToString(status.code()).data());
}

// Only the named member of the JSON of an Everything.
std::string Member(const std::string& text, const std::string& name) {
  const json parsed = json::parse(Print(WireOf(text)));
  return parsed.contains(name) ? parsed[name].dump() : "absent";
}

std::string PrintField(const std::string& text, const std::string& field) {
  std::string out;
  const FieldTable* table = TestTable().FindName(field);
  const absl::Status status = WireFieldToJson(TestTable(), *table, WireOf(text), {}, &out);
  return status.ok() ? out : status.ToString();
}

TEST(WireToJson, G1_IntegersOf64BitsAreStrings) {
  EXPECT_EQ(Print(WireOf<Shelf>(R"(id: 20 theme: "Children")"), "Shelf"),
            R"({"id":"20","theme":"Children","books":[]})");
}

TEST(WireToJson, Numbers_StandWithoutExponentUnlessHuge) {
  EXPECT_EQ(PrintField("double_value: 100000", "doubleValue"), "100000");
  EXPECT_EQ(PrintField("double_value: 0.1", "doubleValue"), "0.1");
  EXPECT_EQ(PrintField("double_value: -123456.75", "doubleValue"), "-123456.75");
  EXPECT_EQ(PrintField("double_value: 1e300", "doubleValue"), "1e+300");
  EXPECT_EQ(PrintField("double_value: 0", "doubleValue"), "0");
}

TEST(WireToJson, G3_ResponseBodyIsOneFieldAlone) {
  EXPECT_EQ(PrintField(R"(string_value: "foo")", "stringValue"), R"("foo")");
  EXPECT_EQ(PrintField("numbers: 1 numbers: 2", "numbers"), "[1,2]");
  EXPECT_EQ(PrintField("", "numbers"), "[]");
  EXPECT_EQ(PrintField("", "labels"), "{}");
  EXPECT_EQ(PrintField("", "nested"), "null");
  EXPECT_EQ(PrintField("", "int64Value"), R"("0")");
  EXPECT_EQ(PrintField(R"(counts { key: "a" value: 1 })", "counts"), R"({"a":1})");
  EXPECT_EQ(PrintField("list { values { number_value: 1 } }", "list"), "[1]");
  EXPECT_EQ(PrintField("by_id { key: 1 value { } }", "byId").substr(0, 6), "{\"1\":{");
}

TEST(WireToJson, G18_FieldsWithoutPresenceAreAlwaysPrinted) {
  const json empty = json::parse(Print(""));
  EXPECT_EQ(empty["int32Value"], 0);
  EXPECT_EQ(empty["int64Value"], "0");
  EXPECT_EQ(empty["doubleValue"], 0);
  EXPECT_EQ(empty["boolValue"], false);
  EXPECT_EQ(empty["stringValue"], "");
  EXPECT_EQ(empty["bytesValue"], "");
  EXPECT_EQ(empty["color"], "COLOR_NONE");
  EXPECT_EQ(empty["numbers"], json::array());
  EXPECT_EQ(empty["children"], json::array());
  EXPECT_EQ(empty["labels"], json::object());
  for (const char* absent : {"nested", "maybeInt32", "choiceText", "choiceNumber", "time", "empty",
                             "int64Wrapper", "structValue"}) {
    EXPECT_FALSE(empty.contains(absent)) << absent;
  }
  EXPECT_EQ(Member("maybe_int32: 0", "maybeInt32"), "0");
  EXPECT_EQ(Member("choice_number: 0", "choiceNumber"), "0");
  EXPECT_EQ(Member("empty { }", "empty"), "{}");
}

TEST(WireToJson, Members_StandInTheOrderOfDeclaration) {
  Shuffled message;
  message.set_first(1);
  message.add_middle(2);
  message.set_last("x");
  EXPECT_EQ(Print(message.SerializeAsString(), "Shuffled"),
            R"({"last":"x","first":1,"middle":[2]})");
  // The same when the bytes come in another order than usual.
  const std::string theme = WireOf<Shelf>(R"(theme: "t")");
  const std::string id = WireOf<Shelf>("id: 1");
  EXPECT_EQ(Print(theme + id, "Shelf"), R"({"id":"1","theme":"t","books":[]})");
}

TEST(WireToJson, G19_UnknownFieldsAreLeftOut) {
  const std::string unknown = WireOf("renamed: \"x\" int32_wrapper { value: 5 } far_field: 1");
  EXPECT_EQ(Print(WireOf<Shelf>("id: 1") + unknown + WireOf<Shelf>(R"(theme: "t")"), "Shelf"),
            R"({"id":"1","theme":"t","books":[]})");
  // A group, a known number with another wire type.
  const std::string group = {'\x2b', '\x08', '\x01', '\x33', '\x34', '\x2c'};
  EXPECT_EQ(Print(group + std::string("\x0d\x01\x00\x00\x00", 5), "Shelf"),
            R"({"id":"0","theme":"","books":[]})");
}

TEST(WireToJson, RepeatedOccurrences_MergeAsParsersMergeThem) {
  EXPECT_EQ(Print(WireOf<Shelf>("id: 1") + WireOf<Shelf>("id: 2"), "Shelf"),
            R"({"id":"2","theme":"","books":[]})");
  const std::string split = WireOf<Book>(R"(details { name: "a" amount: 1 })") +
                            WireOf<Book>("id: 7") + WireOf<Book>("details { amount: 2 }");
  EXPECT_EQ(json::parse(Print(split, "Book"))["details"],
            json::parse(R"({"name":"a","amount":2,"notes":{}})"));
  // A list in two pieces with something between them.
  const std::string pieces =
      WireOf<Book>(R"(quotes: "a")") + WireOf<Book>("id: 7") + WireOf<Book>(R"(quotes: "b")");
  EXPECT_EQ(json::parse(Print(pieces, "Book"))["quotes"], json::parse(R"(["a","b"])"));
  // The last member of a oneof counts; what a later one clears does not come back.
  const std::string members = WireOf("choice_nested { int32_value: 1 }") +
                              WireOf("choice_number: 5") +
                              WireOf("choice_nested { uint32_value: 2 }");
  const json oneof = json::parse(Print(members));
  EXPECT_FALSE(oneof.contains("choiceNumber"));
  EXPECT_EQ(oneof["choiceNested"]["int32Value"], 0);
  EXPECT_EQ(oneof["choiceNested"]["uint32Value"], 2);
  // The last entry of a map counts.
  const std::string entries = WireOf(R"(counts { key: "a" value: 1 })") +
                              WireOf(R"(counts { key: "b" value: 2 })") +
                              WireOf(R"(counts { key: "a" value: 3 })");
  EXPECT_EQ(json::parse(Print(entries))["counts"], json::parse(R"({"a":3,"b":2})"));
}

TEST(WireToJson, Maps_ArePrintedInTheOrderOfTheirKeys) {
  const std::string one = WireOf(R"(labels { key: "b" value: "1" })");
  const std::string other = WireOf(R"(labels { key: "a" value: "2" })");
  EXPECT_EQ(Print(one + other), Print(other + one));
  EXPECT_NE(Print(one + other).find(R"("labels":{"a":"2","b":"1"})"), std::string::npos);
}

TEST(WireToJson, Lists_AreReadPackedAndUnpacked) {
  // numbers = 21: unpacked 1, packed [2, 3], unpacked 4. big_numbers = 22 (not packed): packed
  // [-1].
  const std::string wire = {'\xa8', '\x01', 1, '\xaa', '\x01', 2, 2, 3,
                            '\xa8', 1,      4, '\xb2', '\x01', 1, 1};
  const json printed = json::parse(Print(wire));
  EXPECT_EQ(printed["numbers"], json::parse("[1,2,3,4]"));
  EXPECT_EQ(printed["bigNumbers"], json::parse(R"(["-1"])"));
}

TEST(WireToJson, Strings_AreEscapedAndMustBeUtf8) {
  Everything message;
  message.set_string_value(std::string("\"\\/\b\f\n\r\t\x1f\x7fé😀\0", 17));
  EXPECT_NE(Print(message.SerializeAsString())
                .find("\"stringValue\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u001f\x7fé😀\\u0000\""),
            std::string::npos);
  EXPECT_EQ(Print("\x72\x02\xc3\x28"), "INTERNAL");
}

TEST(WireToJson, SpecialCharacters_AreFoundAtEveryPlace) {
  for (std::size_t size = 0; size < 20; ++size) {
    for (std::size_t at = 0; at <= size; ++at) {
      for (const char* special : {"\"", "\\", "\n", "\x1f", "\x7f", "é", "\"\x01\""}) {
        Everything message;
        message.set_string_value(std::string(at, '!') + special + std::string(size - at, '~'));
        const json printed = json::parse(Print(message.SerializeAsString()), nullptr, false);
        ASSERT_FALSE(printed.is_discarded());
        EXPECT_EQ(printed["stringValue"], message.string_value());
      }
    }
  }
}

TEST(WireToJson, WellKnownTypes_HaveTheirOwnForms) {
  EXPECT_EQ(Member("time { seconds: 1481804612 nanos: 49 }", "time"),
            R"("2016-12-15T12:23:32.000000049Z")");
  EXPECT_EQ(Member("time { seconds: -62135596800 }", "time"), R"("0001-01-01T00:00:00Z")");
  EXPECT_EQ(Member("time { seconds: 253402300799 nanos: 500000000 }", "time"),
            R"("9999-12-31T23:59:59.500Z")");
  EXPECT_EQ(Member("duration { seconds: -1 nanos: -500000 }", "duration"), R"("-1.000500s")");
  EXPECT_EQ(Member("duration { nanos: -1 }", "duration"), R"("-0.000000001s")");
  EXPECT_EQ(Member(R"(mask { paths: "a" paths: "b_c.d" })", "mask"), R"("a,bC.d")");
  EXPECT_EQ(Member(R"(mask { paths: "" paths: "a" paths: "_" })", "mask"), R"("a")");
  EXPECT_EQ(Member("int64_wrapper { value: 5 }", "int64Wrapper"), R"("5")");
  EXPECT_EQ(Member("bool_wrapper { }", "boolWrapper"), "false");
  EXPECT_EQ(Member("any_json { null_value: NULL_VALUE }", "anyJson"), "null");
  EXPECT_EQ(
      Member("struct_value { fields { key: 'a' value { bool_value: true } } }", "structValue"),
      R"({"a":true})");
  EXPECT_EQ(Member("double_value: nan", "doubleValue"), R"("NaN")");
  EXPECT_EQ(Member("color: 77", "color"), "77");
  EXPECT_EQ(Member("bytes_value: '\\373\\377'", "bytesValue"), R"("+/8=")");
  EXPECT_EQ(Print(WireOf("time { seconds: 253402300800 }")), "INTERNAL");
  EXPECT_EQ(Print(WireOf("duration { seconds: 1 nanos: -1 }")), "INTERNAL");
  EXPECT_EQ(Print(WireOf("any_json { number_value: inf }")), "INTERNAL");
}

TEST(WireToJson, F31_AnyOfAnUnknownTypeKeepsItsBytes) {
  EXPECT_EQ(Member(R"(any { type_url: "x.org/no.such.Type" value: "\373\377" })", "any"),
            R"({"@type":"x.org/no.such.Type","value":"+/8="})");
  Everything message;
  message.mutable_any()->PackFrom(*[] {
    static Shelf shelf;
    shelf.set_id(1);
    return &shelf;
  }());
  EXPECT_EQ(json::parse(Print(message.SerializeAsString()))["any"],
            json::parse(R"({"@type":"type.googleapis.com/jobmesh.gateway.testdata.Shelf","id":"1",)"
                        R"("theme":"","books":[]})"));
  google::protobuf::Duration duration;
  duration.set_seconds(3);
  message.mutable_any()->PackFrom(duration);
  EXPECT_EQ(
      json::parse(Print(message.SerializeAsString()))["any"],
      json::parse(R"({"@type":"type.googleapis.com/google.protobuf.Duration","value":"3s"})"));
}

TEST(WireToJson, BytesCutAnywhere_AreInternalOrAShorterMessage) {
  const std::string wire = WireOf(R"(
      double_value: 1 int32_value: -1 string_value: "text" fixed32_value: 5 numbers: 1 numbers: 300
      nested { words: "a" labels { key: "k" value: "v" } } time { seconds: 5 } far_field: 7)");
  for (std::size_t size = 0; size < wire.size(); ++size) {
    const std::string cut = wire.substr(0, size);
    const bool is_message = Everything().ParseFromString(cut);
    EXPECT_EQ(Print(cut) != "INTERNAL", is_message) << size;
  }
}

TEST(WireToJson, MalformedBytes_AreInternal) {
  for (const std::string& wire : {
           std::string("\x00\x01", 2),                                       // field number 0
           std::string("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),  // varint of 11 bytes
           std::string("\x72\xff\xff\xff\xff\x0f"),  // length beyond the end
           std::string("\x0c"),                      // end of no group
           std::string("\x0b"),                      // group without end
           std::string("\x0e"),                      // wire type 6
       }) {
    EXPECT_EQ(Print(wire), "INTERNAL");
  }
}

TEST(WireToJson, NestingBeyond100_IsInternal) {
  std::string wire;
  for (int i = 0; i < 200; ++i) {
    WireWriter out(wire.size());
    out.Tag(MakeTag(17, WireType::kLength));
    out.LengthDelimited(wire);
    wire.clear();
    out.Finish(&wire);
  }
  EXPECT_EQ(Print(wire), "INTERNAL");
}

TEST(HttpBody, G4_IsReadVerbatim) {
  std::string wire;
  PutHttpBody("text/plain", "Hello!", &wire);
  HttpBodyView view;
  ASSERT_TRUE(ReadHttpBody(wire, &view));
  EXPECT_EQ(view.content_type, "text/plain");
  EXPECT_EQ(view.body, "Hello!");
  EXPECT_FALSE(ReadHttpBody(wire.substr(0, 5), &view));
}

}  // namespace
}  // namespace jobmesh::gateway::transcode
