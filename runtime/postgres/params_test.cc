#include "runtime/postgres/params.h"

#include "gmock/gmock.h"

namespace jobmesh::runtime::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ParamsTest, MakeParams_WritesEachTypeAsPostgresReadsIt) {
  const std::optional<int> absent;
  const std::optional<std::string> present = "x";
  EXPECT_THAT(MakeParams(7, int64_t{-9'000'000'000}, true, 0.1, "text", std::string_view("view"),
                         nullptr, absent, present, std::vector<int>{1, 2}),
              ElementsAre("7", "-9000000000", "t", "0.1", "text", "view", std::nullopt,
                          std::nullopt, "x", "{1,2}"));
}

TEST(ParamsTest, Durations_BecomeWholeMilliseconds) {
  EXPECT_EQ(ToParam(absl::Seconds(90) + absl::Microseconds(700)), "90000 milliseconds");
}

TEST(ParamsTest, Bytes_BecomeHexadecimal) {
  EXPECT_EQ(ToParam(Bytes{std::string_view("\0\xff", 2)}), "\\x00ff");
}

TEST(ParamsTest, TextArray_RoundTripsAwkwardElements) {
  const std::vector<std::string> elements = {"", "a,b", "c\"d", "e\\f", "{g}", "NULL", " h "};
  EXPECT_EQ(ParseTextArray(TextArray(elements)), elements);
}

TEST(ParamsTest, ParseTextArray_ReadsUnquotedElementsAndNull) {
  EXPECT_THAT(ParseTextArray("{c++,NULL,\"x y\"}"), ElementsAre("c++", "", "x y"));
  EXPECT_THAT(ParseTextArray("{}"), IsEmpty());
}

TEST(ParamsTest, ParseTextArray_SurvivesMalformedText) {
  for (const char* text : {"", "{", "}", "{\"", "{\"a", "{a", "{\\", "{,", "{\"a\"b}"}) {
    ParseTextArray(text);
  }
}

TEST(ParamsTest, Timestamp_RoundTripsMicroseconds) {
  const absl::Time time = absl::FromUnixMicros(1'800'000'000'123'456);
  EXPECT_EQ(TimestampText(time), "2027-01-15 08:00:00.123456+00");
  EXPECT_EQ(ParseTimestamp(TimestampText(time)), time);
  EXPECT_EQ(ParseTimestamp("2027-01-15 08:00:00+00"), absl::FromUnixSeconds(1'800'000'000));
  EXPECT_EQ(ParseTimestamp(TimestampText(absl::InfiniteFuture())), absl::InfiniteFuture());
  EXPECT_EQ(ParseTimestamp("yesterday"), std::nullopt);
}

}  // namespace
}  // namespace jobmesh::runtime::postgres
