#include "scraper-service/skills/skill_repository.h"

#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "scraper_migrations.h"

#include "runtime/testing/postgres_fixture.h"
#include "scraper-service/postings/posting_repository.h"
#include "scraper-service/skills/skill_service.h"

namespace jobmesh::scraper {
namespace {

constexpr char kSaga[] = "6a1f0f7e-4a54-4a8e-9c53-0e9a3f1f2b01";
constexpr char kOtherSaga[] = "6a1f0f7e-4a54-4a8e-9c53-0e9a3f1f2b02";

class SkillRepositoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_ = std::make_unique<runtime::testing::TestDatabase>(kMigrations);
    pool_ = std::make_unique<runtime::postgres::Pool>(
        runtime::postgres::PoolOptions{.url = database_->url()}, metrics_);
    skills_ = std::make_unique<SkillRepository>(*pool_);
  }

  ReservedSkill Reserve(const std::string& saga, const std::string& name) {
    auto reserved = skills_->Reserve(saga, name);
    EXPECT_TRUE(reserved.ok()) << reserved.status();
    return reserved.value_or(ReservedSkill{});
  }
  bool Undo(const std::string& saga) {
    auto deleted = skills_->Undo(saga);
    EXPECT_TRUE(deleted.ok()) << deleted.status();
    return deleted.value_or(false);
  }
  size_t Count() { return skills_->List().value().size(); }

  void Post(const std::string& id, const std::string& description) {
    RawPosting raw;
    raw.native_id = id;
    raw.title = "Baker";
    raw.description = description;
    const auto posting = MakeStoredPosting(
        "a", "", raw, refine::Refine(raw, *refine::Vocabulary::Default(), absl::UnixEpoch()));
    ASSERT_TRUE(PostingRepository(*pool_).Upsert({posting}, std::nullopt).ok());
  }
  std::string SkillsOf(const std::string& id) {
    auto rows = pool_->ExecuteTextParams(
        "SELECT array_to_string(skills, ',') FROM posting WHERE native_id = $1", id);
    return (*rows)[0][0].c_str();
  }

  prometheus::Registry metrics_;
  std::unique_ptr<runtime::testing::TestDatabase> database_;
  std::unique_ptr<runtime::postgres::Pool> pool_;
  std::unique_ptr<SkillRepository> skills_;
};

TEST_F(SkillRepositoryTest, RepeatedSteps_AnswerTheSame) {
  const ReservedSkill first = Reserve(kSaga, "Sourdough");
  const ReservedSkill again = Reserve(kSaga, "Sourdough");
  EXPECT_TRUE(first.created);
  EXPECT_TRUE(again.created);
  EXPECT_EQ(first.skill_id, again.skill_id);
  EXPECT_TRUE(skills_->CustomNames()->empty());  // not before it is confirmed
  EXPECT_TRUE(skills_->Confirm(kSaga).ok());
  EXPECT_TRUE(skills_->Confirm(kSaga).ok());
  EXPECT_EQ(skills_->CustomNames().value(), std::vector<std::string>{"Sourdough"});
  EXPECT_FALSE(Undo(kSaga));  // too late
  EXPECT_TRUE(skills_->Confirm(kSaga).ok());
  EXPECT_EQ(Count(), 1u);
}

TEST_F(SkillRepositoryTest, ReservingAKnownName_UsesTheSkillThatIsThere) {
  ASSERT_TRUE(skills_->AddVocabulary({"Go"}).ok());
  const ReservedSkill skill = Reserve(kSaga, "gO");
  EXPECT_FALSE(skill.created);
  EXPECT_EQ(skill.name, "Go");
  EXPECT_FALSE(Undo(kSaga));
  EXPECT_EQ(Count(), 1u);
}

TEST_F(SkillRepositoryTest, UndoneSaga_RefusesALateReservation) {
  EXPECT_FALSE(Undo(kSaga));
  EXPECT_FALSE(Undo(kSaga));
  EXPECT_EQ(skills_->Reserve(kSaga, "Sourdough").status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::IsNotFound(skills_->Confirm(kSaga)));
  EXPECT_EQ(Count(), 0u);
}

TEST_F(SkillRepositoryTest, Undo_DeletesOnlyItsOwnUnconfirmedSkill) {
  Reserve(kSaga, "Sourdough");
  EXPECT_TRUE(Undo(kSaga));
  EXPECT_FALSE(Undo(kSaga));
  EXPECT_EQ(Count(), 0u);
}

TEST_F(SkillRepositoryTest, Undo_LeavesWhatAnotherSagaReliesOn) {
  const ReservedSkill skill = Reserve(kSaga, "Sourdough");
  EXPECT_FALSE(Reserve(kOtherSaga, "sourdough").created);
  EXPECT_FALSE(Undo(kSaga));
  EXPECT_TRUE(skills_->Confirm(kOtherSaga).ok());
  EXPECT_EQ(skills_->List()->front().skill_id, skill.skill_id);
}

TEST_F(SkillRepositoryTest, ConfirmWithoutReservation_IsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(skills_->Confirm(kSaga)));
}

TEST_F(SkillRepositoryTest, Confirm_GivesTheSkillToThePostingsThatNameIt) {
  Post("names", "We bake SOURDOUGH bread.");
  Post("not", "We bake rye bread.");
  Reserve(kSaga, "Sourdough bread");
  ASSERT_TRUE(skills_->Confirm(kSaga).ok());
  EXPECT_EQ(SkillsOf("names"), "Sourdough bread");
  EXPECT_EQ(SkillsOf("not"), "");
  FeedPosition position;
  auto changes = PostingRepository(*pool_).ReadChanges(position, 10);
  ASSERT_EQ(changes->size(), 3u);
  EXPECT_EQ(changes->back().kind(), jobmesh::postings::v1::Change::UPDATED);
  EXPECT_EQ(changes->back().posting().native_id(), "names");
}

TEST_F(SkillRepositoryTest, Confirm_TakesSignsOfTheNameSeriously) {
  Post("names", "Programs written in Q*.");
  Post("not", "Programs written in Q.");
  Reserve(kSaga, "Q*");
  ASSERT_TRUE(skills_->Confirm(kSaga).ok());
  EXPECT_EQ(SkillsOf("names"), "Q*");
  EXPECT_EQ(SkillsOf("not"), "");
}

TEST_F(SkillRepositoryTest, ListSkills_NamesAliases) {
  VocabularyKeeper vocabulary(*skills_, "Go\tlanguage\tcontext\tGolang|Go lang\n");
  ASSERT_TRUE(vocabulary.Start().ok());
  SkillHandlers handlers(*skills_, vocabulary);
  auto response = handlers.ListSkills({}, {});
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->skills_size(), 1);
  EXPECT_EQ(response->skills(0).name(), "Go");
  ASSERT_EQ(response->skills(0).aliases_size(), 2);
  EXPECT_EQ(response->skills(0).aliases(0), "Golang");
}

}  // namespace
}  // namespace jobmesh::scraper
