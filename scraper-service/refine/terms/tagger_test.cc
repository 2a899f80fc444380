#include "scraper-service/refine/terms/tagger.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "scraper-service/refine/refine.h"

namespace jobmesh::scraper::refine::terms {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Terms(const Tagger& tagger, std::string_view text) {
  std::vector<std::string> terms;
  for (const Range& range : tagger.Find(text, Vocabulary::Default()->Find(text)))
    terms.emplace_back(text.substr(range.begin, range.end - range.begin));
  return terms;
}

std::vector<std::string> Mentions(const std::string& text, const Tagger* tagger) {
  RawPosting posting;
  posting.description = text;
  std::vector<std::string> mentions;
  for (const FoundSkill& found :
       Refine(posting, *Vocabulary::Default(), absl::UnixEpoch(), tagger).mentions) {
    mentions.push_back(found.name + "=" +
                       text.substr(found.range.begin, found.range.end - found.range.begin));
  }
  return mentions;
}

// Begins a term at "alpha" and goes on with "beta".
constexpr std::string_view kSmall =
    "# a comment\n"
    "bias\t0\t-100\t-100\n"
    "word\talpha\t0\t0\t0\t0\t0\t0\t0\t0\t300\t0\t0\t0\t0\t0\t0\t0\t0\t0\n"
    "word\tbeta\t0\t0\t0\t0\t0\t0\t0\t0\t0\t300\t0\t0\t0\t0\t0\t0\t0\t0\n";

TEST(TaggerTest, FollowsItsModel) {
  const auto tagger = Tagger::Parse(kSmall);
  ASSERT_TRUE(tagger.ok()) << tagger.status();
  EXPECT_THAT(Terms(**tagger, "ALPHA beta gamma, alpha and PostgreSQL"),
              ElementsAre("ALPHA beta", "alpha"));
  EXPECT_THAT(Terms(**tagger, "alpha beta"), IsEmpty());  // nothing of the vocabulary
}

TEST(TaggerTest, TermsEndAtCommasAndBrackets) {
  const auto tagger = Tagger::Parse(kSmall);
  ASSERT_TRUE(tagger.ok()) << tagger.status();
  EXPECT_THAT(Terms(**tagger, "alpha, beta (alpha) PostgreSQL"), ElementsAre("alpha", "alpha"));
}

TEST(TaggerTest, TellsTheLineOfABadModel) {
  for (const std::string_view line :
       {"nothing\t1", "word\talpha\t1\t2", "bias\t1\t0\t0", "bias\t0\t0\tx", "shape\t-1\t0\t0",
        "ending\tent\t64\t0\t0", "ending\tent\t0\t0\t0\t0", "transitions\t0",
        "ending\tent\t0\t0\t1000000000"}) {
    const auto tagger = Tagger::Parse(std::string(kSmall) + std::string(line) + "\n");
    ASSERT_TRUE(absl::IsInvalidArgument(tagger.status())) << line;
    EXPECT_THAT(tagger.status().message(), HasSubstr("line 5")) << line;
  }
}

TEST(TaggerTest, WordsStandOnceInAModel) {
  const std::string twice = std::string(kSmall) + std::string(kSmall);
  EXPECT_TRUE(absl::IsInvalidArgument(Tagger::Parse(twice).status()));
}

TEST(TaggerTest, TheBuiltInModelFindsTermsThatNoVocabularyLists) {
  EXPECT_THAT(Terms(Tagger::Default(),
                    "You have experience with PostgreSQL and a good understanding of "
                    "asynchronous messaging"),
              ElementsAre("PostgreSQL", "asynchronous messaging"));
}

TEST(TaggerTest, MentionsKeepTechnologiesAndLeaveKnowledgeToTheTagger) {
  const auto tagger = Tagger::Parse(kSmall);
  ASSERT_TRUE(tagger.ok()) << tagger.status();
  const std::string text = "Alpha beta with PostgreSQL and machine learning";
  EXPECT_THAT(Mentions(text, nullptr),
              ElementsAre("PostgreSQL=PostgreSQL", "Machine Learning=machine learning"));
  EXPECT_THAT(Mentions(text, tagger->get()),
              ElementsAre("Alpha beta=Alpha beta", "PostgreSQL=PostgreSQL"));
}

TEST(TaggerTest, NamesInsideATermHaveItsRange) {
  const auto tagger = Tagger::Parse(std::string(kSmall) + "shape\t3\t0\t500\n");
  ASSERT_TRUE(tagger.ok()) << tagger.status();
  EXPECT_THAT(Mentions("with alpha SQL queries", tagger->get()), ElementsAre("SQL=alpha SQL"));
}

TEST(TaggerTest, LeavesOtherLanguagesAlone) {
  const std::string text =
      "Wir suchen Entwickler mit Erfahrung in machine learning und der Arbeit mit PostgreSQL, die "
      "gerne in einem Team arbeiten und sich mit uns weiter entwickeln wollen";
  EXPECT_EQ(Mentions(text, &Tagger::Default()), Mentions(text, nullptr));
}

}  // namespace
}  // namespace jobmesh::scraper::refine::terms
