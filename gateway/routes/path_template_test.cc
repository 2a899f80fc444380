// Rows A of the cases of google.api.http: which templates are accepted.

#include "gateway/routes/path_template.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace jobmesh::gateway::routes {
namespace {

// `segments [field=first+count …] :verb` of a template, or `rejected`.
std::string Describe(const std::string& text) {
  const auto parsed = ParsePathTemplate(text);
  if (!parsed.ok()) return "rejected";
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

struct Row {
  const char* number;
  const char* text;
  const char* shape;
};

TEST(PathTemplate, GoodTemplates_AreParsed) {
  const Row kRows[] = {
      {"A1", "/shelves/{shelf}/books/{book}", "/shelves/*/books/* shelf=1+1 book=3+1"},
      {"A2", "/shelves/**", "/shelves/**"},
      {"A2", "/**", "/**"},
      {"A2", "/*", "/*"},
      {"A2", "/*/**", "/*/**"},
      {"A2", "/*/a/**", "/*/a/**"},
      {"A3", "/a:foo", "/a :foo"},
      {"A3", "/a/b/c:foo", "/a/b/c :foo"},
      {"A3", "/*:verb", "/* :verb"},
      {"A3", "/**:verb", "/** :verb"},
      {"A3", "/{a}:verb", "/* a=0+1 :verb"},
      {"A3", "/a/b/**:verb", "/a/b/** :verb"},
      {"A3", "/a/{b=*}/**:verb", "/a/*/** b=1+1 :verb"},
      {"A4", "/a/{a.b.c}", "/a/* a.b.c=1+1"},
      {"A4", "/a/{a.b.c=*}", "/a/* a.b.c=1+1"},
      {"A5", "/a/{b=c/*}", "/a/c/* b=1+2m"},
      {"A5", "/a/{b=c/*/d}", "/a/c/*/d b=1+3m"},
      {"A5", "/{x.y.z=*/a/b}/c", "/*/a/b/c x.y.z=0+3m"},
      {"A6", "/a/{b=c/**}", "/a/c/** b=1+2m"},
      {"A6", "/a/{b=c/**}/d/e", "/a/c/**/d/e b=1+2m"},
      {"A6", "/a/{b=c/**/d}/e", "/a/c/**/d/e b=1+3m"},
      {"A6", "/a/{b=c/**/d}/e:verb", "/a/c/**/d/e b=1+3m :verb"},
      {"A7", "/", ""},
      {"A17", "/v1/{name}:bla:baa", "/v1/* name=1+1 :bla:baa"},
      {"A19", "/v1/a=b&c=d;e=f:g/h", "/v1/a=b&c=d;e=f:g/h"},
      {"literals are decoded", "/caf%C3%A9/a", "/café/a"},
  };
  for (const Row& row : kRows) EXPECT_EQ(Describe(row.text), row.shape) << row.number << row.text;
}

TEST(PathTemplate, BadTemplates_AreRejected) {
  const std::pair<const char*, std::vector<const char*>> kRows[] = {
      {"A8", {"", "//", "/a/", "/a//b"}},
      {"A9", {"/{}", "/a/{", "/a/{var", "/a/{var.", "/{var=a/{nested=b}}"}},
      {"A10", {":verb", "/:verb", "/a/:verb", ":", "/:", "/*:", "/**:", "/a/b/:"}},
      {"A11", {"/{var}:"}},
      {"A12", {"a", "{x}", "a/b", "a/{x}/b:verb", "v1/{name}"}},
      {"A13", {"{x=/a}", "/a/{var=/b}", "/{x=/a}"}},
      {"A14", {"/a{x}", "/{x}a", "/a{x}b", "/{x}a{y}", "/a/b{x}/s", "/a/{x}b/s"}},
      {"A15", {"/a/**/*", "/a/**/foo/*", "/a/**/**", "/a/**/foo/**", "/{x=**}/{y}"}},
      {"A16", {"/a/{x=var:verb}"}},
      {"A18",
       {"/v1/a?b", "/v1/%", "/v1/%2", "/v1/a%2z", "/v1/{name.}", "/v1/{name..nested}",
        "/v1/{field-name}", "/v1/{.a}", "/v1/{1a}"}},
      {"twice", {"/a/{x}/{x}"}},
      {"stars", {"/a/b*", "/***", "/a}b", "/{x}:a/b"}},
  };
  for (const auto& [number, templates] : kRows) {
    for (const char* text : templates) EXPECT_EQ(Describe(text), "rejected") << number << text;
  }
}

TEST(PathTemplate, Rejection_SaysWhatIsWrong) {
  EXPECT_EQ(ParsePathTemplate("/a/{x").status().message(),
            "path template \"/a/{x\": '{' without '}'");
}

}  // namespace
}  // namespace jobmesh::gateway::routes
