// Section C: the `:verb` at the end of a path.

#include "gateway/rule_cases/path_rows.h"

namespace jobmesh::gateway::rule_cases {
namespace {

const PathRow kVerbs[] = {
    {"C1",
     {"/person", "/person/{id=*}", "/{x=**}:verb"},
     {{"/person:verb", "/{x=**}:verb x=\"person\""},
      {"/person/jason:verb", "/{x=**}:verb x=\"person/jason\""},
      {"/animal/cat:verb", "/{x=**}:verb x=\"animal/cat\""}}},
    {"C2",
     {"/person", "/person/{id=*}", "/{x=**}:verb"},
     {{"/person:other", "404"},
      {"/person/jason:other", "/person/{id=*} id=\"jason:other\""},
      {"/animal:other", "404"}}},
    {"C3",
     {"/person", "/person/{id=*}", "/{x=**}:verb"},
     {{"/person/jason:other", "404"},
      {"/person/jason:verb", "/{x=**}:verb x=\"person/jason\""},
      {"/person/jason", "/person/{id=*} id=\"jason\""}},
     {.unknown_verb_is_text = false}},
    {"C4",
     {"/a/{y=*}:verb", "/a/{y=d/**}:verb", "/{x=*}/a:verb", "/{x=**}/b:verb"},
     {{"/a/world:verb", "/a/{y=*}:verb y=\"world\""},
      {"/a/d/animal/tiger:verb", "/a/{y=d/**}:verb y=\"d/animal/tiger\""},
      {"/foo/a:verb", "/{x=*}/a:verb x=\"foo\""},
      {"/foo/bar/baz/b:verb", "/{x=**}/b:verb x=\"foo/bar/baz\""}}},
    {"C5",
     {"/some/const:verb", "/some/*:verb", "/some/*/foo:verb"},
     {{"/some/const:verb", "/some/const:verb"},
      {"/some/other:verb", "/some/*:verb"},
      {"/some/bar/foo:verb", "/some/*/foo:verb"},
      {"/some/other:verb/", "404"},
      {"/some/foo/bar:verb", "404"}}},
    {"C6",
     {"/{a=*}/{b=*}:verb"},
     {{"/some:verb/const:verb", "/{a=*}/{b=*}:verb a=\"some:verb\" b=\"const\""}}},
    {"C7", {"/foo/{a=*}"}, {{"/foo/other:verb", "/foo/{a=*} a=\"other:verb\""}}},
    {"C8", {"/foo/*/hello"}, {{"/foo/other:verb/hello", "/foo/*/hello"}}},
    {"C9",
     {"/{a=**}:verb", "/{a=**}"},
     {{"/some:verb/const:verb", "/{a=**}:verb a=\"some:verb/const\""},
      {"/some:verb2/const:verb2", "/{a=**} a=\"some:verb2/const:verb2\""}}},
    {"C10",
     {"/foo/{id}", "/foo/{id}:verb"},
     {{"/foo/bar:verb", "/foo/{id}:verb id=\"bar\""}, {"/foo/bar", "/foo/{id} id=\"bar\""}}},
    {"C11",
     {"/foo/{id}:verb:subverb"},
     {{"/foo/bar:verb:subverb", "/foo/{id}:verb:subverb id=\"bar\""}}},
    {"C12",
     {"/api/v1/organizations:verb", "/api/v1/organizations", "/api/v1/dummies:verb"},
     {{"/api/v1/organizations:verb", "/api/v1/organizations:verb"}}},
    {"C13", {"/a/{arg=**}"}, {{"/a/b:c:d", "/a/{arg=**} arg=\"b:c:d\""}}},
};

class Verbs : public testing::TestWithParam<PathRow> {};

TEST_P(Verbs, AreTheLastColonOnlyWhereRegistered) { Check(GetParam()); }

INSTANTIATE_TEST_SUITE_P(C, Verbs, testing::ValuesIn(kVerbs), NumberOf());

TEST(OtherVerbs, C14_AVerbWithAnotherMethodIsNotAllowedRatherThanNotFound) {
  const auto table = routes::testdata::TableOf({"/foo/{id}:archive"}, "POST");
  EXPECT_EQ(routes::testdata::Result(table, "/foo/bar:archive", "DELETE"), "405 POST");
}

}  // namespace
}  // namespace jobmesh::gateway::rule_cases
