#include "scraper-service/refine/employment_type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

std::optional<EmploymentType> TypeOf(std::string_view title, std::string_view text) {
  const auto found = FindEmploymentType(title, text);
  return found ? std::optional(found->value) : std::nullopt;
}

TEST(ParseEmploymentTypeFieldTest, Spellings_AreOneType) {
  for (const char* text : {"Full-time", "FullTime", "FULL_TIME", "full time", "Permanent"}) {
    EXPECT_EQ(ParseEmploymentTypeField(text), EmploymentType::kFullTime) << text;
  }
  EXPECT_EQ(ParseEmploymentTypeField("CONTRACTOR"), EmploymentType::kContract);
  EXPECT_EQ(ParseEmploymentTypeField("PER_DIEM"), EmploymentType::kTemporary);
  EXPECT_EQ(ParseEmploymentTypeField("shift"), EmploymentType::kOther);
  EXPECT_EQ(ParseEmploymentTypeField(" "), std::nullopt);
}

TEST(FindEmploymentTypeTest, StatementsCount_MereWordsDoNot) {
  EXPECT_EQ(TypeOf("", "This is a 6 month contract."), EmploymentType::kContract);
  EXPECT_EQ(TypeOf("", "Job type: temporary"), EmploymentType::kTemporary);
  EXPECT_EQ(TypeOf("", "Acme | Cook | Full-time | Oslo"), EmploymentType::kFullTime);
  EXPECT_EQ(TypeOf("", "You negotiate contracts and review every contract."), std::nullopt);
  EXPECT_EQ(TypeOf("", "Supervise our part-time staff."), std::nullopt);
  EXPECT_EQ(TypeOf("", "Full time and part time positions available."), std::nullopt);
}

TEST(FindEmploymentTypeTest, FullTimeContract_IsFullTime) {
  EXPECT_EQ(TypeOf("", "This is a full-time contract position."), EmploymentType::kFullTime);
  EXPECT_EQ(TypeOf("Cook, temporary (full-time)", ""), EmploymentType::kFullTime);
  EXPECT_EQ(TypeOf("", "This is a contract position. We are not a full-time employer."),
            EmploymentType::kContract);
}

TEST(FindEmploymentTypeTest, OtherSentences_AreNoAside) {
  EXPECT_EQ(TypeOf("", "Learn about our work. This is a contract position in Oslo."),
            EmploymentType::kContract);
  EXPECT_EQ(TypeOf("", "a six month contractExperienced people only"), EmploymentType::kContract);
}

TEST(FindEmploymentTypeTest, StatedLength_IsAContract) {
  const auto found =
      FindEmploymentType("Data Analyst", "Location: Los Angeles, CAContract: 6+ months");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->value, EmploymentType::kContract);
  EXPECT_EQ(found->evidence.range, (Range{25, 34}));
  EXPECT_EQ(TypeOf("", "Estimated length : 1 year with possible extension"),
            EmploymentType::kContract);
  EXPECT_EQ(TypeOf("", "Duration: to be agreed"), std::nullopt);
  EXPECT_EQ(TypeOf("", "Length: 6"), std::nullopt);
}

TEST(FindEmploymentTypeTest, LongerOfTwoPhrases_IsMeant) {
  EXPECT_EQ(TypeOf("", "Terms: temp-to-hire"), EmploymentType::kContract);
}

TEST(FindEmploymentTypeTest, HoursBesideAnotherLife_ArePartTime) {
  EXPECT_EQ(TypeOf("", "Hours that fit around your family."), EmploymentType::kPartTime);
}

TEST(FindEmploymentTypeTest, Title_ComesFirst) {
  EXPECT_EQ(TypeOf("Marketing Intern", "a full-time role"), EmploymentType::kIntern);
  EXPECT_EQ(TypeOf("Contract Manager", ""), std::nullopt);
}

TEST(FindEmploymentTypeTest, Benefits_OnlyInferFullTime) {
  const auto found = FindEmploymentType("", "We offer a 401(k) and paid vacation.");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->value, EmploymentType::kFullTime);
  EXPECT_EQ(found->evidence.origin, Origin::kInferred);
}

}  // namespace
}  // namespace jobmesh::scraper::refine
