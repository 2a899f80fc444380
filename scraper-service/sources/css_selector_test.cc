#include "scraper-service/sources/css_selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::sources {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Selected(const std::string& selector) {
  const auto page = Document::ParseHtml(R"(<html><body>
      <div id="list" class="jobs wide"><p class="job new" data-id="7">one <a href="/1">first</a></p>
      <p class="job">two <b><a href="http://x/2">second</a></b></p></div>
      <p class="jobs-footer">three</p></body></html>)");
  const auto xpath = CssToXPath(selector);
  EXPECT_TRUE(xpath.ok()) << xpath.status();
  std::vector<std::string> texts;
  for (xmlNode* node : page.Select(xpath.value_or("/none").c_str())) texts.push_back(TextOf(node));
  return texts;
}

TEST(CssSelectorTest, Selectors_SelectAsInBrowsers) {
  EXPECT_THAT(Selected(".job"), ElementsAre("one first", "two second"));
  EXPECT_THAT(Selected("p.job.new"), ElementsAre("one first"));
  EXPECT_THAT(Selected("#list a"), ElementsAre("first", "second"));
  EXPECT_THAT(Selected(".job > a"), ElementsAre("first"));
  EXPECT_THAT(Selected("P[data-id=7]"), ElementsAre("one first"));
  EXPECT_THAT(Selected("a[href^=\"http://\"], p[data-id] a"), ElementsAre("first", "second"));
  EXPECT_THAT(Selected("[href*=\"x/\"]"), ElementsAre("second"));
  EXPECT_THAT(Selected("div *"),
              ElementsAre("one first", "first", "two second", "second", "second"));
}

TEST(CssSelectorTest, WhatIsNotUnderstood_IsRefused) {
  for (const char* selector : {"", " ", ">", "a >", "a,", ".", "a:hover", "a[", "a[b='c]", "a + b",
                               "a[b=\"it's\"]", "a[=b]", "a'", "a]/../b"}) {
    EXPECT_FALSE(CssToXPath(selector).ok()) << selector;
  }
}

TEST(FieldSelectorTest, AttributeBehindAt_IsTakenApart) {
  EXPECT_EQ(ParseFieldSelector("h2 a@HREF")->attribute, "href");
  EXPECT_EQ(ParseFieldSelector("@data-id")->xpath, ".");
  EXPECT_EQ(ParseFieldSelector("a[href*=\"@x\"]")->attribute, "");
  EXPECT_FALSE(ParseFieldSelector("a@").ok());
}

}  // namespace
}  // namespace jobmesh::scraper::sources
