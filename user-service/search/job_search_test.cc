// The job search over a real database that holds the contract view.

#include "user-service/search/job_search.h"

#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/errors.h"
#include "runtime/testing/postgres_fixture.h"
#include "user-service/search/search_handlers.h"

namespace jobmesh::user {
namespace {

using testing::_;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string ReasonOf(const absl::Status& status) {
  const std::optional<runtime::ErrorDetail> detail = runtime::DetailOf(status);
  return detail ? detail->reason : "";
}

class OneSkill : public SkillCatalogue {
 public:
  absl::StatusOr<ReservedSkill> Create(const std::string&, const std::string&) override {
    return absl::UnimplementedError("");
  }
  absl::Status Confirm(const std::string&) override { return absl::UnimplementedError(""); }
  absl::Status Delete(const std::string&) override { return absl::UnimplementedError(""); }
  absl::StatusOr<std::vector<CatalogueSkill>> List() override {
    return std::vector<CatalogueSkill>{{"Kubernetes", {"k8s"}}};
  }
};

class JobSearchTest : public testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_ = std::make_unique<runtime::testing::TestDatabase>();
    database_->Execute(ReadFile("user-service/search/testdata/search_v1.sql"));
    pool_ = std::make_unique<runtime::postgres::Pool>(
        runtime::postgres::PoolOptions{.url = database_->url(), .read_only = true}, registry_);
    ASSERT_TRUE(names_.Refresh().ok());
    search_ = std::make_unique<JobSearch>(*pool_, names_);
  }

  std::vector<std::string> Titles(const SearchRequest& request) {
    const absl::StatusOr<SearchPage> page = search_->Search(request);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> titles;
    for (const search::v1::Job& job : page.ok() ? page->jobs : std::vector<search::v1::Job>()) {
      titles.push_back(job.title());
    }
    return titles;
  }

  static SearchRequest Title(const std::string& title) {
    SearchRequest request;
    request.filter.set_title(title);
    return request;
  }

  prometheus::Registry registry_;
  std::unique_ptr<runtime::testing::TestDatabase> database_;
  std::unique_ptr<runtime::postgres::Pool> pool_;
  OneSkill catalogue_;
  SkillNames names_{catalogue_};
  std::unique_ptr<JobSearch> search_;
};

TEST_F(JobSearchTest, Title_FindsAllWordsWithTheLastAsAPrefix) {
  database_->Execute(
      "INSERT INTO posting (title, posted_time) VALUES ('Senior Python Developer', '2026-01-03'),"
      "('Python Engineer', '2026-01-02'), ('Java Developer', '2026-01-01')");
  EXPECT_THAT(Titles(Title("python")), ElementsAre("Senior Python Developer", "Python Engineer"));
  EXPECT_THAT(Titles(Title("PYTHON dev")), ElementsAre("Senior Python Developer"));
  EXPECT_THAT(Titles(Title("python cook")), IsEmpty());
}

TEST_F(JobSearchTest, Title_FallsBackToTheWholeText) {
  database_->Execute(
      "INSERT INTO posting (title, description) VALUES ('Backend', 'We write Haskell all day'),"
      "('Frontend', 'We write TypeScript')");
  EXPECT_THAT(Titles(Title("haskell")), ElementsAre("Backend"));
}

TEST_F(JobSearchTest, Title_TellsMarkedNamesApart) {
  database_->Execute(
      "INSERT INTO posting (title, posted_time) VALUES ('C++ Developer', '2026-01-02'), ('C# "
      "Developer', '2026-01-01'),"
      "('C Developer', '2026-01-03'), ('Cook', '2026-01-04')");
  EXPECT_THAT(Titles(Title("c++")), ElementsAre("C++ Developer"));
  EXPECT_THAT(Titles(Title("c# developer")), ElementsAre("C# Developer"));
}

TEST_F(JobSearchTest, Title_IsOnlyText) {
  database_->Execute("INSERT INTO posting (title) VALUES ('Engineer')");
  for (const char* title :
       {"' OR 1=1 --", "a' & 'b", "\\", ":*", "!engineer", "(engineer", "%", "engineer:*|x"}) {
    EXPECT_TRUE(search_->Search(Title(title)).ok()) << title;
  }
  EXPECT_THAT(Titles(Title("& | !")), IsEmpty());
}

TEST_F(JobSearchTest, ShowsOnlyOpenRepresentatives) {
  database_->Execute(
      "INSERT INTO posting (title, open, is_primary) VALUES ('Welder A', true, true),"
      "('Welder B', false, true), ('Welder C', true, false)");
  EXPECT_THAT(Titles(Title("welder")), ElementsAre("Welder A"));
}

TEST_F(JobSearchTest, Filters_Narrow) {
  database_->Execute(
      "INSERT INTO posting (title, company, location, skills, seniority, employment_type, "
      "remote_mode, source,"
      " salary_min, annual_min_usd, annual_max_usd, posted_time) VALUES "
      "('One', 'Acme', 'Oslo', '{Kubernetes,Python}', 'SENIOR', 'FULL_TIME', 'REMOTE', 'a', 90, "
      "90, 120, '2026-01-02'),"
      "('Two', 'Umbrella', 'Bergen', '{Go}', 'JUNIOR', 'CONTRACT', 'ONSITE', 'b', null, null, "
      "null, '2026-01-01')");
  const auto with = [](auto set) {
    SearchRequest request;
    set(request.filter);
    return request;
  };
  using Filter = search::v1::JobFilter;
  EXPECT_THAT(Titles({}), ElementsAre("One", "Two"));
  EXPECT_THAT(Titles(with([](Filter& f) { f.set_company("umBRella"); })), ElementsAre("Two"));
  EXPECT_THAT(Titles(with([](Filter& f) { f.set_location("oslo"); })), ElementsAre("One"));
  EXPECT_THAT(Titles(with([](Filter& f) { f.add_skills("K8S"); })), ElementsAre("One"));
  EXPECT_THAT(Titles(with([](Filter& f) {
                f.add_skills("python");
                f.add_skills("go");
              })),
              ElementsAre("One", "Two"));
  EXPECT_THAT(Titles(with([](Filter& f) { f.set_seniority("senior"); })), ElementsAre("One"));
  EXPECT_THAT(Titles(with([](Filter& f) { f.set_employment_type("contract"); })),
              ElementsAre("Two"));
  EXPECT_THAT(Titles(with([](Filter& f) { f.set_remote_mode("REMOTE"); })), ElementsAre("One"));
  EXPECT_THAT(Titles(with([](Filter& f) { f.set_source("b"); })), ElementsAre("Two"));
  EXPECT_THAT(Titles(with([](Filter& f) { f.set_salary_min(100); })), ElementsAre("One"));
  EXPECT_THAT(Titles(with([](Filter& f) { f.set_salary_min(121); })), IsEmpty());
  EXPECT_THAT(Titles(with([](Filter& f) { f.set_has_salary(false); })), ElementsAre("Two"));
  EXPECT_THAT(Titles(with([](Filter& f) {
                f.mutable_posted_since()->set_seconds(1767312000);  // 2026-01-02
              })),
              ElementsAre("One"));
  EXPECT_THAT(Titles(with([](Filter& f) { f.set_q("acme -two"); })), ElementsAre("One"));
}

TEST_F(JobSearchTest, Job_LeavesOutWhatIsNotStated) {
  database_->Execute(
      "INSERT INTO posting (title, posted_time, salary_min, salary_currency, salary_period) VALUES "
      "('Paid', '2026-01-02 10:00+00', 50.5, 'EUR', 'HOUR'), ('Silent', '2026-01-01', null, null, "
      "null)");
  const auto page = search_->Search({});
  ASSERT_EQ(page->jobs.size(), 2u);
  EXPECT_EQ(page->jobs[0].date_posted(), "2026-01-02T10:00:00Z");
  EXPECT_EQ(page->jobs[0].salary_min(), 50.5);
  EXPECT_EQ(page->jobs[0].currency(), "EUR");
  EXPECT_FALSE(page->jobs[0].has_salary_max());
  EXPECT_FALSE(page->jobs[1].has_salary_min());
  EXPECT_FALSE(page->jobs[1].has_currency());
  EXPECT_FALSE(page->jobs[1].has_experience());
}

// Every job is met exactly once, whatever the order and however many share a sort key.
class PagingTest : public JobSearchTest, public testing::WithParamInterface<const char*> {};

TEST_P(PagingTest, MeetsEveryJobOnce) {
  if (database_ == nullptr) {
    return;
  }
  database_->Execute(
      "INSERT INTO posting (title, posted_time, annual_max_usd) "
      "SELECT 'Tester ' || n, timestamptz '2026-01-01' + n / 10 * interval '1 day',"
      " CASE WHEN n % 3 = 0 THEN n / 7 * 1000.55 END FROM generate_series(1, 95) n");
  SearchRequest request = Title("tester");
  request.sort = GetParam();
  request.page_size = 10;
  std::set<std::string> seen;
  int pages = 0;
  do {
    const auto page = search_->Search(request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->total, 95);
    EXPECT_TRUE(page->total_is_exact);
    for (const search::v1::Job& job : page->jobs) {
      EXPECT_TRUE(seen.insert(job.job_id()).second) << job.title();
    }
    request.page_token = page->next_page_token;
    ++pages;
  } while (!request.page_token.empty() && pages < 20);
  EXPECT_EQ(pages, 10);
  EXPECT_EQ(seen.size(), 95u);
}

INSTANTIATE_TEST_SUITE_P(Sorts, PagingTest, testing::Values("newest", "relevance", "salary"));

TEST_F(JobSearchTest, CommonWords_AreBoundedAndWalked) {
  database_->Execute(
      "INSERT INTO posting (title, posted_time) SELECT 'Engineer ' || n, timestamptz '2020-01-01' "
      "+ n * interval '1 h'"
      " FROM generate_series(1, 5100) n; ANALYZE posting");
  SearchRequest request = Title("engineer");
  request.page_size = 100;
  std::set<std::string> seen;
  int pages = 0;
  do {
    const auto page = search_->Search(request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->total, 5000);
    EXPECT_FALSE(page->total_is_exact);
    for (const search::v1::Job& job : page->jobs) {
      seen.insert(job.job_id());
    }
    request.page_token = page->next_page_token;
    ++pages;
  } while (!request.page_token.empty() && pages < 60);
  EXPECT_EQ(seen.size(), 5100u);
  request = Title("engineer");
  request.sort = "relevance";
  EXPECT_EQ(search_->Search(request)->jobs.size(), 20u);
  search::v1::JobFilter filter;
  filter.set_title("engineer");
  EXPECT_EQ(search_->Facets(filter)->company(0).count(), 5000);
}

TEST_F(JobSearchTest, Refuses) {
  database_->Execute("INSERT INTO posting (title) SELECT 'Pilot' FROM generate_series(1, 30)");
  SearchRequest request;
  request.sort = "random";
  EXPECT_TRUE(absl::IsInvalidArgument(search_->Search(request).status()));
  request.sort = "relevance";
  EXPECT_TRUE(absl::IsInvalidArgument(search_->Search(request).status()));
  request = Title("pilot");
  request.page_size = -1;
  EXPECT_TRUE(absl::IsInvalidArgument(search_->Search(request).status()));
  request.page_size = 1000;
  EXPECT_EQ(search_->Search(request)->jobs.size(), 30u);
  request.page_size = 10;
  request.page_token = search_->Search(request)->next_page_token;
  request.filter.set_title("captain");
  EXPECT_EQ(ReasonOf(search_->Search(request).status()), "CURSOR_INVALID");
  request = Title("pilot");
  request.page_token =
      EncodePageToken({TitleScope::kTitle, 30, "--:--", "0b0c6c1e-8d6c-4f5e-9d7a-000000000001"},
                      SearchFingerprint(request.filter, ""));
  EXPECT_EQ(ReasonOf(search_->Search(request).status()), "CURSOR_INVALID");
}

TEST_F(JobSearchTest, Facets_CountTheFilteredJobs) {
  database_->Execute(
      "INSERT INTO posting (title, skills, seniority) VALUES ('Dev A', '{Go,SQL}', 'SENIOR'),"
      "('Dev B', '{Go}', null), ('Cook', '{Pasta}', 'LEAD')");
  search::v1::JobFilter filter;
  filter.set_title("dev");
  const auto facets = search_->Facets(filter);
  ASSERT_TRUE(facets.ok()) << facets.status();
  EXPECT_EQ(facets->total(), 2);
  EXPECT_TRUE(facets->total_is_exact());
  ASSERT_EQ(facets->skills_size(), 2);
  EXPECT_EQ(facets->skills(0).value(), "Go");
  EXPECT_EQ(facets->skills(0).count(), 2);
  ASSERT_EQ(facets->seniority_size(), 1);
  EXPECT_EQ(facets->seniority(0).value(), "SENIOR");
}

TEST_F(JobSearchTest, FindJobs_KeepsTheContractOfDocument001) {
  database_->Execute("INSERT INTO posting (title) SELECT 'Nurse' FROM generate_series(1, 3)");
  Inbox inbox(*pool_);
  const SearchVersion version(inbox);  // never started: it knows no version
  SearchHandlers handlers(*search_, version);
  runtime::rpc::CallContext call;
  search::v1::FindJobsRequest request;
  EXPECT_EQ(handlers.FindJobs(call, request).status().message(), "title is required");
  request.set_title("astronaut");
  EXPECT_EQ(handlers.FindJobs(call, request).status().message(), "No jobs found");
  request.set_title("nurse");
  request.set_page_size(2);
  runtime::rpc::CallContext first;
  EXPECT_EQ(handlers.FindJobs(first, request)->jobs_size(), 2);
  ASSERT_THAT(first.response_headers(),
              Contains(Pair("x-jobmesh-next-page-token", Not(IsEmpty()))));
  request.set_page_token(first.response_headers().back().second);
  runtime::rpc::CallContext last;
  EXPECT_EQ(handlers.FindJobs(last, request)->jobs_size(), 1);
  EXPECT_THAT(last.response_headers(), Not(Contains(Pair("x-jobmesh-next-page-token", _))))
      << "the last page has no next one";
}

}  // namespace
}  // namespace jobmesh::user
