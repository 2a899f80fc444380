#include "gateway/openapi/document.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <gtest/gtest.h>

namespace jobmesh::gateway::openapi {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kLibrary[] = "gateway/openapi/testdata/library.proto";
constexpr char kHttpBody[] = "google/api/httpbody.proto";
constexpr char kGolden[] = "gateway/openapi/testdata/library.openapi.json";

std::string Read(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// As protoc would put it into a FileDescriptorSet, with comments; imports are left to the Catalog.
void AddFile(const std::string& name, const std::string& text,
             google::protobuf::FileDescriptorSet& set) {
  google::protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  google::protobuf::io::Tokenizer tokenizer(&input, nullptr);
  google::protobuf::FileDescriptorProto& file = *set.add_file();
  file.set_name(name);
  EXPECT_TRUE(google::protobuf::compiler::Parser().Parse(&tokenizer, &file)) << text;
}

std::string Descriptors(const std::string& text) {
  google::protobuf::FileDescriptorSet set;
  AddFile(kHttpBody, Read("proto/" + std::string(kHttpBody)), set);
  AddFile("service.proto", text, set);
  return set.SerializeAsString();
}

Json DocumentOf(const std::vector<std::string>& sets) {
  std::vector<routes::CatalogSource> sources;
  for (const std::string& set : sets) {
    sources.push_back({.owner = "owner-" + std::to_string(sources.size()),
                       .version = "1.0.0",
                       .descriptors = set,
                       .grpc_services = {}});
  }
  const auto catalog = routes::Catalog::Build(sources);
  for (const auto& problem : catalog->problems()) ADD_FAILURE() << problem.message;
  return BuildDocument(*catalog);
}

// One service with one rpc for each rule.
std::string Service(const std::string& package, const std::string& rpcs,
                    const std::string& messages) {
  return Descriptors("syntax = \"proto3\"; package " + package +
                     "; import \"google/api/annotations.proto\";"
                     "import \"jobmesh/options/v1/options.proto\";" +
                     messages + "service Shop {" + rpcs + "}");
}
std::string Rpc(const std::string& name, const std::string& rule,
                const std::string& request = "Thing") {
  return "rpc " + name + "(" + request + ") returns (Thing) { option (google.api.http) = {" + rule +
         "}; option (jobmesh.options.v1.auth) = PUBLIC; }";
}

// Built once: the tests only read it.
const Json& Library() {
  static const Json document = DocumentOf({Descriptors(Read(kLibrary))});
  return document;
}
const Json& Schema(const std::string& name) { return Library()["components"]["schemas"].at(name); }
const Json& Operation(const std::string& path, const std::string& method) {
  return Library()["paths"].at(path).at(method);
}
const Json& Parameter(const Json& operation, const std::string& name) {
  for (const Json& parameter : operation["parameters"]) {
    if (parameter["name"] == name) return parameter;
  }
  static const Json none;
  ADD_FAILURE() << "no parameter " << name;
  return none;
}
std::vector<std::string> Keys(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}
std::vector<std::string> ParameterNames(const Json& operation) {
  std::vector<std::string> names;
  for (const Json& parameter : operation["parameters"]) names.push_back(parameter["name"]);
  return names;
}

TEST(Document, ALibrary_IsDescribedAsWrittenDown) {
  Json document = Library();
  document["info"]["version"] = "any";
  const std::string text = document.dump(2) + "\n";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(kGolden) << text;
  EXPECT_EQ(text, Read(kGolden)) << "run with UPDATE_GOLDEN=1 and look at the difference";
}

TEST(Document, OrderOfTheMesh_MakesNoDifference) {
  const std::string a = Service("a.v1", Rpc("Get", "get: \"/a\""), "message Thing {}");
  const std::string b = Service("b.v1", Rpc("Get", "get: \"/b\""), "message Thing {}");
  Json one = DocumentOf({a, b});
  Json other = DocumentOf({b, a});
  // Owners are numbered by the order here.
  for (Json* document : {&one, &other}) {
    for (Json& tag : (*document)["tags"]) tag.erase("x-service");
    for (Json& path : (*document)["paths"]) path["get"].erase("x-service");
  }
  EXPECT_EQ(one.dump(), other.dump());
}

TEST(Document, Operation_SaysWhatTheCommentSays) {
  const Json& find = Operation("/v1/books", "get");
  EXPECT_EQ(find["operationId"], "Library_FindBooks");
  EXPECT_EQ(find["tags"], Json::array({"Library"}));
  EXPECT_EQ(find["summary"], "Finds books");
  EXPECT_THAT(find["description"].get<std::string>(), HasSubstr("Second paragraph."));
  EXPECT_EQ(Library()["tags"][0]["description"], "Books and\ntheir shelves.");
  // Without a comment, the name has to do.
  EXPECT_EQ(Operation("/v1/books/{id}", "get")["summary"], "GetBook");
}

TEST(Document, AdditionalBinding_IsAnOperationOfItsOwn) {
  const Json& bound = Operation("/v1/shelves/{parent}/books", "get");
  EXPECT_EQ(bound["operationId"], "Library_FindBooks_2");
  EXPECT_THAT(Parameter(bound, "parent")["description"].get<std::string>(),
              HasSubstr("Part of `parent` in `/v1/{parent=shelves/*}/books`."));
}

TEST(Document, WildcardsOfOneVariable_AreNumbered) {
  const Json& move = Operation("/v1/shelves/{from-1}/rows/{from-2}/{rest}:move", "post");
  EXPECT_THAT(ParameterNames(move),
              ElementsAre("from-1", "from-2", "rest", "to", "Idempotency-Key"));
  EXPECT_TRUE(move["deprecated"]);
  EXPECT_TRUE(Parameter(move, "to")["deprecated"]);
}

TEST(Document, PathsThatDifferInNamesOnly_AreOne) {
  // GetBook calls it {id}, UpdateBook {book.id}.
  EXPECT_THAT(Keys(Library()["paths"]["/v1/books/{id}"]), ElementsAre("get", "patch"));
  EXPECT_THAT(ParameterNames(Operation("/v1/books/{id}", "patch")),
              ElementsAre("id", "updateMask"));
}

TEST(Document, QueryParameters_AreTheFieldsThatFit) {
  const Json& find = Operation("/v1/books", "get");
  EXPECT_THAT(ParameterNames(find), ElementsAre("title", "parent", "filter.printedSince",
                                                "filter.readingTime", "filter.coverHash", "genres",
                                                "labels", "options", "available", "readMask"));
  EXPECT_EQ(Parameter(find, "title")["required"], true);
  EXPECT_EQ(Parameter(find, "filter.printedSince")["schema"]["format"], "date-time");
  EXPECT_EQ(Parameter(find, "genres")["schema"]["type"], "array");
  EXPECT_EQ(Parameter(find, "labels")["style"], "deepObject");
  EXPECT_THAT(Keys(Parameter(find, "options")["content"]), ElementsAre("application/json"));
  EXPECT_EQ(Parameter(find, "available")["schema"]["type"], "boolean");
  // What the path binds is no parameter of the query.
  EXPECT_THAT(ParameterNames(Operation("/v1/books/{id}", "get")), ElementsAre("id"));
}

TEST(Document, ResponseBody_IsTheFieldAlone) {
  const Json& ok = Operation("/v1/books", "get")["responses"]["200"];
  const Json& schema = ok["content"]["application/json"]["schema"];
  EXPECT_EQ(schema["type"], "array");
  EXPECT_EQ(schema["items"]["$ref"], "#/components/schemas/library.v1.Book");
}

TEST(Document, Answers_HoldEveryFieldWithoutPresence) {
  EXPECT_EQ(Schema("library.v1.Book")["required"],
            Json::array({"id", "title", "genre", "volumes", "shelf_mark"}));
  EXPECT_EQ(Schema("library.v1.Book-Input")["required"], Json::array({"title"}));
}

TEST(Document, Oneof_ExcludesTwoMembers) {
  EXPECT_EQ(Schema("library.v1.Book")["not"],
            Json::parse(R"({"anyOf":[{"required":["person","library"]}]})"));
  EXPECT_EQ(Schema("library.v1.Book")["properties"]["library"]["description"],
            "A library.\n\nAt most one of `person`, `library` is set.");
}

TEST(Document, RecursiveMessage_RefersToItself) {
  EXPECT_EQ(Schema("library.v1.Book")["properties"]["volumes"]["items"]["$ref"],
            "#/components/schemas/library.v1.Book");
  EXPECT_EQ(Schema("library.v1.Book-Input")["properties"]["volumes"]["items"]["$ref"],
            "#/components/schemas/library.v1.Book-Input");
}

TEST(Document, Enum_ListsNamesWithTheirMeaning) {
  EXPECT_EQ(Schema("library.v1.Genre")["enum"],
            Json::array({"GENRE_UNSPECIFIED", "FICTION", "FACT"}));
  EXPECT_EQ(Schema("library.v1.Genre")["description"],
            "What a book is about.\n\n- `GENRE_UNSPECIFIED`\n- `FICTION`: Invented\n- `FACT`");
}

TEST(Document, Types_AreThoseOfTheJsonMapping) {
  const Json& properties = Schema("library.v1.Everything")["properties"];
  const struct {
    const char* field;
    const char* schema;
  } rows[] = {
      {"doubleValue", R"({"type":"number","format":"double"})"},
      {"floatValue", R"({"type":"number","format":"float"})"},
      {"int32Value", R"({"type":"integer","format":"int32"})"},
      {"int64Value", R"({"type":"string","format":"int64","pattern":"^-?[0-9]{1,19}$"})"},
      {"uint32Value", R"({"type":"integer","format":"uint32","minimum":0,"maximum":4294967295})"},
      {"uint64Value", R"({"type":"string","format":"uint64","pattern":"^[0-9]{1,20}$"})"},
      {"boolValue", R"({"type":"boolean"})"},
      {"stringValue", R"({"type":"string"})"},
      {"bytesValue", R"({"type":"string","contentEncoding":"base64"})"},
      {"timestamp", R"({"type":"string","format":"date-time"})"},
      {"duration",
       R"({"type":"string","pattern":"^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$","examples":["3.5s"]})"},
      {"fieldMask", R"({"type":"string","examples":["title,author.name"]})"},
      {"struct", R"({"type":"object","additionalProperties":true})"},
      {"value", R"({})"},
      {"listValue", R"({"type":"array","items":{}})"},
      {"nullValue", R"({"type":"null"})"},
      {"empty", R"({"$ref":"#/components/schemas/google.protobuf.Empty"})"},
      {"int64Wrapper",
       R"({"type":["string","null"],"format":"int64","pattern":"^-?[0-9]{1,19}$"})"},
      {"stringWrapper", R"({"type":["string","null"]})"},
      {"bytesWrapper", R"({"type":["string","null"],"contentEncoding":"base64"})"},
      {"genreByName",
       R"({"type":"object","additionalProperties":{"$ref":"#/components/schemas/library.v1.Genre"}})"},
      {"questionByNumber",
       R"({"type":"object","additionalProperties":{"$ref":"#/components/schemas/library.v1.Question"}})"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(properties[row.field], Json::parse(row.schema)) << row.field;
  EXPECT_EQ(properties["any"]["required"], Json::array({"@type"}));
}

TEST(Document, Stream_IsOfferedInThreeForms) {
  const Json& content = Operation("/v1/books:stream", "get")["responses"]["200"]["content"];
  EXPECT_THAT(Keys(content),
              ElementsAre("application/json", "application/x-ndjson", "text/event-stream"));
  EXPECT_EQ(content["application/json"]["schema"]["type"], "array");
}

TEST(Document, HttpBody_IsBytesOfAnyType) {
  const Json& get = Operation("/v1/books/{id}/cover", "get")["responses"]["200"]["content"];
  EXPECT_EQ(get["*/*"]["schema"]["format"], "binary");
  EXPECT_THAT(Keys(Operation("/v1/books/{id}/cover", "put")["requestBody"]["content"]),
              ElementsAre("*/*"));
  // Bytes that come piece by piece are one body all the same.
  EXPECT_THAT(Keys(Operation("/v1/covers", "get")["responses"]["200"]["content"]),
              ElementsAre("*/*"));
  EXPECT_EQ(Operation("/v1/covers", "get")["description"], "Every cover, one behind the other.");
  EXPECT_FALSE(Library()["components"]["schemas"].contains("google.api.HttpBody"));
}

TEST(Document, Security_FollowsAuth) {
  EXPECT_EQ(Operation("/v1/books", "get")["security"], Json::array());
  EXPECT_EQ(Operation("/v1/books/{id}", "get")["security"],
            Json::parse(R"([{"bearer":[]},{"cookie":[]}])"));
  EXPECT_EQ(Operation("/v1/books", "post")["security"],
            Json::parse(R"([{"bearer":["ADMIN"]},{"cookie":["ADMIN"]}])"));
}

TEST(Document, Errors_HaveTheStyleOfTheirFamily) {
  const auto schema_of = [](const char* path, const char* method, const char* status) {
    const std::string ref = Operation(path, method)["responses"].at(status)["$ref"];
    const Json& response = Library().at(Json::json_pointer(ref.substr(1)));
    return response["content"].begin().key() + " " +
           response["content"].begin().value()["schema"]["$ref"].get<std::string>();
  };
  const std::string schemas = " #/components/schemas/";
  EXPECT_EQ(schema_of("/v1/books", "get", "404"),
            "application/problem+json" + schemas + "Error-Problem");
  EXPECT_EQ(schema_of("/v1/books/{id}", "patch", "400"),
            "application/json" + schemas + "Error-Msg");
  EXPECT_EQ(schema_of("/v1/books:stream", "get", "400"),
            "application/json" + schemas + "Error-Detail");
  EXPECT_EQ(schema_of("/v1/books/{id}/cover", "get", "400"),
            "application/json" + schemas + "Error-Message");
  EXPECT_EQ(schema_of("/v1/shelves/{from-1}/rows/{from-2}/{rest}:move", "post", "400"),
            "application/json" + schemas + "Error-Error");
}

TEST(Document, Errors_AreThoseThatPolicyAndCommentName) {
  EXPECT_THAT(Keys(Operation("/v1/books", "get")["responses"]),
              ElementsAre("200", "304", "400", "404", "500", "503", "default"));
  EXPECT_THAT(
      Keys(Operation("/v1/books", "post")["responses"]),
      ElementsAre("201", "202", "401", "403", "409", "413", "415", "422", "429", "503", "default"));
}

TEST(Document, WhatTheEdgeAdds_IsDescribed) {
  EXPECT_THAT(Keys(Operation("/v1/books", "get")["responses"]["200"]["headers"]),
              ElementsAre("X-Request-ID", "Age", "Cache-Control", "ETag", "X-Cache"));
  const Json& create = Operation("/v1/books", "post");
  EXPECT_THAT(Keys(create["responses"]["201"]["headers"]),
              ElementsAre("X-Request-ID", "RateLimit", "RateLimit-Policy"));
  EXPECT_EQ(Parameter(create, "Idempotency-Key")["in"], "header");
}

TEST(Document, Policy_StandsInExtensions) {
  EXPECT_EQ(Operation("/v1/books", "get")["x-cache"],
            Json::parse(R"({"max_age_seconds":60,"vary":["accept-language"]})"));
  EXPECT_EQ(Operation("/v1/books", "post")["x-rate-limit"],
            Json::parse(R"({"per_minute":30,"burst":5})"));
  EXPECT_EQ(Operation("/v1/books", "post")["x-rpc"], "/library.v1.Library/CreateBook");
  EXPECT_EQ(Operation("/v1/books", "post")["x-idempotent"], false);
}

TEST(Document, WebSocket_SaysWhatIsSaidInIt) {
  const Json& visit = Operation("/v1/visit", "get");
  EXPECT_EQ(visit["x-websocket"]["client"]["$ref"],
            "#/components/schemas/library.v1.Question-Input");
  EXPECT_EQ(visit["x-websocket"]["server"]["$ref"], "#/components/schemas/library.v1.Everything");
  EXPECT_TRUE(visit["responses"].contains("101"));
  EXPECT_FALSE(visit.contains("parameters"));
}

TEST(Document, OtherHttpMethods_StandBesideThoseOfOpenApi) {
  EXPECT_EQ(Library()["paths"]["/v1/report"]["x-additional-operations"]["REPORT"]["operationId"],
            "Library_Report");
  EXPECT_THAT(Keys(Library()["paths"]["/v1/anything/{segment-1}"]),
              ElementsAre("get", "post", "put", "patch", "delete"));
}

TEST(Document, RpcsOfTheMesh_AreNotShown) {
  EXPECT_FALSE(Library()["paths"].contains("/v1/internal"));
}

TEST(Document, ServicesOfOneName_AreToldApartByTheirPackages) {
  const Json document =
      DocumentOf({Service("a.v1", Rpc("Get", "get: \"/a\""), "message Thing {}"),
                  Service("b.v1", Rpc("Get", "get: \"/b\""), "message Thing {}")});
  EXPECT_EQ(document["paths"]["/a"]["get"]["operationId"], "a_v1_Shop_Get");
  EXPECT_EQ(document["paths"]["/b"]["get"]["tags"], Json::array({"b.v1.Shop"}));
}

TEST(Document, TypesOfOneName_AreKeptApartWhereTheyDiffer) {
  const std::string shared = "message Thing { Part part = 1; } ";
  const auto service = [&shared](const std::string& name, const std::string& part) {
    std::string text =
        "syntax = \"proto3\"; package shared.v1;"
        "import \"google/api/annotations.proto\";"
        "import \"jobmesh/options/v1/options.proto\";" +
        shared + part + "service " + name + " {" + Rpc("Get", "get: \"/" + name + "\"") + "}";
    return Descriptors(text);
  };
  const std::string old_part = "message Part { string name = 1; }";
  const std::string new_part = "message Part { string name = 1; string colour = 2; }";
  const Json document =
      DocumentOf({service("A", old_part), service("B", old_part), service("C", new_part)});
  const auto schema_of = [&document](const char* path) {
    const std::string ref = document["paths"][path]["get"]["responses"]["200"]["content"]
                                    ["application/json"]["schema"]["$ref"];
    return ref.substr(ref.rfind('/') + 1);
  };
  EXPECT_EQ(schema_of("/A"), "shared.v1.Thing");
  EXPECT_EQ(schema_of("/B"), "shared.v1.Thing");
  EXPECT_EQ(schema_of("/C"), "shared.v1.Thing-2");
  const Json& schemas = document["components"]["schemas"];
  EXPECT_EQ(schemas["shared.v1.Thing-2"]["properties"]["part"]["$ref"],
            "#/components/schemas/shared.v1.Part-2");
  EXPECT_TRUE(schemas["shared.v1.Part-2"]["properties"].contains("colour"));
}

TEST(Document, EmptyMesh_StillHasTheGatewaysOwn) {
  const Json document = DocumentOf({});
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_EQ(document["servers"], Json::parse(R"([{"url":"/"}])"));
  EXPECT_THAT(Keys(document["paths"]), ElementsAre("/status", "/openapi.json"));
}

}  // namespace
}  // namespace jobmesh::gateway::openapi
