// What stands between requests and policy, one by one.

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/session/content_form.h"
#include "gateway/session/idempotency.h"
#include "gateway/session/traffic.h"

namespace jobmesh::gateway::session {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

http::Request RequestWith(const Pairs& headers, const std::string& method = "GET") {
  http::Request request;
  request.method = method;
  request.remote_address = "2001:db8::1";
  for (const auto& [name, value] : headers) {
    request.headers.Add(name, value);
  }
  return request;
}

std::string ValueOf(const http::Response& response, std::string_view name) {
  return std::string(response.headers.Find(name).value_or(""));
}

TEST(IdempotencyKeyTest, QuotedAndBare_AreOneKey) {
  const std::pair<std::string, std::string> rows[] = {
      {"abc", "abc"},
      {"\"abc\"", "abc"},
      {"a b", "a b"},
      {"\"a\\\"b\\\\c\"", "a\"b\\c"},
      {"a\"b", "a\"b"},
      {std::string(255, 'k'), std::string(255, 'k')},
      {"\"" + std::string(255, 'k') + "\"", std::string(255, 'k')},
  };
  for (const auto& [field, key] : rows) {
    const auto parsed = ParseIdempotencyKey(field);
    ASSERT_TRUE(parsed.ok()) << field;
    EXPECT_EQ(*parsed, key);
  }
}

TEST(IdempotencyKeyTest, AnythingElse_IsRefused) {
  for (const std::string& field :
       {std::string(), std::string("\""), std::string("\"\""), std::string("\"a"),
        std::string("\"a\"b"), std::string("\"a\\"), std::string("a\tb"),
        std::string("caf\xc3\xa9"), std::string(256, 'k')}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseIdempotencyKey(field).status())) << field;
  }
}

TEST(ChooseFormTest, LongText_IsCodedForWhoTakesIt) {
  http::Response response = http::MakeResponse(200, "application/json", std::string(3000, 'x'));
  response.headers.Add("ETag", "\"v1\"");
  ChooseForm(RequestWith({{"Accept-Encoding", "gzip"}}), response);
  EXPECT_EQ(ValueOf(response, "content-encoding"), "gzip");
  EXPECT_EQ(ValueOf(response, "vary"), "Accept-Encoding");
  EXPECT_EQ(ValueOf(response, "etag"), "\"v1-gzip\"");
  EXPECT_LT(response.body.size(), 100u);
}

TEST(ChooseFormTest, ShortOrOtherBodies_StayAsTheyAre) {
  for (const auto& [type, size] : {std::pair<const char*, size_t>{"application/json", 1000},
                                   {"image/png", 5000},
                                   {"application/json", 0}}) {
    http::Response response = http::MakeResponse(200, type, std::string(size, 'x'));
    ChooseForm(RequestWith({{"Accept-Encoding", "gzip"}}), response);
    EXPECT_EQ(ValueOf(response, "content-encoding"), "");
    EXPECT_EQ(response.body.size(), size);
  }
}

TEST(ChooseFormTest, ATagOfTheService_Gives304OnGetOnly) {
  for (const auto& [method, status] :
       {std::pair<const char*, int>{"GET", 304}, {"HEAD", 304}, {"POST", 200}}) {
    http::Response response = http::MakeResponse(200, "application/json", "{}");
    response.headers.Add("ETag", "\"v1\"");
    ChooseForm(RequestWith({{"If-None-Match", "\"v1\""}}, method), response);
    EXPECT_EQ(response.status, status) << method;
    EXPECT_EQ(response.body.empty(), status == 304);
    EXPECT_EQ(ValueOf(response, "etag"), "\"v1\"");
  }
}

TEST(ClientKeyTest, AUser_CountsAsSuchWhereverTheyAre) {
  EXPECT_EQ(ClientKey(RequestWith({}), runtime::auth::Principal{.user_id = 7}), "user:7");
  EXPECT_EQ(ClientKey(RequestWith({}), std::nullopt), "address:2001:db8::/64");
}

}  // namespace
}  // namespace jobmesh::gateway::session
