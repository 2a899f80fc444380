#include "scraper-service/site_data/coordinator.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/site_data/fake_client.h"

namespace jobmesh::scraper::site_data {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

const absl::CivilDay kDay(2026, 2, 15);
const absl::Time kNow = absl::FromUnixSeconds(1'771'200'000);

Site SiteOf(const std::vector<std::string>& providers) {
  Site site{.id = "news"};
  for (const std::string& name : providers) {
    site.providers.push_back(
        {.name = name, .url = "http://" + name, .transformer = std::string(kDefaultTransformer)});
  }
  return site;
}

class CoordinatorTest : public ::testing::Test {
 protected:
  std::vector<ProviderResult> Ask(const Site& site) {
    return AskProviders(site, kDay, client_, cancel_, kNow);
  }

  FakeClient client_;
  fetch::CancelToken cancel_;
};

TEST_F(CoordinatorTest, AllProviders_AreAskedForTheDay) {
  client_.answers = {{"http://a", R"([{"id":1},{"id":2,"title":"x"}])"}, {"http://b", "[]"}};
  const Site site = SiteOf({"a", "b"});
  const auto results = Ask(site);
  EXPECT_THAT(client_.requests,
              UnorderedElementsAre(R"(http://a {"date":"2026-02-15","siteId":"news"})",
                                   R"(http://b {"date":"2026-02-15","siteId":"news"})"));
  ASSERT_EQ(results.size(), 2u);
  ASSERT_EQ(results[0].items.size(), 2u);
  EXPECT_EQ(results[0].items[1].posting.title, "x");
  const Verdict verdict = Judge(site, results);
  EXPECT_FALSE(verdict.failed);
  EXPECT_EQ(verdict.error, "");
  EXPECT_EQ(verdict.stats, json::parse(R"({"a":{"fetched":2,"transformed":2,"errors":0},
                                           "b":{"fetched":0,"transformed":0,"errors":0}})"));
}

TEST_F(CoordinatorTest, AFailingProvider_TakesNoOtherDown) {
  client_.answers = {{"http://a", absl::UnavailableError("answered 500, 3 tries")},
                     {"http://b", R"([{"id":1}])"},
                     {"http://c", R"({"items":[]})"}};
  const Site site = SiteOf({"a", "b", "c"});
  const Verdict verdict = Judge(site, Ask(site));
  EXPECT_FALSE(verdict.failed);
  EXPECT_EQ(verdict.error,
            "Some providers failed: a: answered 500, 3 tries; c: the answer is not a JSON list");
  EXPECT_EQ(verdict.stats["a"], json::parse(R"({"fetched":0,"transformed":0,"errors":1})"));
  EXPECT_EQ(verdict.stats["b"], json::parse(R"({"fetched":1,"transformed":1,"errors":0})"));
}

TEST_F(CoordinatorTest, WithoutOneAnswer_ItFailed) {
  const Site site = SiteOf({"a", "b"});
  const Verdict verdict = Judge(site, Ask(site));
  EXPECT_TRUE(verdict.failed);
  EXPECT_THAT(verdict.error, StartsWith("All providers failed: a: "));
  EXPECT_THAT(verdict.error, HasSubstr("; b: "));
  const Verdict nobody = Judge(SiteOf({}), Ask(SiteOf({})));
  EXPECT_TRUE(nobody.failed);
  EXPECT_EQ(nobody.error, "No providers found for site news");
}

TEST_F(CoordinatorTest, AnswersThatAreNoLists_Fail) {
  const std::string deep(100'000, '[');
  for (const std::string& body :
       {std::string("{}"), std::string("7"), std::string("null"), std::string(""),
        std::string("[1,"), std::string("<html>"), deep, deep + std::string(100'000, ']')}) {
    client_.answers = {{"http://a", body}};
    EXPECT_TRUE(absl::IsInvalidArgument(Ask(SiteOf({"a"}))[0].status)) << body.substr(0, 10);
  }
}

TEST_F(CoordinatorTest, WhatIsNoItem_IsCountedAndSkipped) {
  client_.answers = {{"http://a", R"([{"id":1},7,{"status":"open"},{"id":2},null])"}};
  const auto results = Ask(SiteOf({"a"}));
  EXPECT_EQ(results[0].fetched, 5);
  EXPECT_EQ(results[0].errors, 3);
  EXPECT_EQ(results[0].items.size(), 2u);
}

TEST_F(CoordinatorTest, OfOneId_TheLastCounts) {
  client_.answers = {{"http://a", R"([{"id":1,"status":"open"},{"id":"1","status":"closed"}])"}};
  const auto results = Ask(SiteOf({"a"}));
  ASSERT_EQ(results[0].items.size(), 1u);
  EXPECT_EQ(results[0].items[0].status, "closed");
}

TEST_F(CoordinatorTest, WhenCancelled_NobodyIsAsked) {
  cancel_.Cancel();
  EXPECT_TRUE(absl::IsCancelled(Ask(SiteOf({"a"}))[0].status));
  EXPECT_TRUE(client_.requests.empty());
}

// Each provider answers only once the other was asked.
class MeetingClient : public fetch::ApiClient {
 public:
  absl::StatusOr<std::string> Post(const std::string&, const std::string&,
                                   const fetch::CancelToken& cancel) override {
    ++asked_;
    while (asked_ < 2) {
      if (cancel.cancelled()) {
        return absl::CancelledError("nobody came");
      }
      std::this_thread::yield();
    }
    return "[]";
  }

 private:
  std::atomic<int> asked_{0};
};

TEST(CoordinatorConcurrencyTest, Providers_AreAskedAtOnce) {
  MeetingClient client;
  fetch::CancelToken cancel;
  std::thread deadline(
      [&] { cancel.WaitFor(std::chrono::seconds(20)) ? void() : cancel.Cancel(); });
  const Site site = SiteOf({"a", "b"});
  const auto results = AskProviders(site, kDay, client, cancel, kNow);
  const bool met = !cancel.cancelled();
  cancel.Cancel();
  deadline.join();
  EXPECT_TRUE(met);
  EXPECT_TRUE(results[0].status.ok() && results[1].status.ok());
}

}  // namespace
}  // namespace jobmesh::scraper::site_data
