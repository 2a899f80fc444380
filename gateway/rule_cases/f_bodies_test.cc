// Section F, how a body becomes a part of the request; its values are in f_values_test.cc.

#include <string>

#include "gateway/rule_cases/request_rows.h"
#include "gateway/transcode/json_stream.h"

namespace jobmesh::gateway::rule_cases {
namespace {

using transcode::StreamForm;
using transcode::UnknownFields;

// A PATCH of a book, whose request has a mask beside it.
Request Patch(std::string body, std::string query) {
  return {.message = "ShelfRequest",
          .body_rule = "book",
          .update_mask = "update_mask",
          .query = std::move(query),
          .body = std::move(body)};
}

const RequestRow kBodies[] = {
    {"F1",
     {{{.message = "ShelfRequest", .body_rule = "shelf", .body = R"({"theme":"Children"})"},
       R"(shelf { theme: "Children" })"}}},
    {"F2",
     {{{.message = "ShelfRequest",
        .body_rule = "book",
        .path = {{"shelf_id", "1"}},
        .query = "book.title=War%20and%20Peace",
        .body = R"({"author":"Leo Tolstoy"})"},
       R"(shelf_id: 1 book { author: "Leo Tolstoy" title: "War and Peace" })"}}},
    {"F3",
     {{{.message = "ShelfRequest",
        .body_rule = "book",
        .path = {{"shelf_id", "456"}, {"book.id", "123"}},
        .body = R"({"author":"Leo Tolstoy"})"},
       R"(shelf_id: 456 book { id: 123 author: "Leo Tolstoy" })"}}},
    {"F4",
     {{{.query = "int32_value=1", .body = "{}"}, "int32_value: 1"}, {{.body = "no JSON"}, ""}}},
    {"F5",
     {{Json(""), ""}, {{.body_rule = "nested"}, ""}, {Json("{}"), ""}, {Json(" \n\t\r{ } "), ""}}},
    {"F6",
     {{Json("  "), "400"}, {Json("\n"), "400"}, {{.body_rule = "nested", .body = " "}, "400"}}},
    {"F7", {{Json("null"), "400"}, {Json("[]"), "400"}, {Json("\"x\""), "400"}}},
    {"F8",
     {{{.body_rule = "string_value", .body = "\"History\""}, R"(string_value: "History")"},
      {{.body_rule = "string_value", .body = "\"History\" x"}, "400"},
      {{.body_rule = "any_json", .body = "5"}, "any_json { number_value: 5 }"},
      {{.body_rule = "struct_value", .body = "[]"}, "400 body: expected an object"}}},
    {"F9",
     {{Json("{\"nested\":5}"), "400 nested: expected an object"},
      {Json("{\"nested\":[{}]}"), "400 nested: expected an object"},
      {Json(R"({"words":[["a"]]})"), "400 words[0]: expected a string"}}},
    {"F10",
     {{Json(R"({"stringValue":"x","unknown1":"a"})"), "400 unknown1: unknown field"},
      {Json(R"({"nested":{"strng_value":"x"}})"),
       "400 nested.strng_value: unknown field; did you mean \"stringValue\"?"},
      {Json(R"({"children":[{},{"zzzzzzzzzz":1}]})"), "400 children[1].zzzzzzzzzz: unknown field"},
      {{.body_rule = "*",
        .body = R"({"unknown1":"a","stringValue":"x","unknown2":{"a":[1,{"b":null}]},)"
                R"("unknown3":[true,1e5]})",
        .unknown_fields = UnknownFields::kIgnore},
       R"(string_value: "x")"}}},
    {"F11",
     {{{.message = "ShelfRequest",
        .body_rule = "*",
        .path = {{"book.id", "5"}},
        .body = R"({"book":{"id":6}})"},
       "400 book.id: differs from the value in the body"},
      {{.message = "ShelfRequest",
        .body_rule = "*",
        .path = {{"book.id", "5"}, {"name", "n"}},
        .body = R"({"book":{"id":"5"},"name":"n"})"},
       R"(book { id: 5 } name: "n")"},
      {{.message = "ShelfRequest",
        .body_rule = "book",
        .query = "book.id=7",
        .body = R"({"id":8})"},
       "400 book.id: differs from the value in the body"},
      {{.body_rule = "*", .path = {{"choice_number", "1"}}, .body = R"({"choiceText":"a"})"},
       "400 choiceNumber: excludes choiceText, which the body gives"},
      {{.body_rule = "*",
        .path = {{"time", "2026-01-01T00:00:00Z"}},
        .body = R"({"time":"2026-01-01T01:00:00+01:00"})"},
       "time { seconds: 1767225600 }"}}},
    {"F12",
     {{Json("INVALID_JSON"), "400"},
      {Json("{ \"stringValue\" : \"Children\""), "400"},
      {Json("{ \"stringValue\" \"Children\" }"), "400"},
      {Json("{\"int32Value\" : 1]"), "400"},
      {Json("[\"stringValue\" , \"int32Value\" : 1}"), "400"}}},
    {"F13",
     {{Json("{\"stringValue\":\"Children\"}EXTRA"), "400"},
      {Json("{} {}"), "400"},
      {Json("{}."), "400"}}},
    {"F14",
     {{Json("{\"stringValue\":\"\xC3\x28\"}"), "400"},
      {Json("{\"stringValue\":\"\xED\xA0\x80\"}"), "400"},
      {Json("{\"\xC3\x28\":1}"), "400"}}},
    {"F32",
     {{Json(R"({"string_value":"x"})"), R"(string_value: "x")"},
      {Json(R"({"stringValue":"x"})"), R"(string_value: "x")"},
      {Json(R"({"someOtherName":"x"})"), R"(renamed: "x")"},
      {Json(R"({"renamed":"x"})"), R"(renamed: "x")"},
      {Json(R"({"string_value":"x","stringValue":"y"})"), "400 stringValue: given twice"},
      {Json(R"({"int32Value":1,"int32Value":1})"), "400 int32Value: given twice"}}},
    {"F33",
     {{Json(R"({"int32Value":1,})"), "400"},
      {Json(R"({"numbers":[1,]})"), "400"},
      {Json(R"({int32Value:1})"), "400"},
      {Json(R"({'int32Value':1})"), "400"},
      {Json("{\"stringValue\":\"a\tb\"}"), "400"},
      {Json(R"({"stringValue":"\q"})"), "400"},
      {Json(R"({"stringValue":"\u00g0"})"), "400"}}},
    {"F34",
     {{Json(R"({"doubleValue":1e400})"), "400 doubleValue: out of the range of double"},
      {Json(R"({/* no */"int32Value":1})"), "400"},
      {Json(R"({"int32Value":01})"), "400"},
      {Json(R"({"int32Value":0x10})"), "400"},
      {Json(R"({"int32Value":+1})"), "400"},
      {Json(R"({"int32Value":.5})"), "400"},
      {Json(R"({"int32Value":1.})"), "400"},
      {Json(R"({"doubleValue":NaN})"), "400"},
      {Json(R"({"int32Value":1 "uint32Value":2})"), "400"},
      {Json(R"({"boolValue":tru})"), "400"},
      {Json(R"({"boolValue":truee})"), "400"}}},
    {"F36",
     {{{.message = "ShelfRequest",
        .body_rule = "upload.content",
        .query = "name=oops",
        .body = "Hello!",
        .content_type = "text/plain"},
       R"(name: "oops" upload { content { content_type: "text/plain" data: "Hello!" } })"}}},
    {"F37",
     {{Patch(R"({"id":"1","author":"A"})", ""),
       R"(book { id: 1 author: "A" } update_mask { paths: "id" paths: "author" })"},
      {Patch(R"({"details":{"name":"b","amount":2}})", ""),
       R"(book { details { name: "b" amount: 2 } } )"
       R"(update_mask { paths: "details.name" paths: "details.amount" })"},
      {Patch(R"({"details":{"notes":{"a":"b"}},"quotes":["q"]})", ""),
       R"(book { quotes: "q" details { notes { key: "a" value: "b" } } } )"
       R"(update_mask { paths: "details.notes" paths: "quotes" })"},
      {Patch(R"({"details":{}})", ""), R"(book { details { } } update_mask { paths: "details" })"},
      {Patch(R"({"id":1,"author":"A"})", "update_mask=author"),
       R"(book { id: 1 author: "A" } update_mask { paths: "author" })"},
      {Patch(R"()", ""), ""},
      {{.message = "ShelfRequest", .body_rule = "*", .body = R"({"name":"n"})"}, R"(name: "n")"}}},
};

class Bodies : public testing::TestWithParam<RequestRow> {};

TEST_P(Bodies, FillTheRequest) { Check(GetParam()); }

INSTANTIATE_TEST_SUITE_P(F, Bodies, testing::ValuesIn(kBodies), NumberOf());

TEST(OtherBodies, F15_NestingIsLimitedTo64Levels) {
  const auto nested = [](int levels) {
    std::string json;
    for (int i = 1; i < levels; ++i) json += "{\"nested\":";
    json += "{}";
    return Build(Json(json + std::string(static_cast<std::size_t>(levels - 1), '}')));
  };
  EXPECT_EQ(nested(64).substr(0, 6), "nested");
  for (const int levels : {65, 100, 1000}) {
    EXPECT_NE(nested(levels).find("nested deeper than 64 levels"), std::string::npos) << levels;
  }
  EXPECT_EQ(Build(Json(std::string(1000, '{'))).substr(0, 3), "400");
}

TEST(OtherBodies, F16_DeepListsAreRefusedAtOnce) {
  const std::string lists(100'000, '[');
  EXPECT_EQ(Build(Json(R"({"anyJson":)" + lists)).substr(0, 3), "400");
  // Every list in a Value is two messages, every object three: what the service could not parse for
  // its depth is refused here.
  const auto list = [](std::size_t levels) {
    return Build(
        Json(R"({"anyJson":)" + std::string(levels, '[') + std::string(levels, ']') + "}"));
  };
  EXPECT_EQ(list(50).substr(0, 8), "any_json");
  EXPECT_EQ(list(51).substr(0, 3), "400");
  EXPECT_EQ(list(8'000).substr(0, 3), "400");
}

TEST(OtherBodies, F38_AClientStreamIsAListOfMessagesOrALineEach) {
  const auto split = [](const char* json, StreamForm form) {
    std::string joined;
    const auto parts = transcode::SplitJsonStream(json, form, 64);
    if (!parts.ok()) return "400 " + std::string(parts.status().message());
    for (const std::string_view part : *parts) joined += std::string(part) + '|';
    return joined;
  };
  EXPECT_EQ(split(R"([{}, {"theme":"x"} ,{}])", StreamForm::kArray), R"({}|{"theme":"x"}|{}|)");
  EXPECT_EQ(split(" [ ] ", StreamForm::kArray), "");
  EXPECT_EQ(split("{}", StreamForm::kArray), "400 body: expected a list of messages");
  EXPECT_EQ(split("[{},]", StreamForm::kArray).substr(0, 3), "400");
  EXPECT_EQ(split("[{}", StreamForm::kArray).substr(0, 3), "400");
  EXPECT_EQ(split("[{}] x", StreamForm::kArray).substr(0, 3), "400");
  EXPECT_EQ(split("{\"a\":1}\n{}\n", StreamForm::kLines), "{\"a\":1}|{}|");
  EXPECT_EQ(split("", StreamForm::kLines), "");
  EXPECT_EQ(split("{", StreamForm::kLines).substr(0, 3), "400");
}

}  // namespace
}  // namespace jobmesh::gateway::rule_cases
