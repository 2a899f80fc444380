#include "scraper-service/fetch/robots.h"

#include <gtest/gtest.h>

namespace jobmesh::scraper::fetch {
namespace {

RobotsRules Rules(std::string_view text) { return RobotsRules::Parse(text, "JobMesh"); }

TEST(RobotsTest, LongestMatchDecides_AllowWinsATie) {
  const auto rules = Rules("User-agent: *\nDisallow: /jobs\nAllow: /jobs/public\nAllow: /jobs\n");
  EXPECT_TRUE(rules.Allows("/jobs"));
  EXPECT_TRUE(rules.Allows("/jobs/public/1"));
  const auto strict = Rules("User-agent: *\nAllow: /\nDisallow: /private\n");
  EXPECT_FALSE(strict.Allows("/private/x"));
  EXPECT_TRUE(strict.Allows("/other"));
}

TEST(RobotsTest, OwnGroupReplacesGeneralGroup_AndGroupsOfOneNameAreJoined) {
  const auto rules = Rules(
      "User-agent: *\nDisallow: /\n\n"
      "User-agent: other\nUser-agent: jobmesh\nDisallow: /a\n\n"
      "User-agent: JobMesh/2.0\nDisallow: /b\nCrawl-delay: 2.5\n");
  EXPECT_FALSE(rules.Allows("/a"));
  EXPECT_FALSE(rules.Allows("/b"));
  EXPECT_TRUE(rules.Allows("/c"));
  EXPECT_EQ(rules.crawl_delay(), std::chrono::milliseconds(2500));
}

TEST(RobotsTest, WildcardsAndEndAnchor) {
  const auto rules = Rules("User-agent: *\nDisallow: /*.php$\nDisallow: /a*b*c\nDisallow: /x$\n");
  EXPECT_FALSE(rules.Allows("/index.php"));
  EXPECT_TRUE(rules.Allows("/index.php?a=1"));
  EXPECT_FALSE(rules.Allows("/a--b--c--d"));
  EXPECT_TRUE(rules.Allows("/a--c--b"));
  EXPECT_FALSE(rules.Allows("/x"));
  EXPECT_TRUE(rules.Allows("/xy"));
}

TEST(RobotsTest, EscapesAreComparedInOneSpelling) {
  const auto rules = Rules("User-agent: *\nDisallow: /caf\xc3\xa9\nDisallow: /%7Ejoe\n");
  EXPECT_FALSE(rules.Allows("/caf%c3%a9"));
  EXPECT_FALSE(rules.Allows("/~joe"));
}

TEST(RobotsTest, OddInput_IsSkipped) {
  const auto rules = Rules(
      "\xef\xbb\xbf# comment\r\nDisallow: /before-any-group\r\nnonsense\r\n"
      "USER-AGENT : * # all\r\nDisallow:\r\nDisallow: /x # tail\r\nCrawl-delay: soon\r\n"
      "Sitemap: https://example.com/sitemap.xml\r\n");
  EXPECT_TRUE(rules.Allows("/before-any-group"));
  EXPECT_FALSE(rules.Allows("/x"));
  EXPECT_TRUE(rules.Allows("/robots.txt"));
  EXPECT_FALSE(rules.crawl_delay().has_value());
  ASSERT_EQ(rules.sitemaps().size(), 1u);
  EXPECT_EQ(rules.sitemaps()[0], "https://example.com/sitemap.xml");
}

TEST(RobotsTest, HostilePattern_StaysFast) {
  std::string pattern = "User-agent: *\nDisallow: /";
  for (int i = 0; i < 500; ++i) pattern += "*a";
  const auto rules = Rules(pattern + "$\n");
  EXPECT_TRUE(rules.Allows("/" + std::string(5000, 'a') + "b"));
}

TEST(RobotsTest, EmptyAndTemporary) {
  EXPECT_TRUE(Rules("").Allows("/x"));
  EXPECT_FALSE(RobotsRules::DisallowForNow().Allows("/x"));
  EXPECT_TRUE(RobotsRules::DisallowForNow().temporary());
}

}  // namespace
}  // namespace jobmesh::scraper::fetch
