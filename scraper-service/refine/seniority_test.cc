#include "scraper-service/refine/seniority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

TEST(SeniorityOfTitleTest, Levels_AreRead) {
  EXPECT_EQ(SeniorityOfTitle("Sr. Backend Engineer"), Seniority::kSenior);
  EXPECT_EQ(SeniorityOfTitle("Junior Tester"), Seniority::kJunior);
  EXPECT_EQ(SeniorityOfTitle("Mid-level Developer"), Seniority::kMid);
  EXPECT_EQ(SeniorityOfTitle("Senior Staff Engineer"), Seniority::kLead);
  EXPECT_EQ(SeniorityOfTitle("Founding Engineer"), Seniority::kLead);
  EXPECT_EQ(SeniorityOfTitle("Head of Data"), Seniority::kDirector);
  EXPECT_EQ(SeniorityOfTitle("VP Engineering"), Seniority::kExecutive);
  EXPECT_EQ(SeniorityOfTitle("Data Science Intern"), Seniority::kIntern);
}

TEST(SeniorityOfTitleTest, DecoysAndAlternatives_SayNothing) {
  for (const char* title :
       {"Lead Generation Specialist", "Staff Accountant", "Backend Engineer",
        "Junior/Senior Developer", "Assistant to CEO", "Graduate School Advisor"}) {
    EXPECT_EQ(SeniorityOfTitle(title), std::nullopt) << title;
  }
}

TEST(FindSeniorityTest, FirstLine_MustAgreeThroughout) {
  const auto one = FindSeniority("Acme | Senior Engineer | Lyon\nWe like junior people too.");
  ASSERT_TRUE(one.has_value());
  EXPECT_EQ(one->value, Seniority::kSenior);
  EXPECT_FALSE(FindSeniority("Acme | Backend Engineer + Senior Designer | Lyon").has_value());
  EXPECT_FALSE(FindSeniority("Acme is hiring\n- Senior Engineer\n- Intern").has_value());
  EXPECT_EQ(FindSeniority("Acme is hiring\n1. Senior Engineer\n2. Senior Designer")->value,
            Seniority::kSenior);
}

TEST(ParseSeniorityFieldTest, BoardLevels_AreKnown) {
  EXPECT_EQ(ParseSeniorityField("Entry level"), Seniority::kJunior);
  EXPECT_EQ(ParseSeniorityField("Not Applicable"), std::nullopt);
}

}  // namespace
}  // namespace jobmesh::scraper::refine
