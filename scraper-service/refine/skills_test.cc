#include "scraper-service/refine/skills.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Technologies(std::string_view text) {
  std::vector<std::string> names;
  for (const SkillMention& mention : Vocabulary::Default()->Find(text)) {
    if (!mention.skill->knowledge) names.push_back(mention.skill->name);
  }
  return names;
}

TEST(VocabularyTest, BuiltInFile_IsValidAndLarge) {
  const auto vocabulary = Vocabulary::Parse(Vocabulary::DefaultFile());
  ASSERT_TRUE(vocabulary.ok()) << vocabulary.status();
  EXPECT_GE((*vocabulary)->skills().size(), 1500u);
}

TEST(VocabularyTest, Aliases_LeadToOneName) {
  const auto vocabulary = Vocabulary::Default();
  EXPECT_EQ(vocabulary->Canonical("k8s"), "Kubernetes");
  EXPECT_EQ(vocabulary->Canonical(" POSTGRES "), "PostgreSQL");
  EXPECT_EQ(vocabulary->Canonical("golang"), "Go");
  EXPECT_EQ(vocabulary->Canonical("no such thing"), std::nullopt);
}

TEST(VocabularyTest, NamesWithSymbols_AreBounded) {
  EXPECT_THAT(Technologies("C++, C# and .NET with Node.js."),
              ElementsAre("C++", "C#", ".NET", "Node.js"));
  EXPECT_THAT(Technologies("Python3 and Python-based tools"), ElementsAre("Python", "Python"));
  EXPECT_THAT(Technologies("javascripting pythonic"), IsEmpty());
}

TEST(VocabularyTest, EverydayWords_NeedTechnologyAroundThem) {
  EXPECT_THAT(
      Technologies("Go above and beyond, express yourself, rest well and spring into action."),
      IsEmpty());
  EXPECT_THAT(Technologies("You will excel in R&D."), IsEmpty());
  EXPECT_THAT(Technologies("Services in Go, Rust and PostgreSQL"),
              ElementsAre("Go", "Rust", "PostgreSQL"));
  EXPECT_THAT(Technologies("java, spring, mysql"), ElementsAre("Java", "Spring", "MySQL"));
  EXPECT_THAT(Technologies("a go-to-market plan with Python"), ElementsAre("Python"));
  EXPECT_THAT(Technologies("Our core data models open doors; wear a hardhat."), IsEmpty());
  EXPECT_THAT(Technologies("Requirements in DOORS, apps on Core Data"),
              ElementsAre("DOORS", "Core Data"));
}

TEST(VocabularyTest, GenderMarks_AreNoLanguages) {
  EXPECT_THAT(Technologies("Embedded developer (w/m/d) - Linux"), ElementsAre("Linux"));
  EXPECT_THAT(Technologies("C++ developer (M/F/D), Linux"), ElementsAre("C++", "Linux"));
  EXPECT_THAT(Technologies("C++/D/Rust"), ElementsAre("C++", "D", "Rust"));
}

TEST(VocabularyTest, EverydayWords_CountWhereTheyAreAskedFor) {
  EXPECT_THAT(Technologies("Proficiency in Rust."), ElementsAre("Rust"));
  EXPECT_THAT(Technologies("You have experience with Go and like it."), ElementsAre("Go"));
  EXPECT_THAT(Technologies("Skilled in Swift"), ElementsAre("Swift"));
  EXPECT_THAT(Technologies("experience in Go to market plans"), IsEmpty());
  EXPECT_THAT(Technologies("experience in rust removal"), IsEmpty());
}

TEST(VocabularyTest, BlankFreeCompound_IsOneTermOfSeveralNames) {
  const auto mentions = Vocabulary::Default()->Find("We use Java/Kotlin.Then more");
  ASSERT_EQ(mentions.size(), 2u);
  EXPECT_EQ(mentions[0].skill->name, "Java");
  EXPECT_EQ(mentions[1].skill->name, "Kotlin");
  EXPECT_EQ(mentions[0].range, (Range{7, 18}));
  EXPECT_EQ(mentions[1].range, (Range{7, 18}));
}

TEST(VocabularyTest, ThingsSomebodyHas_AreNoKnowledge) {
  const auto knowledge = [](std::string_view text) {
    return std::ranges::count_if(Vocabulary::Default()->Find(text),
                                 [](const SkillMention& m) { return m.skill->knowledge; });
  };
  EXPECT_EQ(knowledge("knowledge of automation and scalability"), 2);
  EXPECT_EQ(knowledge("Look after our automation and the scalability of it"), 0);
}

TEST(VocabularyTest, LongestName_Wins) {
  EXPECT_THAT(Technologies("React Native and Spring Boot"),
              ElementsAre("React Native", "Spring Boot"));
}

TEST(VocabularyTest, Addresses_AreNoMentions) {
  EXPECT_THAT(Technologies("see https://example.com/python/redis or docker@example.com"),
              IsEmpty());
}

TEST(VocabularyTest, OthersAndDenials_AreNoSkills) {
  EXPECT_THAT(Technologies("Used by Figma and Slack."), IsEmpty());
  EXPECT_THAT(Technologies("There is no Jira here."), IsEmpty());
  EXPECT_THAT(Technologies("AWS (ECS, S3) and Redis"), ElementsAre("AWS", "Redis"));
}

TEST(VocabularyTest, UserNames_AreFoundAndKnownOnesSkipped) {
  const auto vocabulary = Vocabulary::Parse("Python\tlanguage\tany\tpy3\n", {"Zorblax", "PYTHON"});
  ASSERT_TRUE(vocabulary.ok());
  EXPECT_EQ((*vocabulary)->skills().size(), 2u);
  const auto mentions = (*vocabulary)->Find("we run zorblax");
  ASSERT_EQ(mentions.size(), 1u);
  EXPECT_EQ(mentions[0].skill->name, "Zorblax");
  EXPECT_EQ(mentions[0].range, (Range{7, 14}));
}

TEST(VocabularyTest, BrokenFile_IsRefusedWithItsLine) {
  for (const char* line : {"Python", "Python\tlanguage\tsometimes", "Python\tpastry\tany",
                           "A\ttool\tany\tB\nB\ttool\tany"}) {
    EXPECT_EQ(Vocabulary::Parse(line).status().code(), absl::StatusCode::kInvalidArgument) << line;
  }
}

}  // namespace
}  // namespace jobmesh::scraper::refine
