#include "scraper-service/tasks/cron.h"

#include "gtest/gtest.h"

namespace jobmesh::scraper::tasks {
namespace {

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%S", text, &time, &error)) << error;
  return time;
}

std::string NextOf(const std::string& cron, const std::string& after) {
  const auto parsed = Cron::Parse(cron);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", parsed->Next(At(after)), absl::UTCTimeZone());
}

TEST(CronTest, NextSlot) {
  EXPECT_EQ(NextOf("0 * * * *", "2026-11-22 22:00:00"), "2026-11-22 23:00:00");
  EXPECT_EQ(NextOf("0 * * * *", "2026-11-22 22:59:59"), "2026-11-22 23:00:00");
  EXPECT_EQ(NextOf("*/15 * * * *", "2026-11-22 22:50:10"), "2026-11-22 23:00:00");
  EXPECT_EQ(NextOf("5-20/5 3 * * *", "2026-11-22 03:10:00"), "2026-11-22 03:15:00");
  EXPECT_EQ(NextOf("30 2 * * *", "2026-12-31 02:30:00"), "2027-01-01 02:30:00");
  EXPECT_EQ(NextOf("0 9 * * MON-FRI", "2026-11-21 00:00:00"), "2026-11-23 09:00:00");
  EXPECT_EQ(NextOf("0 0 * * 7", "2026-11-21 00:00:00"), "2026-11-22 00:00:00");
  EXPECT_EQ(NextOf("0 0 29 feb *", "2026-11-22 00:00:00"), "2028-02-29 00:00:00");
  EXPECT_EQ(NextOf("1,2,59 23 * * *", "2026-11-22 23:02:00"), "2026-11-22 23:59:00");
  EXPECT_EQ(NextOf("@daily", "2026-11-22 23:02:00"), "2026-11-23 00:00:00");
  EXPECT_EQ(NextOf("@every 90s", "2026-11-22 00:00:00"), "2026-11-22 00:01:30");
}

TEST(CronTest, EitherDayFieldSufficesWhereBothAreRestricted) {
  EXPECT_EQ(NextOf("0 0 13 * FRI", "2026-11-22 00:00:00"), "2026-11-27 00:00:00");
  EXPECT_EQ(NextOf("0 0 13 * FRI", "2026-12-11 00:00:00"), "2026-12-13 00:00:00");
}

TEST(CronTest, NeverIsInfinite) {
  EXPECT_EQ(Cron::Parse("0 0 31 2 *")->Next(At("2026-11-22 00:00:00")), absl::InfiniteFuture());
}

TEST(CronTest, LatestSlotOfAnOutage) {
  const auto hourly = Cron::Parse("@hourly");
  EXPECT_EQ(hourly->Latest(At("2026-11-22 01:00:00"), At("2026-11-22 04:30:00")),
            At("2026-11-22 04:00:00"));
  EXPECT_EQ(hourly->Latest(At("2026-11-22 04:00:00"), At("2026-11-22 04:30:00")), std::nullopt);
  const auto every = Cron::Parse("@every 10s");
  EXPECT_EQ(every->Latest(At("2000-01-01 00:00:00"), At("2026-11-22 04:30:09")),
            At("2026-11-22 04:30:00"));
}

TEST(CronTest, MalformedTextIsRefused) {
  for (const char* text : {"", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *",
                           "* * * * 8", "5-1 * * * *", "*/0 * * * *", "a * * * *", "1-2-3 * * * *",
                           "1/2/3 * * * *", ", * * * *", "@every", "@every 0s", "@yearly"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Cron::Parse(text).status())) << text;
  }
}

}  // namespace
}  // namespace jobmesh::scraper::tasks
