#include <cmath>
#include <limits>
#include <random>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "insights_migrations.h"

#include "insights-service/load/loader.h"
#include "insights-service/load/recomputation_handlers.h"
#include "insights-service/queries/insights_handlers.h"
#include "insights-service/queries/market_handlers.h"
#include "runtime/cache/in_process_cache.h"
#include "runtime/testing/postgres_fixture.h"

namespace jobmesh::insights {
namespace {

using postings::v1::Change;
using postings::v1::Posting;
using postings::v1::ReadChangesResponse;
using runtime::rpc::CallContext;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// A feed in memory; its cursor is `<log>:<changes read>`.
class FakeFeed : public PostingFeed {
 public:
  absl::StatusOr<ReadChangesResponse> Read(const std::string& cursor, int max_changes,
                                           absl::Duration /*wait*/) override {
    int read = 0;
    if (!cursor.empty() && (cursor.substr(0, log.size()) != log ||
                            !absl::SimpleAtoi(cursor.substr(log.size() + 1), &read))) {
      return absl::InvalidArgumentError("cursor of another feed");
    }
    ReadChangesResponse response;
    for (; read < static_cast<int>(changes.size()) && response.changes_size() < max_changes;
         ++read) {
      *response.add_changes() = changes[read];
    }
    response.set_next_cursor(absl::StrCat(log, ":", read));
    return response;
  }

  std::string log = "first";
  std::vector<Change> changes;
};

std::string Uuid(int number) {
  return absl::StrCat("00000000-0000-4000-8000-", absl::Dec(number, absl::kZeroPad12));
}

Posting OpenPosting(int number, const std::string& title, const std::vector<std::string>& skills) {
  Posting posting;
  posting.set_posting_id(Uuid(number));
  posting.set_job_id(Uuid(number));
  posting.set_source("board");
  posting.set_title(title);
  posting.set_company("Acme");
  posting.set_location("Oslo, Norway");
  posting.set_country("NO");
  for (const std::string& skill : skills) {
    posting.add_skills(skill);
  }
  posting.mutable_first_seen_time()->set_seconds(1'800'000'000 + number);
  posting.set_open(true);
  return posting;
}

Posting WithPay(Posting posting, double min, double max) {
  postings::v1::Salary& salary = *posting.mutable_salary();
  salary.set_currency("EUR");
  salary.set_period("YEAR");
  salary.set_annual_min_usd(min);
  salary.set_annual_max_usd(max);
  return posting;
}

Posting WithExperience(Posting posting, double years) {
  posting.mutable_experience()->set_min_years(years);
  return posting;
}

Change ChangeOf(Change::Kind kind, const Posting& posting, int64_t version = 1) {
  Change change;
  change.set_kind(kind);
  change.set_version(version);
  *change.mutable_posting() = posting;
  return change;
}

class InsightsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { JOBMESH_REQUIRE_TEST_DATABASE(); }

  void Publish(const Posting& posting, int64_t version = 1) {
    feed_.changes.push_back(
        ChangeOf(version == 1 ? Change::CREATED : Change::UPDATED, posting, version));
  }
  void Load() {
    ASSERT_EQ(loader_.Turn(absl::ZeroDuration()), absl::StatusOr<bool>(true));
    ASSERT_TRUE(version_.Refresh().ok());
  }
  std::vector<std::string> Demand(const std::string& keywords) {
    std::vector<std::string> pairs;
    const auto demand = repository_.DemandByKeywords(keywords);
    EXPECT_TRUE(demand.ok()) << demand.status();
    for (const SkillDemand& skill : demand->skills) {
      pairs.push_back(absl::StrCat(skill.skill, " ", skill.jobs));
    }
    pairs.push_back(absl::StrCat("of ", demand->total_jobs));
    return pairs;
  }
  // What the aggregates hold, and what they must add up to.
  std::string Aggregates(bool recomputed) {
    const std::string skills =
        recomputed ? "SELECT skill_id, count(*) AS jobs, count(annual_usd) AS salaried_jobs, "
                     "coalesce(sum(annual_usd), 0) AS salary_sum FROM fact_job, unnest(skill_ids) "
                     "AS skill_id GROUP BY skill_id"
                   : "SELECT * FROM agg_skill WHERE jobs > 0";
    const std::string total = recomputed
                                  ? "SELECT count(DISTINCT job_id) FROM fact_posting WHERE open"
                                  : "SELECT jobs FROM agg_total";
    auto rows = pool_.ExecuteText(
        "SELECT coalesce(string_agg(concat_ws(' ', skill_id, jobs, "
        "salaried_jobs, salary_sum::numeric(20, 2)), ', ' ORDER BY "
        "skill_id), '') || ' of ' || (" +
        total + ") AS text FROM (" + skills + ") a");
    return rows.ok() ? (*rows)[0]["text"].c_str() : rows.status().ToString();
  }

  runtime::testing::TestDatabase database_{kMigrations};
  prometheus::Registry registry_;
  runtime::postgres::Pool pool_{{.url = database_.url()}, registry_};
  Warehouse warehouse_{pool_};
  FakeFeed feed_;
  Loader loader_{warehouse_, feed_, "replica-1", registry_};
  DataVersion version_{warehouse_, registry_};
  InsightsRepository repository_{pool_};
  runtime::cache::InProcessCache cache_;
  AnswerCache answers_{cache_, version_};
  InsightsHandlers handlers_{repository_, answers_};
  MarketRepository market_repository_{pool_};
  MarketHandlers market_{market_repository_, answers_};
  RecomputationHandlers recomputation_{warehouse_};
  CallContext call_;
};

TEST_F(InsightsTest, CopiesOfOneJob_CountOnceWithTheSkillsOfAll) {
  Posting copy = OpenPosting(2, "Backend Developer", {"Python", "Kafka"});
  copy.set_job_id(Uuid(1));
  Publish(WithPay(OpenPosting(1, "Backend Developer", {"Python", "PYTHON"}), 80'000, 100'000));
  Publish(WithPay(copy, 100'000, 120'000));
  Load();
  EXPECT_THAT(Demand("backend"), ElementsAre("kafka 1", "python 1", "of 1"));
  const auto salary = repository_.AverageSalary();
  EXPECT_EQ(salary->jobs, 1);
  EXPECT_DOUBLE_EQ(salary->value, 100'000);
}

TEST_F(InsightsTest, Keywords_MatchWholeWordsOfTheTitleInAnyCase) {
  Publish(OpenPosting(1, "Senior C++ Developer (Linux)", {"C++"}));
  Publish(OpenPosting(2, "C Developer", {"C"}));
  Publish(OpenPosting(3, "Ведущий Разработчик Python", {"Python"}));
  Load();
  EXPECT_THAT(Demand("DEVELOPER senior"), ElementsAre("c++ 1", "of 1"));
  EXPECT_THAT(Demand("c"), ElementsAre("c 1", "of 1"));
  EXPECT_THAT(Demand("c++"), ElementsAre("c++ 1", "of 1"));
  EXPECT_THAT(Demand("разработчик"), ElementsAre("python 1", "of 1"));
  EXPECT_THAT(Demand("devel"), ElementsAre("of 0"));
  EXPECT_THAT(Demand("!?"), ElementsAre("of 0"));
}

TEST_F(InsightsTest, OlderVersion_IsIgnored) {
  Publish(OpenPosting(1, "Developer", {"Go"}), 3);
  Load();
  Publish(OpenPosting(1, "Developer", {"Perl"}), 2);
  Load();
  EXPECT_THAT(Demand("developer"), ElementsAre("go 1", "of 1"));
}

TEST_F(InsightsTest, ClosedPosting_DoesNotCountUntilItIsOpenAgain) {
  Posting posting = WithPay(OpenPosting(1, "Developer", {"Go"}), 50'000, 50'000);
  Publish(posting);
  Load();
  posting.set_open(false);
  feed_.changes.push_back(ChangeOf(Change::CLOSED, posting, 2));
  Load();
  EXPECT_THAT(Demand("developer"), ElementsAre("of 0"));
  EXPECT_EQ(repository_.AverageSalary()->jobs, 0);
  EXPECT_EQ(repository_.AverageSalary()->value, 0);
  posting.set_open(true);
  Publish(posting, 3);
  Load();
  EXPECT_THAT(Demand("developer"), ElementsAre("go 1", "of 1"));
}

TEST_F(InsightsTest, DeletedPosting_IsForgotten) {
  Publish(OpenPosting(1, "Developer", {"Go"}));
  Load();
  Posting id_only;
  id_only.set_posting_id(Uuid(1));
  feed_.changes.push_back(ChangeOf(Change::DELETED, id_only, 0));
  Load();
  EXPECT_THAT(Demand("developer"), ElementsAre("of 0"));
  EXPECT_TRUE((*pool_.ExecuteText("SELECT FROM fact_posting")).empty());
}

TEST_F(InsightsTest, ManyRandomChanges_LeaveAggregatesEqualToTheFacts) {
  std::mt19937 random(7);
  const std::vector<std::string> skills = {"Go", "Rust", "SQL", "Java", "Perl"};
  for (int version = 1; version <= 400; ++version) {
    const int number = static_cast<int>(random() % 40);
    Posting posting =
        OpenPosting(number, "Developer", {skills[random() % 5], skills[random() % 5]});
    posting.set_job_id(Uuid(static_cast<int>(random() % 20)));
    posting.set_open(random() % 4 != 0);
    if (random() % 2 == 0) {
      posting = WithPay(posting, 1000.0 * static_cast<double>(random() % 99 + 1), 100'000);
    }
    feed_.changes.push_back(
        ChangeOf(random() % 9 == 0 ? Change::DELETED : Change::UPDATED, posting, version));
    if (version % 20 == 0) {
      Load();
      ASSERT_EQ(Aggregates(false), Aggregates(true)) << "after change " << version;
    }
  }
}

TEST_F(InsightsTest, LoadAfterClear_GivesTheSameAnswers) {
  for (int number = 1; number <= 30; ++number) {
    Publish(WithPay(OpenPosting(number, "Developer", {"Go", "SQL"}), number * 1000.0, 90'000));
  }
  Load();
  const double average = repository_.AverageSalary()->value;
  ASSERT_TRUE(warehouse_.Clear().ok());
  EXPECT_THAT(Demand("developer"), ElementsAre("of 0"));
  Load();
  EXPECT_THAT(Demand("developer"), ElementsAre("go 30", "sql 30", "of 30"));
  EXPECT_DOUBLE_EQ(repository_.AverageSalary()->value, average);
}

TEST_F(InsightsTest, BatchReadTwice_IsRefusedTheSecondTime) {
  Publish(OpenPosting(1, "Developer", {"Go"}));
  const auto batch = feed_.Read("", 10, absl::ZeroDuration());
  EXPECT_EQ(*warehouse_.Apply("", *batch, true), 1);
  EXPECT_TRUE(absl::IsAborted(warehouse_.Apply("", *batch, true).status()));
}

TEST_F(InsightsTest, FeedOfAnotherDatabase_IsLoadedFromItsStart) {
  Publish(OpenPosting(1, "Developer", {"Go"}));
  Load();
  feed_.log = "other";
  feed_.changes = {ChangeOf(Change::CREATED, OpenPosting(2, "Tester", {"SQL"}))};
  Load();  // notices
  Load();
  EXPECT_THAT(Demand("developer"), ElementsAre("of 0"));
  EXPECT_THAT(Demand("tester"), ElementsAre("sql 1", "of 1"));
}

TEST_F(InsightsTest, SecondReplica_StandsByUntilTheFirstLetsGo) {
  prometheus::Registry registry;
  Loader second(warehouse_, feed_, "replica-2", registry);
  Load();
  EXPECT_EQ(second.Turn(absl::ZeroDuration()), absl::StatusOr<bool>(false));
  ASSERT_TRUE(warehouse_.Release("replica-1").ok());
  EXPECT_EQ(second.Turn(absl::ZeroDuration()), absl::StatusOr<bool>(true));
}

TEST_F(InsightsTest, SkillsBySalary_LeaveOutSkillsWithFewSalaries) {
  for (int number = 1; number <= 5; ++number) {
    Publish(WithPay(OpenPosting(number, "Developer",
                                number < 5 ? std::vector<std::string>{"Go", "Rust"}
                                           : std::vector<std::string>{"Go"}),
                    number * 10'000.0, number * 10'000.0));
  }
  Publish(OpenPosting(6, "Developer", {"Rust"}));
  Load();
  const auto by_salary = handlers_.ListSkillsBySalary(call_, {});
  EXPECT_THAT(by_salary->salaries(), UnorderedElementsAre(Pair("go", 30'000)));
  const auto by_demand = handlers_.ListSkillsByDemand(call_, {});
  EXPECT_THAT(by_demand->jobs(), UnorderedElementsAre(Pair("go", 5), Pair("rust", 5)));
}

TEST_F(InsightsTest, AverageExperience_LeavesOutJobsThatStateNone) {
  Publish(WithExperience(OpenPosting(1, "Developer", {}), 2));
  Publish(WithExperience(OpenPosting(2, "Developer", {}), 5));
  Publish(OpenPosting(3, "Developer", {}));
  Load();
  v1::GenerateAverageExperienceRequest request;
  request.set_keywords("developer");
  const auto response = handlers_.GenerateAverageExperience(call_, request);
  EXPECT_DOUBLE_EQ(response->average_experience(), 3.5);
  EXPECT_EQ(response->total_jobs(), 2);
}

TEST_F(InsightsTest, SalaryByExperience_TakesInAQuarterOfAYear) {
  Publish(WithPay(WithExperience(OpenPosting(1, "Developer", {}), 2.75), 10'000, 10'000));
  Publish(WithPay(WithExperience(OpenPosting(2, "Developer", {}), 3.25), 30'000, 30'000));
  Publish(WithPay(WithExperience(OpenPosting(3, "Developer", {}), 3.5), 99'000, 99'000));
  Load();
  v1::GetAverageSalaryByExperienceRequest request;
  request.set_experience(3);
  const auto response = handlers_.GetAverageSalaryByExperience(call_, request);
  EXPECT_DOUBLE_EQ(response->average_salary(), 20'000);
  EXPECT_EQ(response->jobs_num(), 2);
  EXPECT_EQ(response->currency(), "USD");
  EXPECT_EQ(response->period(), "YEAR");
}

TEST_F(InsightsTest, BadExperience_IsRefusedByName) {
  v1::GetAverageSalaryByExperienceRequest request;
  EXPECT_EQ(handlers_.GetAverageSalaryByExperience(call_, request).status().message(),
            "experience: is required");
  for (const double years : {std::nan(""), std::numeric_limits<double>::infinity(), -1.0}) {
    request.set_experience(years);
    EXPECT_TRUE(
        absl::IsInvalidArgument(handlers_.GetAverageSalaryByExperience(call_, request).status()))
        << years;
  }
}

TEST_F(InsightsTest, KeywordsOfMoreThan200Characters_AreRefused) {
  v1::GetAverageSalaryByKeywordsRequest request;
  std::string keywords;
  for (int i = 0; i < 200; ++i) {
    keywords += "я";
  }
  request.set_keywords(keywords);
  const auto response = handlers_.GetAverageSalaryByKeywords(call_, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->average_salary(), 0);
  EXPECT_EQ(response->jobs_num(), 0);
  request.set_keywords(keywords + "я");
  EXPECT_EQ(handlers_.GetAverageSalaryByKeywords(call_, request).status().message(),
            "keywords: at most 200 characters");
}

TEST_F(InsightsTest, Answer_IsRememberedUntilTheWarehouseChanges) {
  Publish(OpenPosting(1, "Developer", {"Go"}));
  Load();
  const int64_t revision = version_.revision();
  v1::GenerateSkillsByDemandRequest request;
  request.set_keywords("developer");
  ASSERT_TRUE(handlers_.GenerateSkillsByDemand(call_, request).ok());
  ASSERT_TRUE(handlers_.GenerateSkillsByDemand(call_, request).ok());
  EXPECT_EQ(cache_.Stats().hits, 1);
  Load();  // nothing new
  EXPECT_EQ(version_.revision(), revision);
  Publish(OpenPosting(2, "Developer", {"Go"}));
  Load();
  EXPECT_GT(version_.revision(), revision);
  const auto response = handlers_.GenerateSkillsByDemand(call_, request);
  EXPECT_EQ(response->total_jobs(), 2);
  EXPECT_EQ(response->skills_by_demand(0).values(0).string_value(), "go");
  EXPECT_EQ(response->skills_by_demand(0).values(1).number_value(), 2);
  EXPECT_EQ(call_.response_headers().back(), std::make_pair(std::string("x-jobmesh-data-version"),
                                                            absl::StrCat(version_.revision())));
}

TEST_F(InsightsTest, SalaryDistribution_DescribesTheJobsOfItsScope) {
  for (int number = 1; number <= 5; ++number) {
    Posting posting = OpenPosting(number, "Developer", {"Go"});
    posting.set_seniority("SENIOR");
    Publish(WithPay(posting, number * 20'000.0, number * 20'000.0));
  }
  Publish(OpenPosting(6, "Developer", {"Go"}));
  Publish(WithPay(OpenPosting(7, "Tester", {"SQL"}), 900'000, 900'000));
  Load();
  v1::GetSalaryDistributionRequest request;
  request.set_keywords("developer");
  request.set_skill("GO");
  request.set_country("no");
  const auto response = market_.GetSalaryDistribution(call_, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->n(), 6);
  EXPECT_EQ(response->n_with_salary(), 5);
  EXPECT_DOUBLE_EQ(response->p25(), 40'000);
  EXPECT_DOUBLE_EQ(response->median(), 60'000);
  EXPECT_DOUBLE_EQ(response->p75(), 80'000);
  EXPECT_DOUBLE_EQ(response->p90(), 92'000);
  ASSERT_EQ(response->histogram_size(), 5);
  EXPECT_EQ(response->histogram(0).from(), 20'000);
  EXPECT_EQ(response->histogram(0).to(), 30'000);
  EXPECT_EQ(response->window().start_time().seconds(), 1'800'000'001);
  EXPECT_EQ(response->window().end_time().seconds(), 1'800'000'006);
  request.set_seniority("senior");
  EXPECT_EQ(market_.GetSalaryDistribution(call_, request)->n(), 5);
}

TEST_F(InsightsTest, SalaryDistributionOfFewJobs_IsWithheld) {
  for (int number = 1; number <= 4; ++number) {
    Publish(WithPay(OpenPosting(number, "Developer", {"Go"}), 50'000, 60'000));
  }
  Load();
  const auto response = market_.GetSalaryDistribution(call_, {});
  EXPECT_EQ(response->n_with_salary(), 4);
  EXPECT_TRUE(response->withheld());
  EXPECT_FALSE(response->has_median());
  EXPECT_EQ(response->histogram_size(), 0);
  v1::GetSalaryDistributionRequest unknown;
  unknown.set_skill("cobol");
  EXPECT_EQ(market_.GetSalaryDistribution(call_, unknown)->n(), 0);
}

TEST_F(InsightsTest, MarketSkills_AreTheSameFromAggregatesAndFromJobs) {
  for (int number = 1; number <= 6; ++number) {
    Publish(WithPay(OpenPosting(number, "Developer", {"Go", number < 4 ? "SQL" : "Rust"}), 70'000,
                    number * 90'000.0));
  }
  Load();
  v1::ListSkillInsightsRequest scoped;
  scoped.set_keywords("developer");
  const auto all = market_.ListSkillInsights(call_, {});
  const auto some = market_.ListSkillInsights(call_, scoped);
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_TRUE(some.ok()) << some.status();
  EXPECT_EQ(all->ShortDebugString(), some->ShortDebugString());
  EXPECT_EQ(all->n(), 6);
  EXPECT_EQ(all->skills(0).skill(), "go");
  EXPECT_DOUBLE_EQ(all->skills(0).share(), 1);
  EXPECT_TRUE(all->skills(0).has_average_salary());
  EXPECT_FALSE(all->skills(1).has_average_salary());
}

TEST_F(InsightsTest, MarketScopeThatNoJobCanHave_IsRefused) {
  v1::GetSalaryDistributionRequest request;
  request.set_country("Norway");
  EXPECT_TRUE(absl::IsInvalidArgument(market_.GetSalaryDistribution(call_, request).status()));
  request.set_country("");
  request.set_seniority("wizard");
  EXPECT_TRUE(absl::IsInvalidArgument(market_.GetSalaryDistribution(call_, request).status()));
}

TEST_F(InsightsTest, Recomputation_CorrectsJobsAndSumsAndThenFindsNothing) {
  for (int number = 1; number <= 7; ++number) {
    Publish(WithPay(OpenPosting(number, "Developer", {"Go", "SQL"}), 50'000, 70'000));
  }
  Load();
  const auto recompute = [&] {
    v1::RecomputeInsightsResponse sum;
    v1::RecomputeInsightsRequest request;
    request.set_max_jobs(3);
    do {
      const auto part = recomputation_.RecomputeInsights(call_, request);
      EXPECT_TRUE(part.ok()) << part.status();
      if (!part.ok()) {
        break;
      }
      EXPECT_LE(part->jobs_checked(), 3);
      sum.set_jobs_checked(sum.jobs_checked() + part->jobs_checked());
      sum.set_jobs_corrected(sum.jobs_corrected() + part->jobs_corrected());
      sum.set_sums_corrected(sum.sums_corrected() + part->sums_corrected());
      sum.set_jobs_total(sum.jobs_total() + part->jobs_total());
      request.set_cursor(part->next_cursor());
    } while (!request.cursor().empty());
    return sum;
  };
  EXPECT_EQ(recompute().jobs_corrected() + recompute().sums_corrected(), 0);
  const int64_t revision = warehouse_.State()->revision;

  const std::string good = Aggregates(true);
  const auto damage = [&](const std::string& sql) { EXPECT_TRUE(pool_.ExecuteText(sql).ok()); };
  // A job that is gone, one that nobody posted, one with another pay; sums that are too large.
  damage("DELETE FROM fact_job WHERE job_id = '" + Uuid(2) + "'");
  damage("INSERT INTO fact_job SELECT '" + Uuid(99) +
         "', title_words, skill_ids, location_id, company_id, seniority, annual_usd, "
         "experience_years, posted_time FROM fact_job WHERE job_id = '" +
         Uuid(1) + "'");
  damage("UPDATE fact_job SET annual_usd = 1 WHERE job_id = '" + Uuid(5) + "'");
  damage("UPDATE agg_total SET jobs = jobs + 100");
  damage("UPDATE agg_skill SET salary_sum = salary_sum * 2");
  damage("INSERT INTO agg_skill VALUES (4711, 3, 0, 0)");

  const v1::RecomputeInsightsResponse corrected = recompute();
  EXPECT_EQ(corrected.jobs_corrected(), 3);
  EXPECT_EQ(corrected.sums_corrected(), 4);  // two skills, one that nobody names, the total
  EXPECT_EQ(corrected.jobs_checked(), 8);
  EXPECT_EQ(corrected.jobs_total(), 7);
  EXPECT_EQ(Aggregates(false), good);
  EXPECT_EQ(Aggregates(true), good);
  EXPECT_DOUBLE_EQ(repository_.AverageSalary()->value, 60'000);
  EXPECT_GT(warehouse_.State()->revision, revision);

  const int64_t corrected_revision = warehouse_.State()->revision;
  const v1::RecomputeInsightsResponse again = recompute();
  EXPECT_EQ(again.jobs_corrected() + again.sums_corrected(), 0);
  EXPECT_EQ(again.jobs_checked(), 7);
  EXPECT_EQ(warehouse_.State()->revision, corrected_revision);
}

TEST_F(InsightsTest, Recomputation_RefusesWhatIsNoCursor) {
  v1::RecomputeInsightsRequest request;
  request.set_cursor("00000000-0000-0000-0000-00000000000g");
  EXPECT_TRUE(absl::IsInvalidArgument(recomputation_.RecomputeInsights(call_, request).status()));
  request.set_cursor("");
  request.set_max_jobs(10'001);
  EXPECT_TRUE(absl::IsInvalidArgument(recomputation_.RecomputeInsights(call_, request).status()));
}

}  // namespace
}  // namespace jobmesh::insights
