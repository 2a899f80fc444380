#include "scraper-service/refine/salary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

struct FieldCase {
  const char* text;
  std::optional<double> min;
  std::optional<double> max;
  const char* currency;
  std::optional<PayPeriod> period;
};

class SalaryFieldTest : public ::testing::TestWithParam<FieldCase> {};

TEST_P(SalaryFieldTest, ReadsAsStated) {
  const FieldCase& expected = GetParam();
  const auto salary = ParseSalaryField(expected.text, "");
  ASSERT_TRUE(salary.has_value());
  EXPECT_EQ(salary->min, expected.min);
  EXPECT_EQ(salary->max, expected.max);
  EXPECT_EQ(salary->currency, expected.currency);
  EXPECT_EQ(salary->period, expected.period);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, SalaryFieldTest,
    ::testing::Values(FieldCase{"$120,000 - $150,000 a year", 120000, 150000, "USD",
                                PayPeriod::kYear},
                      FieldCase{"\xC2\xA3"
                                "41-46k",
                                41000, 46000, "GBP", PayPeriod::kYear},
                      FieldCase{"from 1.800 \xE2\x82\xAC per month", 1800, std::nullopt, "EUR",
                                PayPeriod::kMonth},
                      FieldCase{"up to 33.50 per hour", std::nullopt, 33.5, "", PayPeriod::kHour},
                      FieldCase{"14.25ph to 19.75ph per hour", 14.25, 19.75, "", PayPeriod::kHour},
                      FieldCase{"20 000 - 25 000 lei", 20000, 25000, "MDL", PayPeriod::kMonth},
                      FieldCase{"CHF 110'000 p.a.", 110000, 110000, "CHF", PayPeriod::kYear},
                      FieldCase{"10-14 LPA", 1000000, 1400000, "INR", PayPeriod::kYear},
                      FieldCase{"5000 PLN/month", 5000, 5000, "PLN", PayPeriod::kMonth},
                      FieldCase{"$90k+", 90000, std::nullopt, "USD", PayPeriod::kYear},
                      FieldCase{"30-45000", 30000, 45000, "", PayPeriod::kYear},
                      FieldCase{"$650/day", 650, 650, "USD", PayPeriod::kDay}));

TEST(SalaryFieldTest, NoAmount_IsNull) {
  EXPECT_FALSE(ParseSalaryField("Competitive + 401(k)", "US").has_value());
  EXPECT_FALSE(ParseSalaryField("10% bonus", "US").has_value());
}

TEST(SalaryFieldTest, CurrencyOfTheCountry_IsMarkedInferred) {
  const auto salary = ParseSalaryField("32,000 per annum", "GB");
  ASSERT_TRUE(salary.has_value());
  EXPECT_EQ(salary->currency, "GBP");
  EXPECT_TRUE(salary->currency_inferred);
}

TEST(SalaryFieldTest, AnnualFigures_FollowTheWorkingYear) {
  const auto salary = ParseSalaryField("$20 - $30 per hour", "");
  ASSERT_TRUE(salary.has_value());
  EXPECT_EQ(salary->annual_min, 41600);
  EXPECT_EQ(salary->annual_max, 62400);
}

TEST(FindSalaryTest, StatedPay_IsFoundWithItsRange) {
  const std::string text = "Acme | Engineer | $130k - $170k + equity | Remote";
  const auto salary = FindSalary(text, "");
  ASSERT_TRUE(salary.has_value());
  EXPECT_EQ(salary->min, 130000);
  EXPECT_EQ(salary->max, 170000);
  EXPECT_EQ(text.substr(salary->range.begin, salary->range.end - salary->range.begin),
            "$130k - $170k");
}

TEST(FindSalaryTest, OtherMoney_IsNoSalary) {
  for (const char* text :
       {"We raised $20M in our series A from great investors.", "0.3-0.41% equity",
        "over $500 billion processed", "a $2,000 annual learning budget",
        "sign-on bonus of $10,000", "founded in 2015, 200-500 people",
        "serving 100,000 - 200,000 customers", "deals worth $50k - $100k", "call +1-555-0100",
        "$5,000 referral bonus"}) {
    EXPECT_FALSE(FindSalary(text, "US").has_value()) << text;
  }
}

TEST(FindSalaryTest, BareNumbers_NeedAnIntroduction) {
  EXPECT_TRUE(FindSalary("Salary: 90k-120k", "").has_value());
  EXPECT_FALSE(FindSalary("files of 90k-120k", "").has_value());
}

TEST(SalaryFromNumbersTest, Zero_MeansNotStated) {
  EXPECT_FALSE(SalaryFromNumbers(0, 0, "USD", "YEAR", "").has_value());
  const auto salary = SalaryFromNumbers(0, 90000, "usd", "per-year-salary", "");
  ASSERT_TRUE(salary.has_value());
  EXPECT_EQ(salary->min, std::nullopt);
  EXPECT_EQ(salary->annual_max, 90000);
}

}  // namespace
}  // namespace jobmesh::scraper::refine
