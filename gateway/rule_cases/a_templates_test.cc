// Section A: which templates and rules are accepted when a service registers.

#include <string>
#include <variant>

#include "gateway/routes/catalog.h"
#include "gateway/routes/path_template.h"
#include "gateway/routes/testdata/library.h"
#include "gateway/rule_cases/rows.h"

namespace jobmesh::gateway::rule_cases {
namespace {

using routes::Catalog;
using routes::PathTemplate;
using routes::TemplateSegment;
using routes::TemplateVariable;
using routes::testdata::Descriptors;
using routes::testdata::Rpc;

constexpr char kRejected[] = "rejected";

// `segments [field=first+count …] :verb` of a template, or `rejected`; an `m` behind a variable
// says that its value may hold slashes.
std::string Describe(const std::string& text) {
  const auto parsed = routes::ParsePathTemplate(text);
  if (!parsed.ok()) return kRejected;
  std::string shape;
  for (const TemplateSegment& segment : parsed->segments) {
    shape += '/';
    switch (segment.kind) {
      case TemplateSegment::Kind::kLiteral:
        shape += segment.literal;
        break;
      case TemplateSegment::Kind::kAny:
        shape += '*';
        break;
      case TemplateSegment::Kind::kDeep:
        shape += "**";
        break;
    }
  }
  for (const TemplateVariable& variable : parsed->variables) {
    shape += ' ' + variable.field_path + '=' + std::to_string(variable.first) + '+' +
             std::to_string(variable.count) + (variable.multi_segment ? "m" : "");
  }
  if (!parsed->verb.empty()) shape += " :" + parsed->verb;
  return shape;
}

Row Rejected(const char* number, const std::vector<const char*>& templates) {
  Row row{.number = number, .examples = {}};
  for (const char* text : templates) row.examples.push_back({text, kRejected});
  return row;
}

const Row kTemplates[] = {
    {"A1", {{"/shelves/{shelf}/books/{book}", "/shelves/*/books/* shelf=1+1 book=3+1"}}},
    {"A2",
     {{"/shelves/**", "/shelves/**"},
      {"/**", "/**"},
      {"/*", "/*"},
      {"/*/**", "/*/**"},
      {"/*/a/**", "/*/a/**"}}},
    {"A3",
     {{"/a:foo", "/a :foo"},
      {"/a/b/c:foo", "/a/b/c :foo"},
      {"/*:verb", "/* :verb"},
      {"/**:verb", "/** :verb"},
      {"/{a}:verb", "/* a=0+1 :verb"},
      {"/a/b/**:verb", "/a/b/** :verb"},
      {"/a/{b=*}/**:verb", "/a/*/** b=1+1 :verb"}}},
    {"A4", {{"/a/{a.b.c}", "/a/* a.b.c=1+1"}, {"/a/{a.b.c=*}", "/a/* a.b.c=1+1"}}},
    {"A5",
     {{"/a/{b=c/*}", "/a/c/* b=1+2m"},
      {"/a/{b=c/*/d}", "/a/c/*/d b=1+3m"},
      {"/{x.y.z=*/a/b}/c", "/*/a/b/c x.y.z=0+3m"}}},
    {"A6",
     {{"/a/{b=c/**}", "/a/c/** b=1+2m"},
      {"/a/{b=c/**}/d/e", "/a/c/**/d/e b=1+2m"},
      {"/a/{b=c/**/d}/e", "/a/c/**/d/e b=1+3m"},
      {"/a/{b=c/**/d}/e:verb", "/a/c/**/d/e b=1+3m :verb"}}},
    {"A7", {{"/", ""}}},
    Rejected("A8", {"", "//", "/a/", "/a//b"}),
    Rejected("A9", {"/{}", "/a/{", "/a/{var", "/a/{var.", "/{var=a/{nested=b}}"}),
    Rejected("A10", {":verb", "/:verb", "/a/:verb", ":", "/:", "/*:", "/**:", "/a/b/:"}),
    Rejected("A11", {"/{var}:"}),
    Rejected("A12", {"a", "{x}", "a/b", "a/{x}/b:verb", "v1/{name}"}),
    Rejected("A13", {"{x=/a}", "/a/{var=/b}", "/{x=/a}"}),
    Rejected("A14", {"/a{x}", "/{x}a", "/a{x}b", "/{x}a{y}", "/a/b{x}/s", "/a/{x}b/s"}),
    Rejected("A15", {"/a/**/*", "/a/**/foo/*", "/a/**/**", "/a/**/foo/**", "/{x=**}/{y}"}),
    Rejected("A16", {"/a/{x=var:verb}"}),
    {"A17", {{"/v1/{name}:bla:baa", "/v1/* name=1+1 :bla:baa"}}},
    Rejected("A18", {"/v1/a?b", "/v1/%", "/v1/%2", "/v1/a%2z", "/v1/{name.}", "/v1/{name..nested}",
                     "/v1/{field-name}", "/v1/{.a}", "/v1/{1a}"}),
    {"A19", {{"/v1/a=b&c=d;e=f:g/h", "/v1/a=b&c=d;e=f:g/h"}}},
};

class Templates : public testing::TestWithParam<Row> {};

TEST_P(Templates, AreParsed) {
  for (const Example& example : GetParam().examples) {
    ExpectResult(Describe(example.given), example.result, example.given);
  }
}

INSTANTIATE_TEST_SUITE_P(A, Templates, testing::ValuesIn(kTemplates), NumberOf());

// What is wrong with an rpc that has this rule, or the routes it gets as `METHOD template …`.
std::string Register(const std::string& rule) {
  const auto catalog = Catalog::Build({{.owner = "library",
                                        .version = "1.0.0",
                                        .descriptors = Descriptors(Rpc("Get", rule)),
                                        .grpc_services = {}}});
  if (!catalog->problems().empty()) return catalog->problems().front().message;
  std::string text;
  for (const auto& route : catalog->routes().routes()) {
    text += (text.empty() ? "" : ", ") + route->http_method + ' ' + route->path.text;
  }
  return text;
}

const Row kRules[] = {
    {"A20",
     {{R"(get: "/v1/{ids}")", "/library.v1.Library/Get: the field ids cannot stand in a path"},
      {R"(get: "/v1/{labels}")",
       "/library.v1.Library/Get: the field labels cannot stand in a path"},
      {R"(get: "/v1/{author.aliases}")",
       "/library.v1.Library/Get: the field author.aliases cannot stand in a path"},
      {R"(post: "/v1" body: "ids")", "/library.v1.Library/Get: the body cannot be the list ids"},
      {R"(post: "/v1" body: "labels")",
       "/library.v1.Library/Get: the body cannot be the list labels"}}},
    {"A21",
     {{R"(get: "/a" additional_bindings { get: "/b" additional_bindings { get: "/c" } })",
       "/library.v1.Library/Get: additional_bindings inside additional_bindings"},
      {R"(get: "/a" additional_bindings { get: "/b" } additional_bindings { post: "/c" })",
       "GET /a, GET /b, POST /c"}}},
    {"A22",
     {{R"(custom { kind: "OPTIONS" path: "/a" })", "OPTIONS /a"},
      {R"(custom { kind: "HEAD" path: "/a/{name}" })", "HEAD /a/{name}"}}},
};

class Rules : public testing::TestWithParam<Row> {};

TEST_P(Rules, BecomeRoutesOrAreRefused) {
  for (const Example& example : GetParam().examples) {
    ExpectResult(Register(example.given), example.result, example.given);
  }
}

INSTANTIATE_TEST_SUITE_P(A, Rules, testing::ValuesIn(kRules), NumberOf());

}  // namespace
}  // namespace jobmesh::gateway::rule_cases
