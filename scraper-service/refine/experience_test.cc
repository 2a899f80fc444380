#include "scraper-service/refine/experience.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

struct Years {
  const char* text;
  double min;
  std::optional<double> max;
};

class FindExperienceTest : public ::testing::TestWithParam<Years> {};

TEST_P(FindExperienceTest, ReadsWhatIsAskedFor) {
  const auto found = FindExperience(GetParam().text);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->min_years, GetParam().min);
  EXPECT_EQ(found->max_years, GetParam().max);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, FindExperienceTest,
    ::testing::Values(Years{"5+ years of experience with Python", 5, std::nullopt},
                      Years{"3-5 years' experience", 3, 5.0},
                      Years{"Minimum of three years experience", 3, std::nullopt},
                      Years{"2 to 4 yrs of professional work", 2, 4.0},
                      Years{"at least five (5) years of relevant experience", 5, std::nullopt},
                      Years{"Experience: 7 years", 7, std::nullopt}));

TEST(FindExperienceTest, OtherYears_AreNotExperience) {
  for (const char* text : {"founded 12 years ago", "a 4 year degree", "must be 18 years old",
                           "a 2 year contract", "over the past 10 years we grew",
                           "our 30 years of experience", "in business for 20 years"}) {
    EXPECT_FALSE(FindExperience(text).has_value()) << text;
  }
}

TEST(ParseExperienceFieldTest, Ranges_AreExact) {
  const auto range = ParseExperienceField("2 - 7 yrs");
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(range->min_years, 2);
  EXPECT_EQ(range->max_years, 7);
  EXPECT_EQ(ParseExperienceField("18 months")->min_years, 1.5);
  EXPECT_EQ(ParseExperienceField("No experience required")->min_years, 0);
  EXPECT_FALSE(ParseExperienceField("negotiable").has_value());
}

}  // namespace
}  // namespace jobmesh::scraper::refine
