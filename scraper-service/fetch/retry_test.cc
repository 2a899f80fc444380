#include "scraper-service/fetch/retry.h"

#include <gtest/gtest.h>

namespace jobmesh::scraper::fetch {
namespace {

using std::chrono::milliseconds;

TEST(RetryAfterTest, Seconds) {
  const auto now = std::chrono::system_clock::from_time_t(784111777);
  EXPECT_EQ(ParseRetryAfter(" 120 ", now), milliseconds(120'000));
  EXPECT_EQ(ParseRetryAfter("0", now), milliseconds(0));
  EXPECT_EQ(ParseRetryAfter("99999999999999999999", now), std::chrono::hours(24 * 365));
}

TEST(RetryAfterTest, Dates) {
  const auto now = std::chrono::system_clock::from_time_t(784111777);  // 06 Nov 1994 08:49:37
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:50:37 GMT", now), milliseconds(60'000));
  EXPECT_EQ(ParseRetryAfter("Sunday, 06-Nov-94 08:50:37 GMT", now), milliseconds(60'000));
  EXPECT_EQ(ParseRetryAfter("Sun Nov  6 08:50:37 1994", now), milliseconds(60'000));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:00:00 GMT", now), milliseconds(0));
}

TEST(RetryAfterTest, AnythingElse_IsNothing) {
  const auto now = std::chrono::system_clock::now();
  for (const char* text : {"", "soon", "-5", "1.5", "12 seconds"}) {
    EXPECT_FALSE(ParseRetryAfter(text, now).has_value()) << text;
  }
}

TEST(BackoffTest, GrowsToTheCap_WithFullJitter) {
  const Backoff longest(milliseconds(100), milliseconds(1000), [] { return 0.999999; });
  EXPECT_EQ(longest.After(1), milliseconds(99));
  EXPECT_EQ(longest.After(3), milliseconds(399));
  EXPECT_EQ(longest.After(50), milliseconds(999));
  const Backoff shortest(milliseconds(100), milliseconds(1000), [] { return 0.0; });
  EXPECT_EQ(shortest.After(5), milliseconds(0));
}

TEST(TransientTest, OnlyTooManyRequestsAndServerErrors) {
  for (const int status : {429, 500, 502, 503, 599}) EXPECT_TRUE(IsTransientStatus(status));
  for (const int status : {200, 301, 400, 403, 404, 408}) EXPECT_FALSE(IsTransientStatus(status));
}

}  // namespace
}  // namespace jobmesh::scraper::fetch
