#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/session/call_headers.h"
#include "gateway/session/cors.h"
#include "gateway/session/error_response.h"
#include "gateway/transcode/field_error.h"
#include "runtime/errors.h"

namespace jobmesh::gateway::session {
namespace {

using nlohmann::json;
using runtime::Error;
using runtime::ErrorReason;
using ::testing::Contains;

using ::testing::Pair;
using Pairs = std::vector<std::pair<std::string, std::string>>;

http::Request MakeRequest(const Pairs& headers, const std::string& method = "GET") {
  http::Request request;
  request.method = method;
  request.target = "/v1/jobs";
  request.remote_address = "192.0.2.7";
  for (const auto& [name, value] : headers) {
    request.headers.Add(name, value);
  }
  return request;
}

std::string HeaderOf(const http::Response& response, std::string_view name) {
  return std::string(response.headers.Find(name).value_or(""));
}

Pairs FieldsOf(const http::Response& response) {
  Pairs fields;
  for (const http::Headers::Field field : response.headers) {
    fields.emplace_back(std::string(field.name), std::string(field.value));
  }
  return fields;
}

std::string ValueOf(const Pairs& headers, const std::string& name) {
  for (const auto& [key, value] : headers) {
    if (key == name) {
      return value;
    }
  }
  return "";
}

TEST(HttpStatusTest, EveryCode_HasItsStatus) {
  const std::pair<absl::StatusCode, int> rows[] = {
      {absl::StatusCode::kOk, 200},
      {absl::StatusCode::kCancelled, 499},
      {absl::StatusCode::kUnknown, 500},
      {absl::StatusCode::kInvalidArgument, 422},
      {absl::StatusCode::kDeadlineExceeded, 504},
      {absl::StatusCode::kNotFound, 404},
      {absl::StatusCode::kAlreadyExists, 409},
      {absl::StatusCode::kPermissionDenied, 403},
      {absl::StatusCode::kResourceExhausted, 429},
      {absl::StatusCode::kFailedPrecondition, 400},
      {absl::StatusCode::kAborted, 409},
      {absl::StatusCode::kOutOfRange, 400},
      {absl::StatusCode::kUnimplemented, 501},
      {absl::StatusCode::kInternal, 500},
      {absl::StatusCode::kUnavailable, 503},
      {absl::StatusCode::kDataLoss, 500},
      {absl::StatusCode::kUnauthenticated, 401},
  };
  for (const auto& [code, status] : rows) {
    EXPECT_EQ(HttpStatusOf(code, 422), status) << absl::StatusCodeToString(code);
  }
  EXPECT_EQ(HttpStatusOf(absl::StatusCode::kInvalidArgument, 400), 400);
}

TEST(ErrorResponseTest, Body_IsInTheStyleOfTheFamily) {
  const absl::Status status = Error(absl::StatusCode::kNotFound, ErrorReason::USER_NOT_FOUND,
                                    "User not found", {{"details", "more"}});
  const struct {
    options::v1::ErrorStyle style;
    json body;
  } rows[] = {
      {options::v1::MSG, {{"msg", "User not found"}}},
      {options::v1::MESSAGE, {{"message", "User not found"}}},
      {options::v1::DETAIL, {{"detail", "User not found"}}},
      {options::v1::ERROR, {{"error", "User not found"}, {"details", "more"}}},
      {options::v1::PROBLEM,
       {{"type", "about:blank"},
        {"title", "Not Found"},
        {"status", 404},
        {"detail", "User not found"},
        {"code", "NotFound"},
        {"reason", "USER_NOT_FOUND"},
        {"metadata", {{"details", "more"}}}}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(options::v1::ErrorStyle_Name(row.style));
    const http::Response response = ErrorResponse(status, row.style, 400);
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(json::parse(response.body), row.body);
    EXPECT_EQ(HeaderOf(response, "content-type"),
              row.style == options::v1::PROBLEM ? "application/problem+json" : "application/json");
  }
}

TEST(ErrorResponseTest, AFieldErrorOfTheRequest_IsNamedInTheProblem) {
  const absl::Status status = transcode::FieldErrorStatus(
      {.location = "body", .field = "skills[2]", .message = "expected a string"});
  const http::Response response = ErrorResponse(status, options::v1::PROBLEM, 422);
  EXPECT_EQ(response.status, 422);
  const json body = json::parse(response.body);
  EXPECT_EQ(body["reason"], "INVALID_FIELD");
  EXPECT_EQ(
      body["errors"],
      json::array(
          {{{"field", "skills[2]"}, {"location", "body"}, {"description", "expected a string"}}}));
}

TEST(ErrorResponseTest, AnErrorWithoutText_SaysWhatTheStatusSays) {
  const http::Response response = ErrorResponse(absl::NotFoundError(""), options::v1::MSG, 400);
  EXPECT_EQ(json::parse(response.body), json({{"msg", "Not Found"}}));
}

TEST(ErrorResponseTest, TextThatIsNotUtf8_StillGivesJson) {
  const http::Response response =
      ErrorResponse(absl::NotFoundError("caf\xe9"), options::v1::MSG, 400);
  EXPECT_TRUE(json::accept(response.body));
}

TEST(ErrorResponseTest, RetryAfter_ComesWith429And503Only) {
  const auto busy = Error(absl::StatusCode::kResourceExhausted, ErrorReason::LOGIN_THROTTLED,
                          "Later", {{"retry_after_seconds", "30"}});
  EXPECT_EQ(HeaderOf(ErrorResponse(busy, options::v1::MSG, 400), "retry-after"), "30");
  EXPECT_EQ(
      HeaderOf(ErrorResponse(absl::UnavailableError("x"), options::v1::MSG, 400), "retry-after"),
      "1");
  EXPECT_EQ(HeaderOf(ErrorResponse(absl::InternalError("x"), options::v1::MSG, 400), "retry-after"),
            "");
}

TEST(ErrorResponseTest, AServiceMaySayAStatusThatNoCodeMeans) {
  const auto stated = [](const std::string& http_status) {
    return ErrorResponse(Error(absl::StatusCode::kFailedPrecondition, ErrorReason::NOT_PERMITTED,
                               "It stays", {{"http_status", http_status}, {"allow", "GET, PUT"}}),
                         options::v1::DETAIL, 400);
  };
  EXPECT_EQ(stated("405").status, 405);
  EXPECT_EQ(HeaderOf(stated("405"), "allow"), "GET, PUT");
  EXPECT_EQ(stated("405").body, R"({"detail":"It stays"})");
  EXPECT_EQ(stated("502").status, 502);
  EXPECT_EQ(HeaderOf(stated("502"), "allow"), "");
  for (const char* nonsense : {"200", "399", "600", "", "x"}) {
    EXPECT_EQ(stated(nonsense).status, 400) << nonsense;
  }
}

TEST(ErrorResponseTest, A401_TellsHowToSignIn) {
  const http::Response response =
      ErrorResponse(absl::UnauthenticatedError("x"), options::v1::MSG, 400);
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(HeaderOf(response, "www-authenticate"), "Bearer");
}

TEST(ErrorResponseTest, AnEdgeError_IsReadableByEveryFamily) {
  const http::Response response = EdgeError(404, "No such path");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(json::parse(response.body), json({{"type", "about:blank"},
                                              {"title", "Not Found"},
                                              {"status", 404},
                                              {"detail", "No such path"},
                                              {"msg", "No such path"}}));
}

TEST(CorsTest, Preflight_IsOptionsWithOriginAndRequestedMethod) {
  const Pairs asked{{"Origin", "https://a.example"}, {"Access-Control-Request-Method", "POST"}};
  EXPECT_TRUE(Cors::IsPreflight(MakeRequest(asked, "OPTIONS")));
  EXPECT_FALSE(Cors::IsPreflight(MakeRequest(asked, "GET")));
  EXPECT_FALSE(Cors::IsPreflight(MakeRequest({{"Origin", "https://a.example"}}, "OPTIONS")));
  EXPECT_FALSE(
      Cors::IsPreflight(MakeRequest({{"Access-Control-Request-Method", "POST"}}, "OPTIONS")));
}

TEST(CorsTest, AListedOrigin_MayCallWithCredentials) {
  const Cors cors({"https://a.example", "https://b.example"});
  const http::Request request = MakeRequest({{"Origin", "https://b.example"}}, "OPTIONS");
  http::Response response = cors.Preflight(request, {"GET", "POST"});
  cors.Mark(request, response.headers);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(HeaderOf(response, "access-control-allow-origin"), "https://b.example");
  EXPECT_EQ(HeaderOf(response, "access-control-allow-credentials"), "true");
  EXPECT_EQ(HeaderOf(response, "access-control-allow-methods"), "GET, POST");
  EXPECT_THAT(HeaderOf(response, "access-control-allow-headers"),
              ::testing::HasSubstr("Authorization"));
  EXPECT_EQ(HeaderOf(response, "vary"), "Origin");
}

TEST(CorsTest, OtherOrigins_AreToldNothing) {
  const Cors cors({"https://a.example"});
  for (const char* origin :
       {"https://evil.example", "https://a.example.evil.example", "http://a.example", "null"}) {
    const http::Request request = MakeRequest({{"Origin", origin}}, "OPTIONS");
    http::Response response = cors.Preflight(request, {"GET"});
    cors.Mark(request, response.headers);
    EXPECT_THAT(FieldsOf(response), ::testing::ElementsAre(Pair("Vary", "Origin"))) << origin;
  }
}

TEST(CorsTest, Mark_AddsTheOriginToResponsesOfListedOriginsOnly) {
  const Cors cors({"https://a.example"});
  http::Response allowed;
  cors.Mark(MakeRequest({{"Origin", "https://a.example"}}), allowed.headers);
  EXPECT_EQ(HeaderOf(allowed, "access-control-allow-origin"), "https://a.example");
  EXPECT_THAT(HeaderOf(allowed, "access-control-expose-headers"),
              ::testing::HasSubstr("X-Request-ID"));
  http::Response same_origin;
  cors.Mark(MakeRequest({}), same_origin.headers);
  EXPECT_THAT(FieldsOf(same_origin), ::testing::ElementsAre(Pair("Vary", "Origin")));
  http::Response unmarked;
  Cors({}).Mark(MakeRequest({{"Origin", "https://a.example"}}), unmarked.headers);
  EXPECT_TRUE(unmarked.headers.empty());
}

TEST(ErrorResponseTest, ValidationErrors_ListWhatIsWrongInTheStylesThatSaySo) {
  const absl::Status field =
      transcode::FieldErrorStatus({.location = "query", .field = "limit", .message = "too large"});
  EXPECT_EQ(ErrorResponse(field, options::v1::MESSAGE, 400).body,
            R"({"message":"Bad Request","details":[{"loc":["query","limit"],"msg":"too large",)"
            R"("type":"value_error"}]})");
  EXPECT_EQ(ErrorResponse(field, options::v1::DETAIL, 422).body,
            R"({"detail":[{"loc":["query","limit"],"msg":"too large","type":"value_error"}]})");
  EXPECT_EQ(ErrorResponse(field, options::v1::DETAIL, 400).body,
            R"({"detail":"limit: too large"})");
  const absl::Status list =
      runtime::Error(absl::StatusCode::kInvalidArgument, runtime::ErrorReason::INVALID_FIELD,
                     "two fields are missing", {{"details", R"([{"loc":["body","a"]}])"}});
  EXPECT_EQ(ErrorResponse(list, options::v1::MESSAGE, 400).body,
            R"({"message":"Bad Request","details":[{"loc":["body","a"]}]})");
}

TEST(TokenOfTest, Token_ComesFromBearerOrCookie) {
  const struct {
    Pairs headers;
    std::string token;
  } rows[] = {
      {{}, ""},
      {{{"Authorization", "Bearer abc"}}, "abc"},
      {{{"Authorization", "bearer abc"}}, "abc"},
      {{{"Authorization", "Basic abc"}}, ""},
      {{{"Authorization", "Bearer "}}, ""},
      {{{"Cookie", "authorization=abc"}}, "abc"},
      {{{"Cookie", "theme=dark; authorization=a=b; x=y"}}, "a=b"},
      {{{"Cookie", "xauthorization=abc"}}, ""},
      {{{"Cookie", "authorization"}}, ""},
      {{{"Authorization", "Bearer header"}, {"Cookie", "authorization=cookie"}}, "header"},
      {{{"Authorization", "Basic x"}, {"Cookie", "authorization=cookie"}}, "cookie"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(TokenOf(MakeRequest(row.headers)), row.token)
        << (row.headers.empty() ? "" : row.headers[0].first + ": " + row.headers[0].second);
  }
}

TEST(RequestIdTest, ASaneId_IsKept) {
  EXPECT_EQ(RequestIdOf(MakeRequest({{"X-Request-ID", "abc-123"}})), "abc-123");
  EXPECT_EQ(RequestIdOf(MakeRequest({{"X-Request-ID", std::string(128, 'x')}})),
            std::string(128, 'x'));
}

TEST(RequestIdTest, AnythingElse_IsReplacedByANewOne) {
  for (const std::string& given :
       {std::string(), std::string(129, 'x'), std::string("a b"), std::string("a\tb"),
        std::string("caf\xc3\xa9"), std::string("a\x7f")}) {
    const std::string id = RequestIdOf(MakeRequest({{"X-Request-ID", given}}));
    EXPECT_NE(id, given);
    EXPECT_EQ(id.size(), 32u);
  }
  EXPECT_NE(RequestIdOf(MakeRequest({})), RequestIdOf(MakeRequest({})));
}

TEST(CallHeadersTest, OnlyListedHeaders_ReachTheServices) {
  const runtime::telemetry::TraceContext trace = runtime::telemetry::TraceContext::New();
  const Pairs headers = CallHeaders(MakeRequest({{"Host", "jobs.example"},
                                                 {"Accept-Language", "en"},
                                                 {"Idempotency-Key", "k"},
                                                 {"User-Agent", "curl/8"},
                                                 {"Cookie", "authorization=abc"},
                                                 {"X-Jobmesh-Mesh-Token", "forged"},
                                                 {"X-Anything", "else"},
                                                 {"grpc-timeout", "1S"}}),
                                    "abc", "r-1", trace);
  EXPECT_THAT(headers,
              ::testing::UnorderedElementsAre(
                  Pair("x-request-id", "r-1"), Pair("traceparent", trace.Header()),
                  Pair("authorization", "Bearer abc"), Pair("x-forwarded-for", "192.0.2.7"),
                  Pair("x-forwarded-host", "jobs.example"), Pair("x-forwarded-proto", "http"),
                  Pair("accept-language", "en"), Pair("idempotency-key", "k"),
                  Pair("x-forwarded-user-agent", "curl/8")));
}

TEST(CallHeadersTest, NamedCookies_ReachTheServices) {
  const http::Request request =
      MakeRequest({{"Cookie", "theme=dark; user-info=abc; authorization=t"}});
  Pairs headers;
  AddCookies(request, {"authorization", "user-info"}, headers);
  EXPECT_THAT(headers, ::testing::ElementsAre(Pair("cookie", "authorization=t; user-info=abc")));
  headers.clear();
  AddCookies(request, {"other"}, headers);
  AddCookies(request, {}, headers);
  EXPECT_TRUE(headers.empty());
}

TEST(CallHeadersTest, ForwardedFor_GetsThePeerAppended) {
  http::Request request = MakeRequest({{"X-Forwarded-For", "203.0.113.1, 198.51.100.2"}});
  request.is_tls = true;
  const Pairs headers = CallHeaders(request, "", "r-1", runtime::telemetry::TraceContext::New());
  EXPECT_EQ(ValueOf(headers, "x-forwarded-for"), "203.0.113.1,198.51.100.2,192.0.2.7");
  EXPECT_EQ(ValueOf(headers, "x-forwarded-proto"), "https");
  EXPECT_EQ(ValueOf(headers, "authorization"), "");
}

TEST(CallHeadersTest, ValuesThatGrpcRefuses_AreLeftOut) {
  const Pairs headers =
      CallHeaders(MakeRequest({{"Accept-Language", "caf\xc3\xa9"}, {"Host", "a b"}}), "to ken",
                  "r-1", runtime::telemetry::TraceContext::New());
  EXPECT_EQ(ValueOf(headers, "accept-language"), "");
  EXPECT_EQ(ValueOf(headers, "x-forwarded-host"), "");
  EXPECT_EQ(ValueOf(headers, "authorization"), "");
}

}  // namespace
}  // namespace jobmesh::gateway::session
