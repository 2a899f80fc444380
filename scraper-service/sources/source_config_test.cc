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
       {"source \"a\": adapter: unknown adapter \"telepathy\"", "hn_hiring, html_list, jsonld",
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

TEST(SecretsTest, Keys_AreFilledIn_AndHidden) {
  const auto secrets = ParseSecrets("# keys\nID = 77\r\n\nKEY=se=cret\n");
  ASSERT_TRUE(secrets.ok()) << secrets.status();
  const auto sources = ParseSources(
      R"({"sources":[{"name":"a","adapter":"adzuna","url":"${HOST}/{page}?id=${ID}&key=${KEY}",
          "headers":{"Authorization-Key":"${KEY}"}}]})",
      {{"HOST", "https://h.example"}}, *secrets);
  ASSERT_TRUE(sources.ok()) << sources.status();
  const SourceConfig& source = sources->front();
  EXPECT_EQ(source.url, "https://h.example/{page}?id=77&key=se=cret");
  EXPECT_EQ(source.headers.at("Authorization-Key"), "se=cret");
  EXPECT_EQ(source.Shown(source.url + " 77"), "https://h.example/{page}?id=***&key=*** ***");
}

TEST(SecretsTest, Mistakes_NameTheLineAndNoValue) {
  const auto secrets = ParseSecrets("ID=1\nverysecret\n");
  EXPECT_THAT(std::string(secrets.status().message()), HasSubstr("line 2"));
  EXPECT_EQ(std::string(secrets.status().message()).find("verysecret"), std::string::npos);
}

TEST(SourceConfigTest, BadHeaders_AreRefused) {
  const auto sources = ParseSources(
      R"({"sources":[{"name":"a","adapter":"rss","url":"https://h.example/",
          "headers":{"X Y":"1","Two":"a\nb","Three":3,"Four":"${WHAT}"}}]})",
      {});
  const std::string message(sources.status().message());
  for (const char* part : {"headers.X Y: is no name", "headers.Two: expected one line",
                           "headers.Three: expected a text", "headers.Four: unknown variable"}) {
    EXPECT_THAT(message, HasSubstr(part));
  }
}

}  // namespace
}  // namespace jobmesh::scraper::sources
