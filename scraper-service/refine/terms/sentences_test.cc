#include "scraper-service/refine/terms/sentences.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace jobmesh::scraper::refine::terms {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The sentences of a text, each as its words with a bar between them.
std::vector<std::string> Read(std::string_view text, SentenceReader::Which which) {
  const std::vector<SkillMention> mentions = Vocabulary::Default()->Find(text);
  SentenceReader reader(text, mentions, which);
  std::vector<std::string> sentences;
  for (Sentence sentence; reader.Next(sentence);) {
    std::string& joined = sentences.emplace_back();
    for (const Word& word : sentence.words) {
      if (!joined.empty()) joined += '|';
      joined += text.substr(word.begin, word.end - word.begin);
    }
  }
  return sentences;
}

std::vector<std::string> ReadAll(std::string_view text) { return Read(text, SentenceReader::kAll); }

TEST(SentencesTest, LinesStopsAndBulletsEndSentences) {
  EXPECT_THAT(ReadAll("You know Java. We pay well!\nApply now"),
              ElementsAre("You|know|Java|.", "We|pay|well", "Apply|now"));
  EXPECT_THAT(ReadAll("We want * Java \u2022 Go"), ElementsAre("We|want", "*|Java", "\u2022|Go"));
}

TEST(SentencesTest, StopsOfAbbreviationsAndNamesEndNone) {
  EXPECT_THAT(ReadAll("Databases, e.g. Postgres, and .NET or Node.js"),
              ElementsAre("Databases|e.g|.|Postgres|and|.NET|or|Node.js"));
}

TEST(SentencesTest, AStopThatStandsAloneEndsNone) {
  EXPECT_THAT(ReadAll("about e.g . Java and ( Go )"), ElementsAre("about|e.g|.|Java|and|(|Go|)"));
}

TEST(SentencesTest, CommasAreRemembered) {
  SentenceReader reader("Go, Rust;C (good)", {}, SentenceReader::kAll);
  Sentence sentence;
  ASSERT_TRUE(reader.Next(sentence));
  std::vector<bool> after_comma;
  for (const Word& word : sentence.words) after_comma.push_back(word.after_comma);
  EXPECT_THAT(after_comma, ElementsAre(false, true, false, false, false));
}

TEST(SentencesTest, OnlySentencesWithNamesAreRead) {
  EXPECT_THAT(Read("We are a bank.\nYou know PostgreSQL. We pay.", SentenceReader::kWithMentions),
              ElementsAre("You|know|PostgreSQL|."));
  EXPECT_THAT(Read("We are a bank", SentenceReader::kWithMentions), IsEmpty());
}

TEST(SentencesTest, TheLastShortLineIsTheHeading) {
  const std::string_view text =
      "Your profile:\nMany years of long work with PostgreSQL and other databases";
  const std::vector<SkillMention> mentions = Vocabulary::Default()->Find(text);
  SentenceReader reader(text, mentions, SentenceReader::kWithMentions);
  Sentence sentence;
  ASSERT_TRUE(reader.Next(sentence));
  EXPECT_THAT(sentence.heading, ElementsAre(WordKey("your"), WordKey("PROFILE")));
}

TEST(SentencesTest, WordsKnowTheNamesTheyBelongTo) {
  const std::string_view text = "with machine learning and PostgreSQL";
  const std::vector<SkillMention> mentions = Vocabulary::Default()->Find(text);
  SentenceReader reader(text, mentions, SentenceReader::kWithMentions);
  Sentence sentence;
  ASSERT_TRUE(reader.Next(sentence));
  std::vector<Mark> marks;
  for (const Word& word : sentence.words) marks.push_back(word.mark);
  EXPECT_THAT(marks, ElementsAre(Mark::kNone, Mark::kKnowledge, Mark::kInKnowledge, Mark::kNone,
                                 Mark::kTechnology));
}

TEST(SentencesTest, LongSentencesAreReadAroundNamesOnly) {
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += "word ";
  const size_t at = text.size();
  text += "PostgreSQL";
  for (int i = 0; i < 1'000; ++i) text += " word";
  const std::vector<SkillMention> mentions = Vocabulary::Default()->Find(text);
  SentenceReader reader(text, mentions, SentenceReader::kWithMentions);
  Sentence sentence;
  ASSERT_TRUE(reader.Next(sentence));
  EXPECT_GE(sentence.words.front().begin + SentenceReader::kNear, at);
  EXPECT_EQ(text.substr(sentence.words.front().begin, 5), "word ");
  EXPECT_LE(sentence.words.back().end, at + 10 + SentenceReader::kNear);
  EXPECT_EQ(text.substr(sentence.words.back().end, 1), " ");
  EXPECT_FALSE(reader.Next(sentence));
}

TEST(SentencesTest, ShapesOfWords) {
  const std::string_view text = "go Java SQL iOS 24 S3 CI/CD ( <COMPANY> \u20ac";
  SentenceReader reader(text, {}, SentenceReader::kAll);
  Sentence sentence;
  ASSERT_TRUE(reader.Next(sentence));
  std::vector<Shape> shapes;
  for (const Word& word : sentence.words) shapes.push_back(word.shape);
  EXPECT_THAT(shapes, ElementsAre(Shape::kLower, Shape::kCapital, Shape::kUpper, Shape::kMixed,
                                  Shape::kDigits, Shape::kLettersAndDigits, Shape::kJoined,
                                  Shape::kOpening, Shape::kPlaceholder, Shape::kOther));
}

}  // namespace
}  // namespace jobmesh::scraper::refine::terms
