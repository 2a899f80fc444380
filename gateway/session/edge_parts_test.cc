#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/session/call_deadline.h"
#include "gateway/session/call_metadata.h"
#include "gateway/session/media_type.h"
#include "gateway/session/socket_limit.h"

namespace jobmesh::gateway::session {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

http::Request With(const HeaderList& headers) {
  http::Request request;
  for (const auto& [name, value] : headers) {
    request.headers.Add(name, value);
  }
  return request;
}

TEST(NegotiateTest, TheBestQualityWins_OfEqualsTheFirst) {
  constexpr std::string_view kOffered[] = {kJsonType, kNdjsonType, kEventStreamType};
  const struct {
    const char* accept;
    int chosen;  // -1: none
  } rows[] = {
      {"", 0},
      {"*/*", 0},
      {"application/*", 0},
      {"text/event-stream", 2},
      {"TEXT/Event-Stream", 2},
      {"text/*", 2},
      {"application/x-ndjson, application/json", 0},
      {"application/x-ndjson, application/json;q=0.9", 1},
      {"application/json;q=0.5, text/event-stream;q=0.7, */*;q=0.1", 2},
      {"application/json;q=0, */*", 1},
      {"application/json ; charset=utf-8 ; q=0.2 , application/x-ndjson;q=0.3", 1},
      {"application/json;q=x", -1},
      {"application/json;q=0", -1},
      {"text/html", -1},
      {",,", -1},
      {"application", -1},
      {"app/*", -1},
  };
  for (const auto& row : rows) {
    const std::optional<size_t> chosen = Negotiate(row.accept, kOffered);
    EXPECT_EQ(chosen ? static_cast<int>(*chosen) : -1, row.chosen) << row.accept;
  }
  EXPECT_EQ(Negotiate(std::nullopt, kOffered), 0u);
}

TEST(MediaTypeTest, JsonAndLines_AreKnownByTheirNames) {
  for (const char* type : {"", "application/json", "Application/JSON; charset=utf-8",
                           "application/merge-patch+json"}) {
    EXPECT_TRUE(IsJsonType(type)) << type;
  }
  EXPECT_FALSE(IsJsonType("text/plain"));
  EXPECT_FALSE(IsJsonType("application/jsonx"));
  EXPECT_TRUE(IsNdjsonType("application/x-ndjson; charset=utf-8"));
  EXPECT_FALSE(IsNdjsonType("application/json"));
}

TEST(DeadlineTest, G12_UnitsOfGrpcTimeout) {
  const struct {
    const char* text;
    absl::Duration timeout;
  } rows[] = {
      {"1H", absl::Hours(1)},        {"2M", absl::Minutes(2)},
      {"3S", absl::Seconds(3)},      {"10m", absl::Milliseconds(10)},
      {"7u", absl::Microseconds(7)}, {"9n", absl::Nanoseconds(9)},
      {"0S", absl::ZeroDuration()},  {"99999999m", absl::Milliseconds(99999999)},
  };
  for (const auto& row : rows) {
    const auto deadline = DeadlineOf(With({{"Grpc-Timeout", row.text}}), absl::InfiniteDuration());
    ASSERT_TRUE(deadline.ok()) << row.text;
    EXPECT_EQ(deadline->timeout, row.timeout) << row.text;
    EXPECT_TRUE(deadline->is_callers);
  }
  for (const char* text : {"", "1", "m", "S1", "1 S", "-1S", "+1S", "1.5S", "1s", "1x",
                           "123456789m", "INVALID", "1SS", "0x1S"}) {
    EXPECT_FALSE(DeadlineOf(With({{"grpc-timeout", text}}), absl::Seconds(1)).ok()) << text;
  }
}

TEST(DeadlineTest, SecondsOfXRequestTimeout) {
  const struct {
    const char* text;
    absl::Duration timeout;
  } rows[] = {{"2", absl::Seconds(2)},
              {"1.5", absl::Milliseconds(1500)},
              {"3s", absl::Seconds(3)},
              {"250ms", absl::Milliseconds(250)}};
  for (const auto& row : rows) {
    const auto deadline = DeadlineOf(With({{"X-Request-Timeout", row.text}}), absl::Hours(1));
    ASSERT_TRUE(deadline.ok()) << row.text;
    EXPECT_EQ(deadline->timeout, row.timeout) << row.text;
  }
  for (const char* text :
       {"", "s", "ms", "-1", "1e3", "inf", "nan", ".5", "1.", "1m", "1 s", "12345678901234567"}) {
    EXPECT_FALSE(DeadlineOf(With({{"X-Request-Timeout", text}}), absl::Seconds(1)).ok()) << text;
  }
}

TEST(DeadlineTest, TheLeastOfAllCounts) {
  const auto both =
      DeadlineOf(With({{"Grpc-Timeout", "5S"}, {"X-Request-Timeout", "3"}}), absl::Seconds(15));
  EXPECT_EQ(both->timeout, absl::Seconds(3));
  EXPECT_TRUE(both->is_callers);
  const auto longer = DeadlineOf(With({{"Grpc-Timeout", "1H"}}), absl::Seconds(15));
  EXPECT_EQ(longer->timeout, absl::Seconds(15));
  EXPECT_FALSE(longer->is_callers);
}

TEST(ClientMetadataTest, G13_G17_OnlyWhatMayPassDoes) {
  HeaderList metadata;
  const http::Request request = With({{"grpc-metadata-FooBar", "v"},
                                      {"Grpc-Metadata-FooBar", "w"},
                                      {"Grpc-Metadata-", "x"},
                                      {"Grpc-Metadata-caf\xc3\xa9", "x"},
                                      {"Grpc-Metadata-A:b", "x"},
                                      {"Grpc-Metadata-Text", "caf\xc3\xa9"},
                                      {"Grpc-Metadata-Te", "x"},
                                      {"Grpc-Metadata-Grpc-Status", "0"},
                                      {"Other", "x"}});
  EXPECT_TRUE(AddClientMetadata(request, metadata).ok());
  EXPECT_THAT(metadata, ElementsAre(Pair("foobar", "v"), Pair("foobar", "w")));
}

TEST(ClientMetadataTest, G14_BinaryValues_AreBase64) {
  HeaderList metadata;
  EXPECT_TRUE(AddClientMetadata(
                  With({{"Grpc-Metadata-A-Bin", "AQI="}, {"Grpc-Metadata-B-Bin", "AQI"}}), metadata)
                  .ok());
  EXPECT_THAT(metadata, ElementsAre(Pair("a-bin", "\x01\x02"), Pair("b-bin", "\x01\x02")));
  EXPECT_FALSE(AddClientMetadata(With({{"Grpc-Metadata-A-Bin", "!"}}), metadata).ok());
}

TEST(AnswerMetadataTest, G16_ListedNamesPass_OthersSayWhereTheyAreFrom) {
  const HeaderList metadata{{"set-cookie", "a=1"}, {"x-jobmesh-note", "n"}, {"colour", "blue"},
                            {"raw-bin", "\x01"},   {"grpc-status", "0"},    {"content-type", "x"}};
  http::Headers headers;
  AddAnswerMetadata(metadata, kMetadataPrefix, headers);
  EXPECT_EQ(headers.size(), 4u);
  EXPECT_EQ(headers.Find("set-cookie"), "a=1");
  EXPECT_EQ(headers.Find("x-jobmesh-note"), "n");
  EXPECT_EQ(headers.Find("Grpc-Metadata-colour"), "blue");
  EXPECT_EQ(headers.Find("Grpc-Metadata-raw-bin"), "AQ==");
  http::Headers trailers;
  AddListedMetadata(metadata, trailers);
  EXPECT_EQ(trailers.size(), 2u);
}

TEST(AnswerMetadataTest, AServiceMaySayAnotherStatusOfSuccess) {
  EXPECT_EQ(SuccessStatusOf({{"x-jobmesh-http-status", "202"}}, 201), 202);
  EXPECT_EQ(SuccessStatusOf({}, 201), 201);
  for (const char* none : {"199", "300", "404", "-202", "2o2", ""}) {
    EXPECT_EQ(SuccessStatusOf({{"x-jobmesh-http-status", none}}, 201), 201) << none;
  }
  http::Headers headers;
  AddAnswerMetadata({{"x-jobmesh-http-status", "202"}}, kMetadataPrefix, headers);
  EXPECT_EQ(headers.size(), 0u);
}

TEST(AnswerMetadataTest, TrailersGoToThoseWhoAsk) {
  EXPECT_TRUE(TakesTrailers(With({{"TE", "trailers"}})));
  EXPECT_TRUE(TakesTrailers(With({{"TE", "deflate, Trailers"}})));
  EXPECT_FALSE(TakesTrailers(With({{"TE", "deflate"}})));
  EXPECT_FALSE(TakesTrailers(With({})));
}

TEST(SocketLimitTest, AUserHasSoManySocketsAndNoMore_OthersAreNotConcerned) {
  SocketLimit limit;
  for (int i = 0; i < SocketLimit::kPerUser; ++i) {
    EXPECT_TRUE(limit.Take(7)) << i;
  }
  EXPECT_FALSE(limit.Take(7));
  EXPECT_TRUE(limit.Take(8));
  limit.Release(7);
  EXPECT_TRUE(limit.Take(7));
  EXPECT_FALSE(limit.Take(7));
}

}  // namespace
}  // namespace jobmesh::gateway::session
