#include "scraper-service/refine/dates.h"

#include <string>

#include "absl/time/civil_time.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

const absl::Time kToday =
    absl::FromCivil(absl::CivilSecond(2026, 3, 10, 12, 0, 0), absl::UTCTimeZone());

std::string IsoOf(std::string_view text) {
  const auto date = ParseDate(text, kToday);
  return date ? date->iso : "";
}

TEST(ParseDateTest, Formats_KeepWhatIsStated) {
  EXPECT_EQ(IsoOf("2026-02-15"), "2026-02-15");
  EXPECT_EQ(IsoOf("2026-02-15T20:42:08.979859"), "2026-02-15T20:42:08");
  EXPECT_EQ(IsoOf("2016-01-14T10:55:28-05:00"), "2016-01-14T10:55:28-05:00");
  EXPECT_EQ(IsoOf("Sat, 22 Aug 2026 06:25:52 GMT"), "2026-08-22T06:25:52Z");
  EXPECT_EQ(IsoOf("1767377545000"), "2026-01-02T18:12:25Z");
  EXPECT_EQ(IsoOf("26 January 2004"), "2004-01-26");
  EXPECT_EQ(IsoOf("March 3rd, 2026"), "2026-03-03");
  EXPECT_EQ(IsoOf("26.01.2004"), "2004-01-26");
  EXPECT_EQ(IsoOf("26/01/2004"), "2004-01-26");
}

TEST(ParseDateTest, Offset_GivesTheInstant) {
  EXPECT_EQ(ParseDate("2026-03-10T14:00:00+02:00", kToday)->time, kToday);
}

TEST(ParseDateTest, Words_CountFromNow) {
  EXPECT_EQ(IsoOf("30+ days ago"), "2026-02-08");
  EXPECT_EQ(IsoOf("Posted yesterday"), "2026-03-09");
  EXPECT_EQ(IsoOf("Posted Today"), "2026-03-10");
  EXPECT_EQ(IsoOf("3 weeks ago"), "2026-02-17");
  EXPECT_TRUE(ParseDate("5 days ago", kToday)->relative);
}

TEST(ParseDateTest, DoubtfulAndImpossible_AreNull) {
  for (const char* text : {"03/04/2004", "31 February 2026", "2026-13-01", "soon", "", "12345"})
    EXPECT_EQ(IsoOf(text), "") << text;
}

TEST(FindDeadlineTest, LabelledDate_IsFound) {
  const std::string text = "How to apply\nAPPLICATION DEADLINE: 26 January 2004\n";
  const auto found = FindDeadline(text);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->value.iso, "2004-01-26");
  EXPECT_EQ(text.substr(found->evidence.range.begin, 15), "26 January 2004");
  EXPECT_FALSE(FindDeadline("We meet every deadline.").has_value());
}

}  // namespace
}  // namespace jobmesh::scraper::refine
