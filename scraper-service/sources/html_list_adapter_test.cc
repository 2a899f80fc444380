#include "scraper-service/sources/html_list_adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/sources/crawl_fixture.h"

namespace jobmesh::scraper::sources {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::string Item(int number) {
  const std::string text = std::to_string(number);
  return "<li class=\"vacancy\" data-ref=\"V" + text + "\"><h3><a href=\"/vacancy/" + text +
         "?from=list\">Weaver " + text + "</a></h3><i class=place>Ghent</i>" +
         "<time datetime=\"2026-10-0" + text + "\">today</time></li>";
}

struct ListCrawl : Crawl {
  explicit ListCrawl(const std::string& url = "https://board.example/jobs")
      : Crawl("html_list", url) {
    source.options = {{"item", "li.vacancy"}, {"title", "h3"},           {"location", ".place"},
                      {"id", "@data-ref"},    {"date", "time@datetime"}, {"next", "a.next"}};
  }
  std::vector<std::string> Titles() const {
    std::vector<std::string> titles;
    for (const auto& posting : sink.postings) titles.push_back(posting.title);
    return titles;
  }
};

TEST(HtmlListAdapterTest, Fields_AreReadFromTheList) {
  ListCrawl crawl;
  crawl.fetcher.Page(crawl.source.url, "<ul>" + Item(1) + Item(2) + "</ul>");
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  EXPECT_TRUE(outcome.complete);
  EXPECT_THAT(crawl.Titles(), UnorderedElementsAre("Weaver 1", "Weaver 2"));
  const auto& posting = crawl.sink.postings[0];
  EXPECT_EQ(posting.native_id, "V1");
  EXPECT_EQ(posting.url, "https://board.example/vacancy/1?from=list");
  EXPECT_EQ(posting.location, "Ghent");
  EXPECT_EQ(posting.posted_text, "2026-10-01");
}

TEST(HtmlListAdapterTest, NextLinks_AreFollowedOnce) {
  ListCrawl crawl;
  crawl.fetcher.Page(crawl.source.url, Item(1) + "<a class=next href='/jobs?p=2'>next</a>");
  crawl.fetcher.Page(crawl.source.url + "?p=2", Item(2) + "<a class=next href='/jobs'>next</a>");
  EXPECT_EQ(crawl.Run().kind, OutcomeKind::kOk);
  EXPECT_THAT(crawl.Titles(), UnorderedElementsAre("Weaver 1", "Weaver 2"));
}

TEST(HtmlListAdapterTest, CountedPages_EndWhereNothingNewComes) {
  ListCrawl crawl("https://board.example/jobs/{page}");
  crawl.fetcher.Page("https://board.example/jobs/1", Item(1));
  crawl.fetcher.Page("https://board.example/jobs/2", Item(2));
  crawl.fetcher.Page("https://board.example/jobs/3", Item(2));  // beyond the end, the last again
  EXPECT_EQ(crawl.Run().kind, OutcomeKind::kOk);
  EXPECT_EQ(crawl.sink.postings.size(), 2u);
}

TEST(HtmlListAdapterTest, DetailSelectors_ReadThePostingsOwnPage) {
  ListCrawl crawl;
  crawl.source.options["detail_description"] = "#text";
  crawl.source.options["detail_company"] = "[itemprop=name]";
  crawl.fetcher.Page(crawl.source.url, Item(1));
  crawl.fetcher.Page(
      "https://board.example/vacancy/1?from=list",
      "<b itemprop=name>Loom &amp; Co</b><div id=text><p>Weave <i>linen</i></p></div>");
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  const auto posting = crawl.sink.Titled("Weaver 1");
  EXPECT_EQ(posting.company, "Loom & Co");
  EXPECT_THAT(posting.description, HasSubstr("<p>Weave <i>linen</i></p>"));
  EXPECT_EQ(posting.location, "Ghent");
}

TEST(HtmlListAdapterTest, NoItem_IsAChangedForm_UnlessTheEmptyMarkStands) {
  ListCrawl changed;
  changed.fetcher.Page(changed.source.url, "<p class=none>Nothing</p>");
  EXPECT_EQ(changed.Run().kind, OutcomeKind::kSchemaChanged);
  ListCrawl empty;
  empty.source.options["empty"] = "p.none";
  empty.fetcher.Page(empty.source.url, "<p class=none>Nothing</p>");
  EXPECT_EQ(empty.Run().kind, OutcomeKind::kEmpty);
}

TEST(HtmlListAdapterTest, BadSelector_IsNamed) {
  ListCrawl crawl;
  crawl.source.options["title"] = "h3:first";
  EXPECT_THAT(crawl.Run().message, HasSubstr("option title"));
}

}  // namespace
}  // namespace jobmesh::scraper::sources
