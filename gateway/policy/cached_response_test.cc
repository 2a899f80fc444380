#include "gateway/policy/cached_response.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace jobmesh::gateway::policy {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

CachedResponse::Source MakeSource(std::string body) {
  CachedResponse::Source source;
  source.route = "/v1/jobs";
  source.content_type = "application/json";
  source.body = std::move(body);
  source.max_age = absl::Seconds(2);
  source.time = kNow;
  return source;
}

http::Request MakeRequest(const std::vector<std::pair<std::string, std::string>>& headers) {
  http::Request request;
  request.method = "GET";
  for (const auto& [name, value] : headers) {
    request.headers.Add(name, value);
  }
  return request;
}

std::string Header(const http::Response& response, std::string_view name) {
  return std::string(response.headers.Find(name).value_or(""));
}

TEST(CachedResponseTest, AnAnswer_SaysHowOldItIsAndHowLongItMayBeKept) {
  const CachedResponse cached(MakeSource("{}"));
  const http::Response response =
      cached.Answer(MakeRequest({}), CacheResult::kHit, kNow + absl::Milliseconds(1900));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content(), "{}");
  EXPECT_EQ(Header(response, "content-type"), "application/json");
  EXPECT_EQ(Header(response, "cache-control"), "public, max-age=2");
  EXPECT_EQ(Header(response, "age"), "1");
  EXPECT_EQ(Header(response, "x-cache"), "hit");
  EXPECT_EQ(Header(response, "vary"), "Accept-Encoding");
  EXPECT_EQ(Header(response, "etag"), "\"44136fa355b3678a1146ad16f7e8649e\"");
}

TEST(CachedResponseTest, TheTagTheClientHas_Gives304WithoutBody) {
  const CachedResponse cached(MakeSource("{}"));
  const std::string etag = Header(cached.Answer(MakeRequest({}), CacheResult::kHit, kNow), "etag");
  const http::Response response =
      cached.Answer(MakeRequest({{"If-None-Match", etag}}), CacheResult::kMiss, kNow);
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(response.content(), "");
  EXPECT_EQ(Header(response, "etag"), etag);
  EXPECT_EQ(Header(response, "cache-control"), "public, max-age=2");
  EXPECT_EQ(Header(response, "content-type"), "");
  EXPECT_EQ(
      cached.Answer(MakeRequest({{"If-None-Match", "\"else\""}}), CacheResult::kHit, kNow).status,
      200);
}

TEST(CachedResponseTest, Gzip_IsARepresentationWithATagOfItsOwn) {
  const CachedResponse cached(MakeSource(std::string(5000, 'x')));
  const http::Response plain = cached.Answer(MakeRequest({}), CacheResult::kHit, kNow);
  const http::Response coded =
      cached.Answer(MakeRequest({{"Accept-Encoding", "gzip"}}), CacheResult::kHit, kNow);
  EXPECT_EQ(Header(plain, "content-encoding"), "");
  EXPECT_EQ(Header(coded, "content-encoding"), "gzip");
  EXPECT_LT(coded.content().size(), 200u);
  EXPECT_NE(Header(coded, "etag"), Header(plain, "etag"));
  EXPECT_EQ(Header(coded, "vary"), "Accept-Encoding");
  // The tag of one form does not stand for the other.
  const auto again = [&](const http::Response& has, const char* accepts) {
    return cached
        .Answer(MakeRequest({{"Accept-Encoding", accepts}, {"If-None-Match", Header(has, "etag")}}),
                CacheResult::kHit, kNow)
        .status;
  };
  EXPECT_EQ(again(coded, "gzip"), 304);
  EXPECT_EQ(again(coded, "identity"), 200);
  EXPECT_EQ(again(plain, "gzip"), 200);
  EXPECT_EQ(again(plain, "identity"), 304);
}

TEST(CachedResponseTest, SmallBodies_AreCodedOnlyWhereTheyMust) {
  const CachedResponse cached(MakeSource(std::string(900, 'x')));
  EXPECT_EQ(
      Header(cached.Answer(MakeRequest({{"Accept-Encoding", "gzip"}}), CacheResult::kHit, kNow),
             "content-encoding"),
      "");
  EXPECT_EQ(Header(cached.Answer(MakeRequest({{"Accept-Encoding", "gzip, identity;q=0"}}),
                                 CacheResult::kHit, kNow),
                   "content-encoding"),
            "gzip");
}

TEST(CachedResponseTest, HeadersOfTheService_AreKeptAndTheirPolicyCounts) {
  CachedResponse::Source source = MakeSource("{}");
  source.headers = {
      {"etag", "\"v7\""}, {"cache-control", "public, max-age=9"}, {"x-jobmesh-a", "1"}};
  source.vary = {"Accept-Language"};
  const CachedResponse cached(std::move(source));
  const http::Response response = cached.Answer(MakeRequest({}), CacheResult::kHit, kNow);
  EXPECT_EQ(Header(response, "etag"), "\"v7\"");
  EXPECT_EQ(Header(response, "cache-control"), "public, max-age=9");
  EXPECT_EQ(Header(response, "x-jobmesh-a"), "1");
  EXPECT_EQ(Header(response, "vary"), "Accept-Language, Accept-Encoding");
}

TEST(CachedResponseTest, NewerDataElsewhere_OutdatesIt) {
  const auto newest = std::make_shared<DataVersion>();
  newest->Note(7, kNow);
  CachedResponse::Source source = MakeSource("{}");
  source.data_version = 7;
  source.newest_version = newest;
  const CachedResponse cached(std::move(source));
  EXPECT_FALSE(cached.is_outdated());
  newest->Note(6, kNow);
  EXPECT_FALSE(cached.is_outdated());
  newest->Note(8, kNow);
  EXPECT_TRUE(cached.is_outdated());
}

TEST(DataVersionTest, AfterARestore_LowerNumbersCountAgain) {
  DataVersion version;
  version.Note(100, kNow);
  version.Note(3, kNow + absl::Seconds(30));
  EXPECT_EQ(version.newest(), 100);
  version.Note(3, kNow + absl::Seconds(31));
  EXPECT_EQ(version.newest(), 3);
}

}  // namespace
}  // namespace jobmesh::gateway::policy
