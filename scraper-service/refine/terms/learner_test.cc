#include "scraper-service/refine/terms/learner.h"

#include <array>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "scraper-service/refine/terms/compiled_model.h"
#include "scraper-service/refine/terms/tagger.h"

namespace jobmesh::scraper::refine::terms {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ReadConllTest, PostingsSentencesAndTerms) {
  std::istringstream in("Know\tO\nrelational\tB\ndatabases\tI\n\nGo\tB\nRust\tB\n\n\nSmile\tO\n");
  const auto postings = ReadConll(in);
  ASSERT_TRUE(postings.ok()) << postings.status();
  ASSERT_EQ(postings->size(), 2u);
  EXPECT_EQ((*postings)[0].text, "Know relational databases\nGo Rust");
  EXPECT_THAT((*postings)[0].terms, ElementsAre(Range{5, 25}, Range{26, 28}, Range{29, 33}));
  EXPECT_EQ((*postings)[1].text, "Smile");
}

TEST(ReadConllTest, TellsTheLineOfABadOne) {
  for (const char* line : {"word", "\tB", "word\tX", "two words\tO", "word\tB\t"}) {
    std::istringstream in("Know\tO\n" + std::string(line) + "\n");
    const auto postings = ReadConll(in);
    ASSERT_TRUE(absl::IsInvalidArgument(postings.status())) << line;
    EXPECT_THAT(postings.status().message(), HasSubstr("line 2")) << line;
  }
}

// Invented postings that ask for things after "of", and have others before "team".
std::vector<LabelledPosting> Postings() {
  std::string conll;
  for (const char* topic : {"compilers", "queues", "ledgers", "sensors", "auctions", "routing"}) {
    conll += "Solid\tO\nknowledge\tO\nof\tO\ndistributed\tB\n" + std::string(topic) +
             "\tI\nand\tO\nPostgreSQL\tB\n\n";
    conll += "Join\tO\nour\tO\n" + std::string(topic) + "\tO\nteam\tO\n\n\n";
  }
  std::istringstream in(conll);
  return ReadConll(in).value();
}

TEST(LearnTest, FindsWhatItWasNeverShown) {
  double progress = 0;
  const std::string model =
      Learn(Postings(), *Vocabulary::Default(), [&](double share) { progress = share; });
  EXPECT_EQ(progress, 1);
  const auto tagger = Tagger::Parse(model);
  ASSERT_TRUE(tagger.ok()) << tagger.status();
  const std::string_view text = "Solid knowledge of distributed elections and PostgreSQL";
  const std::vector<Range> terms = (*tagger)->Find(text, Vocabulary::Default()->Find(text));
  EXPECT_THAT(terms, ElementsAre(Range{19, 40}, Range{45, 55}));
}

TEST(LearnTest, IsTheSameEveryTime) {
  const auto learn = [] { return Learn(Postings(), *Vocabulary::Default(), [](double) {}); };
  EXPECT_EQ(learn(), learn());
}

// Sums weights as they are written down.
struct Sums {
  std::vector<std::array<int32_t, 2>> of_word;
  std::array<std::array<int32_t, 2>, kMarks> of_mark{};

  void Row(int i, const Weights<int32_t>::Row& row) {
    for (size_t d = 0; d < row.size(); ++d) One(i + static_cast<int>(d) - kReach, row[d]);
  }
  void One(int i, const Weights<int32_t>::Pair& pair) {
    if (i < 0 || i >= static_cast<int>(of_word.size())) return;
    for (size_t t = 0; t < 2; ++t) of_word[static_cast<size_t>(i)][t] += pair[t];
  }
  void All(size_t mark, const Weights<int32_t>::Pair& pair) {
    for (size_t t = 0; t < 2; ++t) of_mark[mark][t] += pair[t];
  }
};

TEST(CompiledModelTest, SumsAreThoseOfTheModel) {
  const auto model = ParseModel(Learn(Postings(), *Vocabulary::Default(), [](double) {}));
  ASSERT_TRUE(model.ok()) << model.status();
  const CompiledModel compiled(*model);
  const std::string_view text =
      "Your profile:\n"
      "Solid knowledge of distributed compilers, Go and (maybe) React. A team of 12 in our office\n"
      "Join\n"
      "PostgreSQL, CI/CD and machine learning with <COMPANY>";
  const std::vector<SkillMention> mentions = Vocabulary::Default()->Find(text);
  SentenceReader reader(text, mentions, SentenceReader::kAll);
  CompiledModel::Scratch scratch;
  size_t compared = 0;
  for (Sentence sentence; reader.Next(sentence);) {
    Sums sums{.of_word = std::vector<std::array<int32_t, 2>>(sentence.words.size())};
    ForEachWeight(model->weights, text, sentence, sums);
    const std::span<const Packed> scores = compiled.Score(text, sentence, scratch);
    ASSERT_EQ(scores.size(), sentence.words.size());
    for (size_t i = 0; i < scores.size(); ++i, ++compared) {
      const auto& of_mark = sums.of_mark[static_cast<size_t>(sentence.words[i].mark)];
      EXPECT_EQ(scores[i].begin(), sums.of_word[i][0] + of_mark[0]) << i;
      EXPECT_EQ(scores[i].inside(), sums.of_word[i][1] + of_mark[1]) << i;
    }
  }
  EXPECT_GT(compared, 20u);
}

}  // namespace
}  // namespace jobmesh::scraper::refine::terms
