// Section G: what clients get back, and what passes between HTTP and gRPC, through a whole gateway
// with a service behind it. Rows of other sections that only a whole gateway can show are here too.

#include <string>
#include <utility>

#include <absl/status/status.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "gateway/session/error_response.h"
#include "gateway/session/health_route.h"
#include "gateway/session/testdata/gateway_fixture.h"
#include "gateway/transcode/testdata/tables.h"
#include "gateway/transcode/wire_to_json.h"

namespace jobmesh::gateway::rule_cases {
namespace {

using nlohmann::json;
using session::testing::RawClient;
using session::testing::RawResponse;
using session::testing::WaitFor;
using ::testing::HasSubstr;
using transcode::TestTable;
using transcode::WireOf;

class Answers : public session::testing::GatewayFixture {};

std::string Print(const std::string& wire, const std::string& type) {
  std::string text;
  const absl::Status status = transcode::WireToJson(TestTable(type), wire, {}, &text);
  return status.ok() ? text : status.ToString();
}

// The answer where the field alone is the body.
std::string PrintField(const std::string& message, const std::string& field) {
  std::string text;
  const absl::Status status = transcode::WireFieldToJson(TestTable(), *TestTable().FindName(field),
                                                         WireOf(message), {}, &text);
  return status.ok() ? text : status.ToString();
}

TEST_F(Answers, E33_WhereTheBodyIsTheRequestAQueryIsRefused) {
  std::string request = Post("/say", "application/json", R"({"text":"x"})");
  request.replace(request.find("/say"), 4, "/say?text=y");
  EXPECT_EQ(Call(request).status, 400);
}

TEST_F(Answers, E37_NoHeaderMakesAPostAGet) {
  const RawResponse form = Call(Post("/say/x", "application/x-www-form-urlencoded", "text=y"));
  EXPECT_EQ(form.status, 405);
  EXPECT_EQ(HeaderOf(form, "allow"), "GET, HEAD");
  EXPECT_EQ(
      Call(Get("/say/x", "X-HTTP-Method-Override: GET\r\nContent-Length: 0\r\n", "POST")).status,
      405);
}

TEST_F(Answers, F12_ABodyThatIsNoJsonIsRefusedInJson) {
  const RawResponse response = Call(Post("/say", "application/json", "INVALID_JSON"));
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(HeaderOf(response, "content-type"), "application/problem+json");
  EXPECT_TRUE(json::accept(response.body)) << response.body;
}

TEST_F(Answers, F35_JsonNeedsNoContentTypeAndMayHaveACharset) {
  const std::string body = R"({"text":"x"})";
  for (const char* type : {"application/json; charset=utf-8", "application/JSON", ""}) {
    EXPECT_EQ(Call(Post("/say", type, body)).status, 200) << type;
  }
  EXPECT_EQ(Call("POST /say HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}").status, 200);
  EXPECT_EQ(Call(Post("/say", "text/csv", body)).status, 415);
}

TEST_F(Answers, F39_WhatIsTooLargeIs413InAndAnErrorOut) {
  EXPECT_EQ(Call(Post("/say", "application/json", std::string(2'000'000, ' '))).status, 413);
  EXPECT_EQ(Call(Get("/count?count=1&size=17000000")).status, 500);
}

TEST_F(Answers, G1_AnAnswerIsJsonWithLongIntegersAsStrings) {
  const RawResponse response = Call(Get("/say/x"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(HeaderOf(response, "content-type"), "application/json");
  EXPECT_EQ(response.body, R"({"text":"x","waitMs":0})");
  EXPECT_EQ(Print(WireOf<testdata::Shelf>(R"(id: 20 theme: "Children")"), "Shelf"),
            R"({"id":"20","theme":"Children","books":[]})");
}

TEST_F(Answers, G2_NothingIsAnEmptyObject) { EXPECT_EQ(PrintField("empty { }", "empty"), "{}"); }

TEST_F(Answers, G3_AFieldCanBeTheWholeAnswer) {
  EXPECT_EQ(PrintField("struct_value { fields { key: 'data' value { string_value: 'foo' } } }",
                       "structValue"),
            R"({"data":"foo"})");
  EXPECT_EQ(PrintField(R"(string_value: "foo")", "stringValue"), R"("foo")");
  EXPECT_EQ(PrintField("numbers: 1 numbers: 2", "numbers"), "[1,2]");
}

TEST_F(Answers, G4_AHttpBodyIsPassedOnAsItIs) {
  const std::string bytes("\0\xff<", 3);
  const RawResponse response = Call(Post("/mirror", "image/x-odd; a=b", bytes));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(HeaderOf(response, "content-type"), "image/x-odd; a=b");
  EXPECT_EQ(response.body, bytes);
}

TEST_F(Answers, G5_AStreamIsAnArrayOrLinesOrEvents) {
  EXPECT_EQ(json::parse(Call(Get("/count?count=3")).body).size(), 3u);
  EXPECT_EQ(Call(Get("/count?count=0")).body, "[]");
  const std::string lines = Call(Get("/count?count=1", "Accept: application/x-ndjson\r\n")).body;
  EXPECT_EQ(json::parse(lines.substr(0, lines.find('\n')))["value"], 0) << lines;
  EXPECT_THAT(Call(Get("/count?count=1", "Accept: text/event-stream\r\n")).body,
              HasSubstr("data: {\"value\":0"));
}

TEST_F(Answers, G6_AStreamThatFailsAtOnceHasTheStatusOfItsError) {
  const RawResponse response = Call(Get("/count?count=0&code=5"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(json::parse(response.body)["msg"], "as you wished");
}

TEST_F(Answers, G7_AStreamThatFailsLaterEndsInItsError) {
  const RawResponse array = Call(Get("/count?count=2&code=5"));
  EXPECT_EQ(array.status, 200);
  ASSERT_TRUE(json::accept(array.body)) << array.body;
  EXPECT_EQ(json::parse(array.body).back()["@error"]["status"], 404);
  for (const char* accept : {"application/x-ndjson", "text/event-stream"}) {
    EXPECT_THAT(Call(Get("/count?count=2&code=5", std::string("Accept: ") + accept + "\r\n")).body,
                HasSubstr("as you wished"))
        << accept;
  }
}

TEST_F(Answers, G8_EveryCodeOfGrpcHasItsStatus) {
  constexpr int kStatusOfCode[] = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                                   400, 409, 400, 501, 500, 503, 500, 401};
  for (int code = 0; code <= 16; ++code) {
    EXPECT_EQ(session::HttpStatusOf(static_cast<absl::StatusCode>(code), 400), kStatusOfCode[code])
        << code;
    if (code > 0) {
      EXPECT_EQ(Call(Get("/count?count=0&code=" + std::to_string(code))).status,
                kStatusOfCode[code])
          << code;
    }
  }
}

TEST_F(Answers, G9_AnErrorSaysItsCodeAndItsMessage) {
  const auto response =
      session::ErrorResponse(absl::NotFoundError("Shelf 100 Not Found"), options::v1::PROBLEM, 400);
  const json body = json::parse(response.body);
  EXPECT_EQ(body["status"], 404);
  EXPECT_EQ(body["code"], "NotFound");
  EXPECT_EQ(body["detail"], "Shelf 100 Not Found");
}

TEST_F(Answers, G10_A401TellsHowToSignIn) {
  const RawResponse response = Call(Get("/count?count=0&code=16"));
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(HeaderOf(response, "www-authenticate"), "Bearer");
}

TEST_F(Answers, G11_HealthOfTheGatewayAndOfEachService) {
  using session::ServiceHealth;
  session::OwnRoutes own;
  session::AddHealth([] { return false; },
                     [](const std::string& service) {
                       return service == "up"     ? ServiceHealth::kServing
                              : service == "down" ? ServiceHealth::kNotServing
                                                  : ServiceHealth::kUnknown;
                     },
                     own);
  const auto ask = [&own](const std::string& query) {
    http::Request request;
    request.target = "/healthz" + query;
    const http::Response response = (*own.Find("GET", "/healthz")->answer)(request);
    EXPECT_EQ(response.headers.Find("content-type"), "application/json");
    return std::pair(response.status, response.body);
  };
  EXPECT_EQ(ask(""), std::pair(200, std::string(R"({"status":"SERVING"})")));
  EXPECT_EQ(ask("?service=up"), std::pair(200, std::string(R"({"status":"SERVING"})")));
  EXPECT_EQ(ask("?service=down"), std::pair(503, std::string(R"({"status":"NOT_SERVING"})")));
  EXPECT_EQ(ask("?service=odd"), std::pair(404, std::string(R"({"status":"SERVICE_UNKNOWN"})")));
}

TEST_F(Answers, G12_ACallerCanGiveLessTime) {
  EXPECT_EQ(Call(Get("/say/x?wait_ms=10000", "Grpc-Timeout: 10m\r\n")).status, 504);
  for (const char* good : {"1H", "1M", "5S", "9000m", "9000000u", "90000000n"}) {
    const int status = Call(Get("/say/x", std::string("Grpc-Timeout: ") + good + "\r\n")).status;
    EXPECT_TRUE(status == 200 || status == 504) << good << ' ' << status;
  }
  for (const char* bad : {"INVALID", "10", "m", "-1S", "1.5S", "123456789S"}) {
    EXPECT_EQ(Call(Get("/say/x", std::string("Grpc-Timeout: ") + bad + "\r\n")).status, 400) << bad;
  }
}

TEST_F(Answers, G13_ListedHeadersReachTheServiceAsMetadata) {
  const json lines = json::parse(Call(Get("/headers",
                                          "Grpc-Metadata-X-Colour: red\r\nX-Other: unlisted\r\n"
                                          "Authorization: Bearer mine\r\n"))
                                     .body)["lines"];
  EXPECT_THAT(lines, ::testing::Contains("x-colour: red"));
  EXPECT_THAT(lines, ::testing::Contains("authorization: Bearer mine"));
  EXPECT_THAT(lines.dump(), ::testing::Not(HasSubstr("unlisted")));
}

TEST_F(Answers, G14_BinaryMetadataComesInBase64) {
  for (const char* text : {"AQI=", "AQI"}) {
    const RawResponse response =
        Call(Get("/headers", std::string("Grpc-Metadata-X-Raw-Bin: ") + text + "\r\n"));
    EXPECT_THAT(json::parse(response.body)["lines"], ::testing::Contains("x-raw-bin: \x01\x02"));
  }
  EXPECT_EQ(Call(Get("/headers", "Grpc-Metadata-X-Raw-Bin: !!!\r\n")).status, 400);
}

TEST_F(Answers, G15_ForwardedForGetsThePeerAppended) {
  const json lines =
      json::parse(Call(Get("/headers", "X-Forwarded-For: 192.0.2.100\r\n")).body)["lines"];
  EXPECT_THAT(lines, ::testing::Contains("x-forwarded-for: 192.0.2.100,127.0.0.1"));
}

TEST_F(Answers, G16_MetadataOfTheServiceReachesTheClient) {
  EXPECT_EQ(HeaderOf(Call(Get("/say/x")), "grpc-metadata-x-colour"), "blue");
}

TEST_F(Answers, G17_WhatCannotBeMetadataIsNotPassedOn) {
  const json lines = json::parse(Call(Get("/headers",
                                          "Grpc-Metadata-X-Colour: caf\xc3\xa9\r\n"
                                          "Grpc-Metadata-Connection: x\r\nConnection: x\r\n"))
                                     .body)["lines"];
  EXPECT_THAT(lines.dump(), ::testing::Not(HasSubstr("colour")));
  EXPECT_THAT(lines.dump(), ::testing::Not(HasSubstr("connection")));
}

TEST_F(Answers, G18_FieldsWithoutPresenceAreAlwaysPrinted) {
  EXPECT_EQ(Print("", "Book"), R"({"id":"0","author":"","title":"","quotes":[]})");
  const json empty = json::parse(Print("", "Everything"));
  EXPECT_EQ(empty["labels"], json::object());
  EXPECT_EQ(empty["color"], "COLOR_NONE");
  for (const char* absent : {"nested", "maybeInt32", "choiceText", "time", "int64Wrapper"}) {
    EXPECT_FALSE(empty.contains(absent)) << absent;
  }
}

TEST_F(Answers, G19_FieldsOfANewerServiceAreLeftOut) {
  const std::string unknown = WireOf("renamed: \"x\" int32_wrapper { value: 5 } far_field: 1");
  EXPECT_EQ(
      Print(WireOf<testdata::Shelf>("id: 1") + unknown + WireOf<testdata::Shelf>(R"(theme: "t")"),
            "Shelf"),
      R"({"id":"1","theme":"t","books":[]})");
}

TEST_F(Answers, G20_AClientThatGoesEndsTheCallWithinASecond) {
  for (const char* body : {"", "Content-Length: 3\r\n"}) {
    {
      RawClient client = Connect();
      ASSERT_TRUE(client.Send(
          Get("/count?count=1&stay=true", std::string("Accept: text/event-stream\r\n") + body)));
      if (*body != '\0') {
        ASSERT_TRUE(client.Send("{}."));  // which the route does not expect
      }
      ASSERT_TRUE(client.ReadThrough("data: "));
      EXPECT_EQ(handlers_.open_streams, 1);
    }
    EXPECT_TRUE(WaitFor([&] { return handlers_.open_streams == 0; }, absl::Seconds(1))) << body;
  }
}

TEST_F(Answers, G21_GrpcIsToldThatItsPlaceIsTheMesh) {
  const RawResponse response = Call(Post("/jobmesh.gateway.session.testdata.Edge/Say",
                                         "application/grpc+proto", std::string(5, '\0')));
  EXPECT_EQ(response.status, 415);
  EXPECT_THAT(response.body, HasSubstr("gRPC"));
}

}  // namespace
}  // namespace jobmesh::gateway::rule_cases
