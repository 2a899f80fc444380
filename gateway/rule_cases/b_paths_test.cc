// Section B: which template a path leads to.

#include <chrono>
#include <string>

#include "gateway/routes/catalog.h"
#include "gateway/routes/testdata/library.h"
#include "gateway/rule_cases/path_rows.h"

namespace jobmesh::gateway::rule_cases {
namespace {

using routes::testdata::Result;
using routes::testdata::RouteOf;
using routes::testdata::TableOf;

const PathRow kPaths[] = {
    {"B1", {"/**"}, {{"/", "/**"}, {"/a", "/**"}, {"/a/", "/**"}}},
    {"B2", {"/a/**"}, {{"/a/b", "/a/**"}, {"/a/b/c", "/a/**"}}},
    {"B3", {"/a/**"}, {{"/a", "/a/**"}}},
    {"B4", {"/b/*"}, {{"/b/c", "/b/*"}, {"/b/c/d", "404"}, {"/b", "404"}}},
    {"B5",
     {"/c/*/d/**", "/c/*/d/e", "/c/f/d/e"},
     {{"/c/u/d/v", "/c/*/d/**"},
      {"/c/x/d/e", "/c/*/d/e"},
      {"/c/f/d/e", "/c/f/d/e"},
      {"/c/f/d/g", "/c/*/d/**"}}},
    {"B6", {"/c/*/d/**", "/c/*/d/e", "/c/f/d/e"}, {{"/c/x/y/d/z", "404"}, {"/c//v/d/w/x", "404"}}},
    {"B7", {"/", "/a/**", "/b/*"}, {{"/", "/"}, {"/a", "/a/**"}}},
    {"B8", {"/a/{x}/c/d/e"}, {{"/a/book/c/d/e", "/a/{x}/c/d/e x=\"book\""}}},
    {"B9",
     {"/{x=a/*}/b/{y=*}/c"},
     {{"/a/hello/b/world/c", "/{x=a/*}/b/{y=*}/c x=\"a/hello\" y=\"world\""}}},
    {"B10",
     {"/a/{x=b/*}/{y=d/**}"},
     {{"/a/b/zoo/d/animal/tiger", "/a/{x=b/*}/{y=d/**} x=\"b/zoo\" y=\"d/animal/tiger\""}}},
    {"B11",
     {"/alpha/{x=*}/beta/{y=**}/gamma"},
     {{"/alpha/dog/beta/eat/bones/gamma",
       "/alpha/{x=*}/beta/{y=**}/gamma x=\"dog\" y=\"eat/bones\""}}},
    {"B12", {"/{x=*}/a"}, {{"/foo/a", "/{x=*}/a x=\"foo\""}}},
    {"B13", {"/{x=**}/a/b"}, {{"/foo/bar/a/b", "/{x=**}/a/b x=\"foo/bar\""}}},
    {"B14",
     {"/a/b/{x=*}", "/a/b/c/{x=**}"},
     {{"/a/b/foo", "/a/b/{x=*} x=\"foo\""},
      {"/a/b/c/foo/bar/baz", "/a/b/c/{x=**} x=\"foo/bar/baz\""}}},
    {"B15",
     {"/{x=*}/d/e/f/{y=**}"},
     {{"/foo/d/e/f/bar/baz", "/{x=*}/d/e/f/{y=**} x=\"foo\" y=\"bar/baz\""}}},
    {"B16",
     {"/a/{x=b/**}", "/a/{x=b/**}/z", "/a/{x=b/**}/y/z"},
     {{"/a/b/hello/world/c", "/a/{x=b/**} x=\"b/hello/world/c\""},
      {"/a/b/world/c/z", "/a/{x=b/**}/z x=\"b/world/c\""},
      {"/a/b/world/c/y/z", "/a/{x=b/**}/y/z x=\"b/world/c\""}}},
    {"B17",
     {"/a/{x=**}", "/a/{x=b/**}", "/a/{x=b/**}/z", "/a/{x=b/**}/y/z"},
     {{"/a/hello/b/world/c", "/a/{x=**} x=\"hello/b/world/c\""}}},
    {"B18",
     {"/c/{x=*}/{y=d/**}/e", "/c/{x=*}/{y=d/**}/e:verb"},
     {{"/c/hello/d/esp/world/e", "/c/{x=*}/{y=d/**}/e x=\"hello\" y=\"d/esp/world\""},
      {"/c/hola/d/esp/mundo/e:verb", "/c/{x=*}/{y=d/**}/e:verb x=\"hola\" y=\"d/esp/mundo\""}}},
    {"B19",
     {"/f/{x=*}/{y=**}/g", "/f/{x=*}/{y=**}/g:verb"},
     {{"/f/foo/bar/baz/g", "/f/{x=*}/{y=**}/g x=\"foo\" y=\"bar/baz\""},
      {"/f/foo/bar/baz/g:verb", "/f/{x=*}/{y=**}/g:verb x=\"foo\" y=\"bar/baz\""}}},
    {"B20",
     {"/a/{x=b/*/y/z/**}/foo", "/a/{x=b/*/**/y/z}/foo"},
     {{"/a/b/foo/y/z/bar/baz/foo", "/a/{x=b/*/y/z/**}/foo x=\"b/foo/y/z/bar/baz\""},
      {"/a/b/foo/bar/baz/y/z/foo", "/a/{x=b/*/**/y/z}/foo x=\"b/foo/bar/baz/y/z\""}}},
    {"B21",
     {"/prefix/middle/suffix", "/prefix/middle", "/prefix"},
     {{"/prefix/middle/suffix", "/prefix/middle/suffix"},
      {"/prefix/middle", "/prefix/middle"},
      {"/prefix", "/prefix"},
      {"/prefix/middle/suffix/other", "404"},
      {"/prefix/other", "404"},
      {"/other", "404"}}},
    {"B22", {"/a/b", "/x/y/z/w"}, {{"/a/b/c/d", "404"}, {"/x/y/z", "404"}}},
    {"B25", {"/otherprefix/suffix"}, {{"/otherprefix/suffix?foo=bar", "/otherprefix/suffix"}}},
    {"B26", {"/a"}, {{"/a/", "/a"}, {"/a//", "/a"}}},
    {"B28", {}, {{"/", "404"}, {"/a/b", "404"}}},
    {"B29", {"/foo"}, {{"foo", "400"}, {"", "400"}}},
    {"B30", {"/v1/{name=o/**}"}, {{"/v1/o", "/v1/{name=o/**} name=\"o\""}, {"/v2/o/x", "404"}}},
    {"B31",
     {"/v2/{name=b/*}/o/{oname}"},
     {{"/v2/b/my-bucket/o/obj", "/v2/{name=b/*}/o/{oname} name=\"b/my-bucket\" oname=\"obj\""}}},
    {"B32",
     {"/v1/{name=o/**/.ext}/tail"},
     {{"/v1/o/my-bucket/dir/dir2/obj/.ext/tail",
       "/v1/{name=o/**/.ext}/tail name=\"o/my-bucket/dir/dir2/obj/.ext\""}}},
};

class Paths : public testing::TestWithParam<PathRow> {};

TEST_P(Paths, LeadToTheMostSpecificTemplate) { Check(GetParam()); }

INSTANTIATE_TEST_SUITE_P(B, Paths, testing::ValuesIn(kPaths), NumberOf());

TEST(OtherPaths, B23_AnotherMethodOfAPathIsNotAllowedAndTheRightOnesAreNamed) {
  auto table = TableOf({"/a/b"});
  ASSERT_TRUE(table.Add(RouteOf("DELETE", "/a/{x}")).ok());
  EXPECT_EQ(Result(table, "/a/b", "POST"), "405 DELETE GET HEAD");
  EXPECT_EQ(Result(table, "/a/c", "POST"), "405 DELETE");
  EXPECT_EQ(Result(table, "/a/b", "DELETE"), "/a/{x} x=\"b\"");
  EXPECT_EQ(Result(table, "/b", "POST"), "404");
}

TEST(OtherPaths, B24_TwoRoutesOfOneShapeAreRefusedAndNamed) {
  using routes::testdata::Rpc;
  const auto catalog = routes::Catalog::Build(
      {{.owner = "library",
        .version = "1.0.0",
        .descriptors = routes::testdata::Descriptors(Rpc("First", R"(get: "/a/{name}")") +
                                                     Rpc("Second", R"(get: "/a/{author.name}")")),
        .grpc_services = {}}});
  EXPECT_TRUE(catalog->routes().routes().empty());
  ASSERT_EQ(catalog->problems().size(), 1u);
  EXPECT_EQ(catalog->problems()[0].message,
            "two routes of one shape: GET /a/{name} (/library.v1.Library/First of library) and GET "
            "/a/{author.name} (/library.v1.Library/Second of library)");
}

TEST(OtherPaths, B27_64000SlashesAreMatchedInBoundedTime) {
  const auto table = TableOf({"/a/**/x", "/a/**/b/x", "/*/*/*", "/{v=**}:verb"});
  const std::string slashes(64'000, '/');
  const std::string colons(64'000, ':');
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Result(table, "/a/" + slashes + "/x"), "/a/**/x");
    EXPECT_EQ(Result(table, "/a/" + slashes + "/y"), "404");
    EXPECT_EQ(Result(table, "/a" + slashes), "404");
    EXPECT_EQ(Result(table, "/b/b/b/b/" + colons), "404");
  }
  // 80 requests of 64 KB; a quadratic search would take minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace jobmesh::gateway::rule_cases
