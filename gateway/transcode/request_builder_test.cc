// Rows E (query parameters) and F1-F11, F36 and F37 (bodies with paths and queries) of the cases of
// google.api.http.

#include "gateway/transcode/request_builder.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/transcode/http_body.h"
#include "gateway/transcode/json_stream.h"
#include "gateway/transcode/testdata/tables.h"

namespace jobmesh::gateway::transcode {
namespace {

using testdata::ShelfRequest;

// One HTTP request on a message.
struct Request {
  const char* message = "Everything";
  const char* body_rule = "";  // as in google.api.http
  const char* update_mask = nullptr;
  std::vector<std::pair<const char*, const char*>> path;
  const char* query = "";
  const char* body = "";
  const char* content_type = "application/json";
};

// The message in text form, or `400 <what is wrong>`.
template <typename Message = testdata::Everything>
std::string Build(const Request& request) {
  const MessageTable& table = TestTable(request.message);
  BodyRule rule;
  if (std::string_view(request.body_rule) == "*") {
    rule.kind = BodyRule::Kind::kWhole;
  } else if (*request.body_rule != '\0') {
    rule.kind = BodyRule::Kind::kField;
    rule.field = *ResolveFieldPath(table, request.body_rule);
    if (request.update_mask != nullptr) rule.update_mask = table.FindName(request.update_mask);
  }
  const ParseOptions options;
  RequestBuilder builder(table, rule, options);
  absl::Status status = builder.SetBody(request.content_type, request.body);
  for (const auto& [field, value] : request.path) {
    if (status.ok()) status = builder.BindPath(*ResolveFieldPath(table, field), value);
  }
  if (status.ok()) status = builder.BindQuery(request.query, {"api_key", "key", "pretty"});
  if (!status.ok()) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(FieldErrorOf(status).has_value());
    return "400 " + std::string(status.message());
  }
  std::string wire;
  builder.Finish(&wire);
  return TextOf<Message>(wire);
}

std::string Query(const std::string& query) { return Build({.query = query.c_str()}); }

struct Row {
  const char* number;
  std::string query;
  std::string result;  // `400` stands for every error
};

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const std::string result = Query(row.query);
    if (row.result == "400") {
      EXPECT_EQ(result.substr(0, 4), "400 ") << row.number << ' ' << row.query;
    } else {
      EXPECT_EQ(result, row.result) << row.number << ' ' << row.query;
    }
  }
}

TEST(Query, Scalars_AreParsed) {
  Check({
      {"E1", "string_value=hello", R"(string_value: "hello")"},
      {"E3", "string_value=Hello%20world", R"(string_value: "Hello world")"},
      {"E3", "string_value=%24%25%2F%20%0A", R"(string_value: "$%/ \n")"},
      {"E4", "string_value=Hello+world&renamed=%2B+%20",
       R"(string_value: "Hello world" renamed: "+  ")"},
      {"E8", "stringValue=a", R"(string_value: "a")"},
      {"E11", "color=RED", "color: RED"},
      {"E11", "color=1", "color: RED"},
      {"E11", "colors=GREEN&colors=1", "colors: GREEN colors: RED"},
      {"E12", "color=NOPE", "400 color: \"NOPE\" is not a valid value"},
      {"E12", "color=99", "400 color: \"99\" is not a valid value"},
      {"E14", "bool_value=true", "bool_value: true"},
      {"E14", "bool_value=1", "bool_value: true"},
      {"E14", "bool_value=T", "bool_value: true"},
      {"E14", "bool_value=yes", "400 bool_value: expected true or false"},
      {"E15", "int64_value=-1&uint64_value=3&double_value=2.5",
       "double_value: 2.5 int64_value: -1 uint64_value: 3"},
      {"E16", "int64_value=abc", "400 int64_value: expected a whole number"},
      {"E17", "uint64_value=1&uint64_value=2", "400 uint64_value: too many values for one field"},
      {"E17", "uint64_value=1&uint64Value=1", "400"},
      {"E18", "bytes_value=YWJjMTIzIT8kKiYoKSctPUB-", R"x(bytes_value: "abc123!?$*&()\'-=@~")x"},
      {"E18", "bytes_value=Ynl0ZXM=", R"(bytes_value: "bytes")"},
  });
}

TEST(Query, NestedRepeatedAndMaps_AreReached) {
  Check({
      {"E5", "nested.string_value=Children&nested.int64_value=999",
       R"(nested { int64_value: 999 string_value: "Children" })"},
      {"E7", "words=a&words=b&words=c", R"(words: "a" words: "b" words: "c")"},
      {"E9", "nested.nested.nested.string_value=s&nested.string_value=u",
       R"(nested { string_value: "u" nested { nested { string_value: "s" } } })"},
      {"E10", "labels[key]=value", R"(labels { key: "key" value: "value" })"},
      {"E10", "counts[key]=-2", R"(counts { key: "key" value: -2 })"},
      {"E10", "by_flag[true]=RED", "by_flag { key: true value: RED }"},
      {"E10", "labels[~!@%23$%25^%26*()]=value",
       R"x(labels { key: "~!@#$%^&*()" value: "value" })x"},
      {"E10", "labels[a.b[c]]=value", R"(labels { key: "a.b[c]" value: "value" })"},
      {"E10", "labels%5Bkey%5D=value", R"(labels { key: "key" value: "value" })"},
      {"E10", "by_flag[x]=RED", "400 by_flag[x]: key: expected true or false"},
      {"E10", "labels[a]=1&labels[a]=2", "400 labels[a]: too many values for one field"},
      {"E10", "labels=x", "400 labels: is a map: give it as name[key]=value"},
      {"E10", "words[a]=x", "400 words[a]: is not a map"},
      {"list", "words[]=a&words%5B%5D=b&words=c", R"(words: "a" words: "b" words: "c")"},
      {"list", "string_value[]=a", "400 string_value[]: is not a map"},
      {"E10", "by_id[1]=x", "400 by_id[1]: is a message: name one of its fields"},
      {"E36", "labels[fourth]=", R"(labels { key: "fourth" value: "" })"},
      {"E25", "wrapped_numbers=1&wrapped_numbers=2",
       "wrapped_numbers { value: 1 } wrapped_numbers { value: 2 }"},
      {"E26", "wrapped_numbers.value=1", "400 wrapped_numbers.value: is a list and not a message"},
      {"E26", "nested=1", "400 nested: is a message: name one of its fields"},
      {"E28", "choice_number=1&choice_text=foobar",
       "400 choice_text: excludes choiceNumber, which is given too"},
      {"E29", "choice_nested.int64Value=-1&choice_nested.string_value=foo",
       R"(choice_nested { int64_value: -1 string_value: "foo" })"},
      {"E28 nested", "nested.choice_number=1&nested.choice_text=a", "400"},
  });
  std::string deep = "int32_value=1";
  for (int i = 0; i < 70; ++i) deep = "nested." + deep;
  EXPECT_EQ(Query(deep).substr(0, 4), "400 ");
}

TEST(Query, E27_ScalarsHaveNoFields) {
  for (const char* name :
       {"double_value", "float_value", "int32_value", "int64_value", "uint32_value", "uint64_value",
        "bool_value", "string_value", "bytes_value", "color", "fixed32_value", "sint64_value"}) {
    EXPECT_EQ(Query(std::string(name) + ".nested=test"),
              "400 " + std::string(name) + ".nested: is not a message");
  }
}

TEST(Query, WellKnownTypes_TakeTheirOwnForms) {
  Check({
      {"E19", "time=2016-12-15T12:23:32.000000049Z", "time { seconds: 1481804612 nanos: 49 }"},
      {"E20", "time=null", "400 time: expected a time such as 2026-01-31T12:00:00Z"},
      {"E20", "time=0000-01-01T00:00:00.00Z", "400"},
      {"E21", "duration=13h0m0s", "duration { seconds: 46800 }"},
      {"E21", "duration=46800s", "duration { seconds: 46800 }"},
      {"E21", "duration=-1m1.5s", "duration { seconds: -61 nanos: -500000000 }"},
      {"E21", "duration=5ms", "duration { nanos: 5000000 }"},
      {"E21", "duration=5", "400"},
      {"E21", "duration=h", "400"},
      {"E21", "duration=999999999999h", "400"},
      {"E22", "mask=float_value,double_value",
       R"(mask { paths: "float_value" paths: "double_value" })"},
      {"E23", "int64_wrapper=-1", "int64_wrapper { value: -1 }"},
      {"E23", "string_wrapper=str", R"(string_wrapper { value: "str" })"},
      {"E23", "bool_wrapper=false", "bool_wrapper { }"},
      {"E23", "bytes_wrapper=Ynl0ZXM=", R"(bytes_wrapper { value: "bytes" })"},
      {"E23", "int64_wrapper=x", "400"},
      {"E24", R"(struct_value={"a":{"b":1}})",
       R"(struct_value { fields { key: "a" value { struct_value { fields { key: "b" )"
       R"(value { number_value: 1 } } } } } })"},
      {"E24", "any_json=[]", "any_json { list_value { } }"},
      {"E24", "struct_value={", "400"},
      {"E24", "struct_value=[]", "400 struct_value: expected an object"},
      {"any", "any=x", "400"},
  });
}

TEST(Query, Parameters_MustBeKnown) {
  Check({
      {"E30", "unknown=1", "400 unknown: unknown field"},
      {"E30", "string_valu=1", "400 string_valu: unknown field; did you mean \"stringValue\"?"},
      {"E30", "nested.unknown=1", "400 nested.unknown: unknown field"},
      {"E31", "string_value=world&api_key=secret&key=1&pretty=", R"(string_value: "world")"},
      {"E35", "string_value", ""},
      {"E35", "=v", ""},
      {"E35", "&&", ""},
      {"E35", "string_value=", R"()"},
      {"escape", "string_value=%", "400 string_value: a malformed percent escape"},
      {"escape", "string_value=%zz", "400"},
      {"utf-8", "string_value=%C3%28", "400 string_value: not UTF-8"},
  });
}

TEST(Query, ThousandParameters_AreTheMost) {
  std::string query;
  for (int i = 0; i < 1000; ++i) query += "words=a&";
  EXPECT_EQ(Query(query).substr(0, 5), "words");
  EXPECT_EQ(Query(query + "words=b"), "400 words: too many parameters");
}

TEST(RequestBuilder, PathAndQuery_FillOneMessage) {
  EXPECT_EQ(Build({.path = {{"string_value", "b"}}, .query = "renamed=shelf&snake_name=author"}),
            R"(string_value: "b" renamed: "shelf" snake_name: "author")")
      << "E2";
  EXPECT_EQ(Build({.path = {{"color", "RED"}}}), "color: RED") << "E13";
  EXPECT_EQ(Build({.path = {{"color", "1"}}}), "color: RED") << "E13";
  EXPECT_EQ(Build({.path = {{"int64_value", "not_int64"}}}),
            "400 int64Value: expected a whole number")
      << "E16";
  EXPECT_EQ(Build({.path = {{"nested.int64_value", "5"}}}), "nested { int64_value: 5 }");
}

TEST(RequestBuilder, E32_PathAndQueryOfOneFieldMustAgree) {
  EXPECT_EQ(Build({.path = {{"int64_value", "1"}}, .query = "int64_value=9999"}),
            "400 int64_value: differs from the value in the path");
  EXPECT_EQ(Build({.path = {{"int64_value", "1"}}, .query = "int64_value=1"}), "int64_value: 1");
}

TEST(RequestBuilder, E33_ABodyThatIsTheRequestLeavesNothingToTheQuery) {
  EXPECT_EQ(Build({.body_rule = "*", .query = "int32_value=1", .body = "{}"}),
            "400 int32_value: unknown parameter: the body is the whole request");
  EXPECT_EQ(Build({.body_rule = "*", .query = "api_key=1", .body = R"({"int32Value":2})"}),
            "int32_value: 2");
}

TEST(RequestBuilder, F1_F3_BodiesOfAFieldMergeWithPathAndQuery) {
  EXPECT_EQ(
      Build<ShelfRequest>(
          {.message = "ShelfRequest", .body_rule = "shelf", .body = R"({"theme":"Children"})"}),
      R"(shelf { theme: "Children" })")
      << "F1";
  EXPECT_EQ(Build<ShelfRequest>({.message = "ShelfRequest",
                                 .body_rule = "book",
                                 .path = {{"shelf_id", "1"}},
                                 .query = "book.title=War%20and%20Peace",
                                 .body = R"({"author":"Leo Tolstoy"})"}),
            R"(shelf_id: 1 book { author: "Leo Tolstoy" title: "War and Peace" })")
      << "F2";
  EXPECT_EQ(Build<ShelfRequest>({.message = "ShelfRequest",
                                 .body_rule = "book",
                                 .path = {{"shelf_id", "456"}, {"book.id", "123"}},
                                 .body = R"({"author":"Leo Tolstoy"})"}),
            R"(shelf_id: 456 book { id: 123 author: "Leo Tolstoy" })")
      << "F3";
  EXPECT_EQ(Build<ShelfRequest>({.message = "ShelfRequest",
                                 .body_rule = "book",
                                 .query = "book.quotes=A&book.quotes=B",
                                 .body = R"({"quotes":["C","D"]})"}),
            R"(book { quotes: "C" quotes: "D" quotes: "A" quotes: "B" })")
      << "E6 E34";
}

TEST(RequestBuilder, F4_F5_BodiesMayBeIgnoredOrEmpty) {
  EXPECT_EQ(Build({.query = "int32_value=1", .body = "{}"}), "int32_value: 1") << "F4";
  EXPECT_EQ(Build({.body = "no JSON"}), "") << "F4";
  EXPECT_EQ(Build({.body_rule = "*"}), "") << "F5";
  EXPECT_EQ(Build({.body_rule = "nested"}), "") << "F5";
  EXPECT_EQ(Build({.body_rule = "*", .body = " "}).substr(0, 4), "400 ") << "F6";
}

TEST(RequestBuilder, F8_ABodyCanBeAScalarOrAnyJson) {
  EXPECT_EQ(Build({.body_rule = "string_value", .body = "\"History\""}),
            R"(string_value: "History")");
  EXPECT_EQ(Build({.body_rule = "any_json", .body = "5"}), "any_json { number_value: 5 }");
  EXPECT_EQ(Build({.body_rule = "struct_value", .body = "[]"}), "400 body: expected an object");
}

TEST(RequestBuilder, F11_BodyAndPathOfOneFieldMustAgree) {
  const auto with_body = [](const char* body) {
    return Build<ShelfRequest>({.message = "ShelfRequest",
                                .body_rule = "*",
                                .path = {{"book.id", "5"}, {"name", "n"}},
                                .body = body});
  };
  EXPECT_EQ(with_body(R"({"book":{"id":6}})"), "400 book.id: differs from the value in the body");
  EXPECT_EQ(with_body(R"({"book":{"id":"5"},"name":"n"})"), R"(book { id: 5 } name: "n")");
  EXPECT_EQ(with_body(R"({"name":"m"})"), "400 name: differs from the value in the body");
  EXPECT_EQ(Build<ShelfRequest>({.message = "ShelfRequest",
                                 .body_rule = "book",
                                 .query = "book.id=7",
                                 .body = R"({"id":8})"}),
            "400 book.id: differs from the value in the body");
  EXPECT_EQ(
      Build({.body_rule = "*", .path = {{"choice_number", "1"}}, .body = R"({"choiceText":"a"})"}),
      "400 choiceNumber: excludes choiceText, which the body gives");
  EXPECT_EQ(Build({.body_rule = "*",
                   .path = {{"time", "2026-01-01T00:00:00Z"}},
                   .body = R"({"time":"2026-01-01T01:00:00+01:00"})"}),
            "time { seconds: 1767225600 }");
}

TEST(RequestBuilder, F36_HttpBodiesAreTakenAsTheyAre) {
  EXPECT_EQ(Build<ShelfRequest>({.message = "ShelfRequest",
                                 .body_rule = "upload.content",
                                 .query = "name=oops",
                                 .body = "Hello!",
                                 .content_type = "text/plain"}),
            R"(name: "oops" upload { content { content_type: "text/plain" data: "Hello!" } })");
}

TEST(RequestBuilder, F37_APatchWithoutMaskChangesWhatItsBodyHas) {
  const auto patch = [](const char* body, const char* query) {
    return Build<ShelfRequest>({.message = "ShelfRequest",
                                .body_rule = "book",
                                .update_mask = "update_mask",
                                .query = query,
                                .body = body});
  };
  EXPECT_EQ(patch(R"({"id":"1","author":"A"})", ""),
            R"(book { id: 1 author: "A" } update_mask { paths: "id" paths: "author" })");
  EXPECT_EQ(patch(R"({"details":{"name":"b","amount":2}})", ""),
            R"(book { details { name: "b" amount: 2 } } )"
            R"(update_mask { paths: "details.name" paths: "details.amount" })");
  EXPECT_EQ(patch(R"({"details":{"notes":{"a":"b"}},"quotes":["q"]})", ""),
            R"(book { quotes: "q" details { notes { key: "a" value: "b" } } } )"
            R"(update_mask { paths: "details.notes" paths: "quotes" })");
  EXPECT_EQ(patch(R"({"details":{}})", ""),
            R"(book { details { } } update_mask { paths: "details" })");
  EXPECT_EQ(patch(R"({"id":1,"author":"A"})", "update_mask=author"),
            R"(book { id: 1 author: "A" } update_mask { paths: "author" })");
  EXPECT_EQ(patch("", ""), "");
}

TEST(JsonStream, F38_ABodyIsSplitIntoMessages) {
  const auto split = [](const char* json, StreamForm form) {
    std::string joined;
    const auto parts = SplitJsonStream(json, form, 64);
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
}  // namespace jobmesh::gateway::transcode
