// Rows B (matching), C (verbs) and D (percent-encoding) of the cases of google.api.http.

#include "gateway/routes/route_table.h"

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace jobmesh::gateway::routes {
namespace {

// A route without an rpc: what matters here is the template.
Route RouteOf(const std::string& method, const std::string& path) {
  Route route{.owner = "test", .rpc = "/test/" + path, .http_method = method};
  route.path = *ParsePathTemplate(path);
  route.variables.resize(route.path.variables.size());
  return route;
}

RouteTable TableOf(const std::vector<std::string>& templates, const std::string& method = "GET") {
  RouteTable table;
  for (const std::string& path : templates) {
    EXPECT_TRUE(table.Add(RouteOf(method, path)).ok()) << path;
  }
  return table;
}

// `template x="value" …`, `404`, `405 GET,HEAD` or `400`.
std::string Result(const RouteTable& table, const std::string& path,
                   const std::string& method = "GET") {
  const RouteResult result = table.Match(method, path);
  if (const auto* match = std::get_if<RouteMatch>(&result)) {
    const PathTemplate& found = match->route->path;
    std::string text = found.text;
    for (std::size_t i = 0; i < match->variables.size(); ++i) {
      text += ' ' + found.variables[i].field_path + "=\"" + match->variables[i].value + '"';
    }
    return text;
  }
  if (const auto* other = std::get_if<MethodNotAllowed>(&result)) {
    std::string text = "405";
    for (const std::string& each : other->allow) text += ' ' + each;
    return text;
  }
  return std::holds_alternative<BadPath>(result) ? "400" : "404";
}

struct Request {
  const char* path;
  const char* result;
};
struct Row {
  const char* number;
  std::vector<std::string> templates;
  std::vector<Request> requests;
};

void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    // Whatever the order, the result is the same.
    const RouteTable table = TableOf(row.templates);
    const RouteTable reversed = TableOf({row.templates.rbegin(), row.templates.rend()});
    for (const Request& request : row.requests) {
      EXPECT_EQ(Result(table, request.path), request.result) << row.number << ' ' << request.path;
      EXPECT_EQ(Result(reversed, request.path), request.result)
          << row.number << " reversed " << request.path;
    }
  }
}

TEST(RouteTable, Paths_MatchTheMostSpecificTemplate) {
  const std::vector<std::string> kB16 = {"/a/{x=b/**}", "/a/{x=b/**}/z", "/a/{x=b/**}/y/z"};
  std::vector<std::string> b17 = kB16;
  b17.push_back("/a/{x=**}");
  Check({
      {"B1", {"/**"}, {{"/", "/**"}, {"/a", "/**"}, {"/a/", "/**"}}},
      {"B2", {"/a/**"}, {{"/a/b", "/a/**"}, {"/a/b/c", "/a/**"}}},
      {"B3", {"/a/**"}, {{"/a", "/a/**"}}},
      {"B4", {"/b/*"}, {{"/b/c", "/b/*"}, {"/b/c/d", "404"}, {"/b", "404"}}},
      {"B5 B6",
       {"/c/*/d/**", "/c/*/d/e", "/c/f/d/e"},
       {{"/c/u/d/v", "/c/*/d/**"},
        {"/c/x/d/e", "/c/*/d/e"},
        {"/c/f/d/e", "/c/f/d/e"},
        {"/c/f/d/g", "/c/*/d/**"},
        {"/c/x/y/d/z", "404"},
        {"/c//v/d/w/x", "404"}}},
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
       kB16,
       {{"/a/b/hello/world/c", "/a/{x=b/**} x=\"b/hello/world/c\""},
        {"/a/b/world/c/z", "/a/{x=b/**}/z x=\"b/world/c\""},
        {"/a/b/world/c/y/z", "/a/{x=b/**}/y/z x=\"b/world/c\""}}},
      {"B17", b17, {{"/a/hello/b/world/c", "/a/{x=**} x=\"hello/b/world/c\""}}},
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
      {"B22", {"/a/b"}, {{"/a/b/c/d", "404"}}},
      {"B22", {"/a/b/c/d"}, {{"/a/b/c", "404"}}},
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
      {"a dead end does not hide the rest",
       {"/x/y/z", "/x/*/w", "/{a=**}/v"},
       {{"/x/y/w", "/x/*/w"}, {"/x/y/v", "/{a=**}/v a=\"x/y\""}}},
  });
}

TEST(RouteTable, Verbs_AreTheLastColonOnlyWhereRegistered) {
  Check({
      {"C1 C2",
       {"/person", "/person/{id=*}", "/{x=**}:verb"},
       {{"/person:verb", "/{x=**}:verb x=\"person\""},
        {"/person/jason:verb", "/{x=**}:verb x=\"person/jason\""},
        {"/animal/cat:verb", "/{x=**}:verb x=\"animal/cat\""},
        {"/person:other", "404"},
        {"/person/jason:other", "/person/{id=*} id=\"jason:other\""},
        {"/animal:other", "404"}}},
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
  });
}

TEST(RouteTable, PercentEncoding_IsDecodedOnceAndKeepsSlashesApart) {
  const char* const kAll = "%21%23%24%26%27%28%29%2A%2B%2C%2F%3A%3B%3D%3F%40%5B%5D";
  const std::string d5 = std::string("/a/") + kAll + '/' + kAll + "/c";
  const std::string d5_result =
      std::string("/a/{x=*}/{y=**}/c x=\"!#$&'()*+,/:;=?@[]\" y=\"") + kAll + '"';
  Check({
      {"D1", {"/a/{x}/c"}, {{"/a/p%20q%2Fr+/c", "/a/{x}/c x=\"p q/r+\""}}},
      {"D3",
       {"/a/{x=p/*/q/*}/c"},
       {{"/a/p/foo%20foo/q/bar%2Fbar/c", "/a/{x=p/*/q/*}/c x=\"p/foo foo/q/bar%2Fbar\""}}},
      {"D4",
       {"/a/{x=**}/c"},
       {{"/a/p/foo%20foo/q/bar%2Fbar+/c", "/a/{x=**}/c x=\"p/foo foo/q/bar%2Fbar+\""}}},
      {"D5", {"/a/{x=*}/{y=**}/c"}, {{d5.c_str(), d5_result.c_str()}}},
      {"D6",
       {"/foo/{id}/bar"},
       {{"/foo/success%2fwith%2Fspace/bar", "/foo/{id}/bar id=\"success/with/space\""}}},
      {"D7", {"/foo/{id=**}"}, {{"/foo/test%2Fbar", "/foo/{id=**} id=\"test%2Fbar\""}}},
      {"D8",
       {"/api/v1/{name=organizations/*}:action"},
       {{"/api/v1/organizations%2Ffoo:action", "404"}}},
      {"D9",
       {"/foo/{x}"},
       {{"/foo/%25", "/foo/{x} x=\"%\""}, {"/foo/%252F", "/foo/{x} x=\"%2F\""}}},
      {"D10",
       {"/foo/{x}"},
       {{"/foo/%", "400"}, {"/foo/%2", "400"}, {"/foo/%zz", "400"}, {"/%/nothing", "400"}}},
      {"D11", {"/{x=**}"}, {{"/%2f%23/%20%2523", "/{x=**} x=\"%2f%23/ %23\""}}},
      {"literals are compared decoded", {"/caf%C3%A9"}, {{"/caf%c3%A9", "/caf%C3%A9"}}},
  });
}

TEST(RouteTable, D2_EveryByteOfASegmentIsDecodedAndWhatIsNoTextIsRefused) {
  const RouteTable table = TableOf({"/{x}"});
  for (int byte = 0; byte < 256; ++byte) {
    for (const char* format : {"/%%%02x", "/%%%02X"}) {
      char path[8];
      std::snprintf(path, sizeof path, format, byte);
      const bool is_text = byte > 0 && byte < 0x80;
      const std::string expected =
          is_text ? std::string("/{x} x=\"") + static_cast<char>(byte) + '"' : "400";
      EXPECT_EQ(Result(table, path), expected) << path;
    }
  }
  EXPECT_EQ(Result(table, "/%C3%A9"), "/{x} x=\"é\"");
  EXPECT_EQ(Result(table, "/%ED%A0%80"), "400");
}

TEST(RouteTable, B23_OtherMethodsOfAKnownPathAreNamed) {
  RouteTable table = TableOf({"/a/b"});
  ASSERT_TRUE(table.Add(RouteOf("DELETE", "/a/{x}")).ok());
  EXPECT_EQ(Result(table, "/a/b", "POST"), "405 DELETE GET HEAD");
  EXPECT_EQ(Result(table, "/a/c", "POST"), "405 DELETE");
  EXPECT_EQ(Result(table, "/a/b", "DELETE"), "/a/{x} x=\"b\"");
  EXPECT_EQ(Result(table, "/b", "POST"), "404");
}

TEST(RouteTable, C14_AVerbWithAnotherMethodIsNotAllowedRatherThanNotFound) {
  const RouteTable table = TableOf({"/foo/{id}:archive"}, "POST");
  EXPECT_EQ(Result(table, "/foo/bar:archive", "DELETE"), "405 POST");
}

TEST(RouteTable, Head_IsServedByGet) {
  RouteTable table = TableOf({"/a", "/b"});
  ASSERT_TRUE(table.Add(RouteOf("HEAD", "/b")).ok());
  EXPECT_EQ(Result(table, "/a", "HEAD"), "/a");
  const RouteResult own = table.Match("HEAD", "/b");
  EXPECT_EQ(std::get<RouteMatch>(own).route->http_method, "HEAD");
}

TEST(RouteTable, AnyMethod_MatchesEachButNoWebSocket) {
  const RouteTable table = TableOf({"/a"}, "*");
  EXPECT_EQ(Result(table, "/a", "PROPFIND"), "/a");
  EXPECT_EQ(Result(table, "/a", kWebSocketMethod), "405 *");
}

TEST(RouteTable, WebSocketAlone_AllowsNoMethod) {
  const RouteTable table = TableOf({"/ws"}, kWebSocketMethod);
  EXPECT_EQ(Result(table, "/ws", kWebSocketMethod), "/ws");
  EXPECT_EQ(Result(table, "/ws", "GET"), "405");
}

TEST(RouteTable, B24_TwoRoutesOfOneShapeAreRefusedAndNamed) {
  RouteTable table = TableOf({"/a/{x}/b", "/{name=c/*}:verb", "/d/**"});
  for (const char* path : {"/a/{other}/b", "/c/{y}:verb", "/d/{z=**}"}) {
    const absl::Status status = table.Add(RouteOf("GET", path));
    EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists) << path;
    EXPECT_NE(status.message().find(path), std::string::npos) << status;
  }
  EXPECT_NE(table.Add(RouteOf("GET", "/a/{q}/b")).message().find("/a/{x}/b"), std::string::npos);
  EXPECT_TRUE(table.Add(RouteOf("POST", "/a/{x}/b")).ok());
  EXPECT_EQ(table.routes().size(), 4u);
}

TEST(RouteTable, B27_64000SlashesAreMatchedInBoundedTime) {
  const RouteTable table = TableOf({"/a/**/x", "/a/**/b/x", "/*/*/*", "/{v=**}:verb"});
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
}  // namespace jobmesh::gateway::routes
