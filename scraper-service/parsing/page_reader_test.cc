#include "scraper-service/parsing/page_reader.h"

#include <functional>
#include <future>
#include <latch>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "runtime/errors.h"
#include "scraper-service/parsing/parsed_document.h"

namespace jobmesh::scraper::parsing {
namespace {

using Answer = std::function<absl::StatusOr<std::string>(const fetch::CancelToken&)>;

// Answers every page by the same function.
class OnePageFetcher final : public fetch::Fetcher {
 public:
  explicit OnePageFetcher(Answer answer) : answer_(std::move(answer)) {}

  absl::StatusOr<fetch::FetchResult> Get(std::string_view url,
                                         const fetch::FetchOptions& options) override {
    absl::StatusOr<std::string> body = answer_(*options.cancel);
    if (!body.ok()) return body.status();
    return fetch::FetchResult{
        .status = 200, .final_url = std::string(url), .body_utf8 = *std::move(body), .tries = 1};
  }
  void Remember(const fetch::FetchResult&) override {}
  std::vector<std::string> Sitemaps(std::string_view, const fetch::FetchOptions&) override {
    return {};
  }

 private:
  Answer answer_;
};

constexpr char kUrl[] = "https://jobs.example/1";

absl::StatusOr<Page> ReadAnswer(Answer answer, absl::Duration time_left = absl::Seconds(10)) {
  OnePageFetcher fetcher(std::move(answer));
  return PageReader(fetcher).Read(kUrl, time_left);
}

Answer Always(absl::StatusOr<std::string> answer) {
  return [answer = std::move(answer)](const fetch::CancelToken&) { return answer; };
}

TEST(PageReaderTest, APage_GivesItsPostings) {
  const auto page = ReadAnswer(Always("<h1>Waiter</h1><p>Serves.</p>"));
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->url, kUrl);
  ASSERT_EQ(page->postings.size(), 1u);
  EXPECT_EQ(page->postings[0].title, "Waiter");
}

TEST(PageReaderTest, PagesThatCannotBeRead_AreTheFaultOfTheField) {
  std::string many = "<script type=\"application/ld+json\">[";
  for (int i = 0; i < 101; ++i) {
    absl::StrAppend(&many, i > 0 ? "," : "", R"({"@type":"JobPosting","title":"a"})");
  }
  many += "]</script>";
  for (const absl::StatusOr<std::string>& answer : std::vector<absl::StatusOr<std::string>>{
           "", many, "<p>" + std::string(kLongestText + 1, 'a') + "</p>",
           absl::InvalidArgumentError("no address"), absl::NotFoundError("404"),
           absl::PermissionDeniedError("robots.txt"), absl::FailedPreconditionError("private"),
           absl::OutOfRangeError("large"), absl::AbortedError("loop")}) {
    const absl::Status status = ReadAnswer(Always(answer)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_EQ(runtime::DetailOf(status)->metadata["field"], "url") << status;
  }
}

TEST(PageReaderTest, ServersThatFail_AreNoFaultOfThisProcess) {
  for (const auto& [answer, http_status] : std::vector<std::pair<absl::Status, std::string>>{
           {absl::UnavailableError("reset"), "502"},
           {absl::ResourceExhaustedError("429"), "502"},
           {absl::UnknownError("418"), "502"},
           {absl::DeadlineExceededError("slow"), "504"}}) {
    const absl::Status status = ReadAnswer(Always(answer)).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_EQ(runtime::DetailOf(status)->metadata["http_status"], http_status) << status;
  }
}

TEST(PageReaderTest, AHangingServer_IsGivenUpBeforeTheCallerDoes) {
  const absl::Status status = ReadAnswer(
                                  [](const fetch::CancelToken& cancel) {
                                    cancel.WaitFor(std::chrono::minutes(1));
                                    return absl::CancelledError("fetch cancelled");
                                  },
                                  absl::Milliseconds(600))
                                  .status();
  EXPECT_EQ(runtime::DetailOf(status)->metadata["http_status"], "504") << status;
}

TEST(PageReaderTest, WithoutTime_NothingIsFetched) {
  const absl::Status status = ReadAnswer(
                                  [](const fetch::CancelToken&) {
                                    ADD_FAILURE() << "fetched";
                                    return absl::InternalError("");
                                  },
                                  absl::ZeroDuration())
                                  .status();
  EXPECT_EQ(runtime::DetailOf(status)->metadata["http_status"], "504") << status;
}

TEST(PageReaderTest, OnlyAFewAreReadAtATime) {
  std::latch started(4);
  std::latch go_on(1);
  OnePageFetcher fetcher([&](const fetch::CancelToken&) {
    started.count_down();
    go_on.wait();
    return std::string("<p>Serves.</p>");
  });
  PageReader reader(fetcher);
  std::vector<std::future<absl::StatusOr<Page>>> readers;
  for (int i = 0; i < 4; ++i) {
    readers.push_back(
        std::async(std::launch::async, [&] { return reader.Read(kUrl, absl::Seconds(30)); }));
  }
  started.wait();
  const absl::Status refused = reader.Read(kUrl, absl::Seconds(30)).status();
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_EQ(runtime::RetryAfterSeconds(refused), 5);
  go_on.count_down();
  for (auto& read : readers) {
    EXPECT_TRUE(read.get().ok());
  }
}

}  // namespace
}  // namespace jobmesh::scraper::parsing
