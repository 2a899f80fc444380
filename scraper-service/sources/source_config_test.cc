#include "scraper-service/sources/source_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {
namespace {

using ::testing::HasSubstr;

TEST(SourceConfigTest, CompleteRow_IsRead) {
  const auto sources = ParseSources(R"({"sources":[
      {"name":"board-feed","adapter":"rss","url":"${BOARD}/feed.rss","enabled":false,
       "schedule_seconds":60,"delay_ms":250,"max_pages":3,
       "options":{"title_form":"company: title"}},
      {"name":"kites","adapter":"greenhouse","url":"https://boards.example/v1/boards/k/jobs"}]})",
                                    {{"BOARD", "http://127.0.0.1:8099"}});
  ASSERT_TRUE(sources.ok()) << sources.status();
  ASSERT_EQ(sources->size(), 2u);
  const auto& feed = (*sources)[0];
  EXPECT_EQ(feed.url, "http://127.0.0.1:8099/feed.rss");
  EXPECT_FALSE(feed.enabled);
  EXPECT_EQ(feed.schedule, std::chrono::seconds(60));
  EXPECT_EQ(feed.delay, std::chrono::milliseconds(250));
  EXPECT_EQ(feed.max_pages, 3);
  EXPECT_EQ(feed.StringOption("title_form"), "company: title");
  EXPECT_TRUE((*sources)[1].enabled);
  EXPECT_EQ((*sources)[1].schedule, std::chrono::seconds(3600));
}

TEST(SourceConfigTest, EveryMistake_IsNamedAtOnce) {
  const auto sources = ParseSources(R"({"sources":[
      {"name":"a","adapter":"telepathy","url":"${NOWHERE}/x","enabled":"yes"},
      {"name":"a","adapter":"rss","url":"ftp://x","schedule_seconds":1,"colour":"red",
       "options":{"title_from":"x","company":5}},
      {"adapter":"rss","url":"https://x.example/"}, 7], "version":1})",
                                    {});
  ASSERT_EQ(sources.status().code(), absl::StatusCode::kInvalidArgument);
  const std::string message(sources.status().message());
  for (const char* part :
       {"source \"a\": adapter: unknown adapter \"telepathy\"", "greenhouse, hn_hiring, jsonld",
        "source \"a\": url: unknown variable ${NOWHERE}", "source \"a\": enabled: expected true",
        "source \"a\": name: used twice", "source \"a\": url: not a fetchable URL",
        "source \"a\": schedule_seconds: expected a whole number from 10",
        "source \"a\": colour: unknown field", "options.title_from: adapter rss has no such option",
        "options.company: expected a text", "sources[2]: name: missing",
        "sources[3]: expected an object", "version: unknown field"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

TEST(SourceConfigTest, NotTheRightShape_IsRefused) {
  for (const char* text : {"", "[]", "{}", "{\"sources\":{}}", "{\"sources\":[}"}) {
    EXPECT_FALSE(ParseSources(text, {}).ok()) << text;
  }
}

TEST(RegistryTest, EveryNameMakesAnAdapter) {
  for (const auto& name : AdapterNames()) EXPECT_NE(MakeAdapter(name), nullptr) << name;
  EXPECT_EQ(MakeAdapter("telepathy"), nullptr);
}

}  // namespace
}  // namespace jobmesh::scraper::sources
