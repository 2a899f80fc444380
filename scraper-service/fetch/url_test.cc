#include "scraper-service/fetch/url.h"

#include <gtest/gtest.h>

namespace jobmesh::scraper::fetch {
namespace {

std::string Parsed(std::string_view text) {
  const auto url = ParseUrl(text);
  return url.ok() ? url->ToString() : "error";
}

std::string Resolved(std::string_view base, std::string_view reference) {
  const auto url = ResolveUrl(*ParseUrl(base), reference);
  return url.ok() ? url->ToString() : "error";
}

TEST(UrlTest, Parse_GivesNormalForm) {
  EXPECT_EQ(Parsed("HTTP://Example.COM:80/a/./b/../c#part"), "http://example.com/a/c");
  EXPECT_EQ(Parsed("https://example.com"), "https://example.com/");
  EXPECT_EQ(Parsed("https://example.com?q=1"), "https://example.com/?q=1");
  EXPECT_EQ(Parsed("http://example.com/a b/\xc3\xa9?x=|"), "http://example.com/a%20b/%C3%A9?x=%7C");
  EXPECT_EQ(Parsed("http://[::1]:8080/x"), "http://[::1]:8080/x");
  EXPECT_EQ(Parsed("http://example.com/a/.."), "http://example.com/");
  EXPECT_EQ(Parsed("http://example.com/a//b"), "http://example.com/a//b");
}

TEST(UrlTest, Parse_RefusesWhatIsNotFetchable) {
  for (const char* text :
       {"", "file:///etc/passwd", "ftp://example.com/", "//example.com/x", "http://", "http:///x",
        "http://user:secret@example.com/", "http://example.com:0/", "http://example.com:99999/",
        "http://exa mple.com/", "http://[::1/", "javascript:alert(1)"}) {
    EXPECT_EQ(ParseUrl(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(UrlTest, Resolve_FollowsRfc3986) {
  const std::string base = "http://example.com/jobs/list?page=1";
  EXPECT_EQ(Resolved(base, "7"), "http://example.com/jobs/7");
  EXPECT_EQ(Resolved(base, "../about"), "http://example.com/about");
  EXPECT_EQ(Resolved(base, "/x?y=http://z"), "http://example.com/x?y=http://z");
  EXPECT_EQ(Resolved(base, "?page=2"), "http://example.com/jobs/list?page=2");
  EXPECT_EQ(Resolved(base, "//other.example/x"), "http://other.example/x");
  EXPECT_EQ(Resolved(base, "https://other.example/x"), "https://other.example/x");
  EXPECT_EQ(Resolved(base, "#top"), base);
  EXPECT_EQ(Resolved(base, "mailto:jobs@example.com"), "error");
}

}  // namespace
}  // namespace jobmesh::scraper::fetch
