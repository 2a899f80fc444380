#include "scraper-service/postings/intake.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "scraper_migrations.h"

#include "runtime/testing/postgres_fixture.h"
#include "scraper-service/postings/stored_posting.h"

namespace jobmesh::scraper {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

RawPosting Baker() {
  RawPosting raw;
  raw.native_id = "1";
  raw.url = "https://board.test/jobs/1";
  raw.title = "Baker";
  raw.company = "Crust & Crumb";
  raw.description = "Bakes bread with Python from four in the morning.";
  raw.posted_text = "3 days ago";
  return raw;
}

class IntakeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_ = std::make_unique<runtime::testing::TestDatabase>(kMigrations);
    pool_ = std::make_unique<runtime::postgres::Pool>(
        runtime::postgres::PoolOptions{.url = database_->url()}, metrics_);
    postings_ = std::make_unique<PostingRepository>(*pool_);
  }

  Intake::Taken Take(const std::vector<FoundPosting>& found, absl::Time now = kNow) {
    const Intake intake(*postings_, vocabulary_, "a", std::nullopt);
    auto taken = intake.Take(found, now);
    EXPECT_TRUE(taken.ok()) << taken.status();
    return taken.value_or(Intake::Taken{});
  }
  std::string One(const std::string& sql) {
    auto result = pool_->ExecuteText(sql);
    EXPECT_TRUE(result.ok()) << result.status();
    return (*result)[0][0].c_str();
  }
  // The row as it lies on disk: an update makes another one.
  std::string RowVersion() { return One("SELECT string_agg(xmin::text, ' ') FROM posting"); }

  prometheus::Registry metrics_;
  std::unique_ptr<runtime::testing::TestDatabase> database_;
  std::unique_ptr<runtime::postgres::Pool> pool_;
  std::unique_ptr<PostingRepository> postings_;
  std::shared_ptr<const refine::Vocabulary> vocabulary_ = refine::Vocabulary::Default();
};

TEST_F(IntakeTest, SameAgain_IsNotEvenTouched) {
  const std::vector<FoundPosting> found = {{"p", Baker()}};
  EXPECT_EQ(Take(found).counts.created, 1);
  const std::string row = RowVersion();
  const Intake::Taken again = Take(found, kNow + absl::Hours(30));
  EXPECT_EQ(again.counts.created + again.counts.updated, 0);
  EXPECT_THAT(again.identity_keys, ElementsAre("id:1"));
  EXPECT_EQ(RowVersion(), row);
}

TEST_F(IntakeTest, ChangedAmongUnchanged_IsTheOnlyOneWritten) {
  RawPosting other = Baker();
  other.native_id = "2";
  Take({{"p", Baker()}, {"p", other}});
  other.description += " Salary: 3000 EUR a month.";
  const Intake::Taken taken = Take({{"p", Baker()}, {"p", other}});
  EXPECT_EQ(taken.counts.updated, 1);
  EXPECT_THAT(taken.identity_keys, UnorderedElementsAre("id:1", "id:2"));
  EXPECT_EQ(One("SELECT native_id FROM posting WHERE version = 2"), "2");
}

TEST_F(IntakeTest, ClosedPosting_OpensAgain) {
  Take({{"p", Baker()}});
  One("UPDATE posting SET open = false, is_primary = false, close_time = now() RETURNING 1");
  EXPECT_EQ(Take({{"p", Baker()}}).counts.updated, 1);
  EXPECT_EQ(One("SELECT open FROM posting"), "t");
}

TEST_F(IntakeTest, AnotherPage_IsRemembered) {
  Take({{"p", Baker()}});
  const Intake::Taken taken = Take({{"q", Baker()}});
  EXPECT_EQ(taken.counts.updated, 0);
  EXPECT_EQ(One("SELECT page_url || ' v' || version FROM posting"), "q v1");
}

TEST_F(IntakeTest, NewVocabulary_RefinesAgain) {
  RawPosting raw = Baker();
  raw.description = "Knows the Quernstone well.";
  Take({{"p", raw}});
  vocabulary_ =
      refine::Vocabulary::Parse(refine::Vocabulary::DefaultFile(), {"Quernstone"}).value();
  EXPECT_EQ(Take({{"p", raw}}).counts.updated, 1);
  EXPECT_EQ(One("SELECT skills::text FROM posting"), "{Quernstone}");
}

TEST_F(IntakeTest, PostingKnownByItsWordsAlone_IsStoredOnce) {
  RawPosting raw = Baker();
  raw.native_id.clear();
  raw.url.clear();
  EXPECT_EQ(Take({{"", raw}}).counts.created, 1);
  const Intake::Taken again = Take({{"", raw}});
  EXPECT_EQ(again.counts.created + again.counts.updated, 0);
}

TEST(RawHashTest, EveryField_Counts) {
  const auto hash = [](auto change) {
    RawPosting raw = Baker();
    change(raw);
    return RawHash(raw, 1, kNow);
  };
  const std::string plain = hash([](RawPosting&) {});
  EXPECT_EQ(plain, hash([](RawPosting& raw) { raw.posted_text = "4 days ago"; }));
  std::vector<std::string> changed = {
      RawHash(Baker(), 2, kNow),
      hash([](RawPosting& raw) { raw.native_id = "2"; }),
      hash([](RawPosting& raw) { raw.url += "?x"; }),
      hash([](RawPosting& raw) { raw.title += "s"; }),
      hash([](RawPosting& raw) { raw.company.clear(); }),
      hash([](RawPosting& raw) { raw.location = "Ghent"; }),
      hash([](RawPosting& raw) { raw.description += "."; }),
      hash([](RawPosting& raw) { raw.description_format = RawPosting::Format::kHtml; }),
      hash([](RawPosting& raw) { raw.salary_text = ""; }),
      hash([](RawPosting& raw) { raw.experience_text = ""; }),
      hash([](RawPosting& raw) { raw.posted_text = "2026-01-01"; }),
      hash([](RawPosting& raw) { raw.valid_through_text = "2026-01-01"; }),
      hash([](RawPosting& raw) { raw.employment_type_text = ""; }),
      hash([](RawPosting& raw) { raw.remote_text = ""; }),
      hash([](RawPosting& raw) { raw.seniority_text = ""; }),
      hash([](RawPosting& raw) { raw.salary = RawPosting::Salary{}; }),
      hash([](RawPosting& raw) { raw.salary = RawPosting::Salary{.min = 1}; }),
      hash([](RawPosting& raw) { raw.salary = RawPosting::Salary{.max = 1}; }),
      hash([](RawPosting& raw) { raw.experience_months = 1; }),
      hash([](RawPosting& raw) { raw.place = RawPosting::Place{}; }),
      hash([](RawPosting& raw) {
        raw.tags = {"a", "b"};
      }),
      hash([](RawPosting& raw) { raw.tags = {"a, b"}; }),
      plain,
  };
  std::sort(changed.begin(), changed.end());
  EXPECT_EQ(std::adjacent_find(changed.begin(), changed.end()), changed.end());
}

}  // namespace
}  // namespace jobmesh::scraper
