#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/session/testdata/gateway_fixture.h"

// Requests through a whole gateway with a real service behind it: streams, raw bodies, what passes
// between HTTP and gRPC.
namespace jobmesh::gateway::session::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class StreamTest : public GatewayFixture {
 protected:
  RawResponse CountAs(const std::string& accept, const std::string& query) const {
    return Call(Get("/count?" + query, accept.empty() ? "" : "Accept: " + accept + "\r\n"));
  }
};

TEST_F(StreamTest, WithoutAccept_G5_AStreamIsAJsonArray) {
  const RawResponse response = CountAs("", "count=3");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(HeaderOf(response, "content-type"), "application/json");
  EXPECT_EQ(HeaderOf(response, "grpc-metadata-x-colour"), "green");
  const json body = json::parse(response.body);
  ASSERT_EQ(body.size(), 3u);
  EXPECT_EQ(body[2]["value"], 2);
}

TEST_F(StreamTest, AnEmptyStream_IsAnEmptyArray) {
  EXPECT_EQ(CountAs("*/*", "count=0").body, "[]");
}

TEST_F(StreamTest, Lines_EndInARecordThatIsNoMessage) {
  const RawResponse response = CountAs("application/x-ndjson", "count=2");
  EXPECT_EQ(HeaderOf(response, "content-type"), "application/x-ndjson");
  const std::vector<std::string> lines = absl::StrSplit(response.body, '\n');
  ASSERT_EQ(lines.size(), 4u) << response.body;
  EXPECT_EQ(json::parse(lines[1])["value"], 1);
  EXPECT_EQ(json::parse(lines[2]), json({{"@end", {{"messages", 2}}}}));
  EXPECT_EQ(lines[3], "");
}

TEST_F(StreamTest, Events_EndInAnEventOfTheirOwn) {
  const RawResponse response = CountAs("text/html;q=0.9, text/event-stream, */*;q=0.1", "count=1");
  EXPECT_EQ(HeaderOf(response, "content-type"), "text/event-stream");
  EXPECT_THAT(response.body, HasSubstr("data: {\"value\":0"));
  EXPECT_THAT(response.body, ::testing::EndsWith("event: end\ndata: {\"messages\":1}\n\n"));
}

TEST_F(StreamTest, AnAcceptThatTakesNone_Is406) {
  const RawResponse response = CountAs("image/png", "count=1");
  EXPECT_EQ(response.status, 406);
  EXPECT_THAT(json::parse(response.body)["msg"], HasSubstr("text/event-stream"));
}

TEST_F(StreamTest, G6_AnErrorBeforeTheFirstMessage_IsAnAnswerOfItsOwn) {
  for (const char* accept : {"", "application/x-ndjson", "text/event-stream"}) {
    const RawResponse response = CountAs(accept, "count=0&code=5");
    EXPECT_EQ(response.status, 404) << accept;
    EXPECT_EQ(json::parse(response.body), json({{"msg", "as you wished"}})) << accept;
  }
}

TEST_F(StreamTest, G7_AnErrorAfterMessages_IsTheLastRecord) {
  const json array = json::parse(CountAs("", "count=2&code=5").body);
  ASSERT_EQ(array.size(), 3u);
  EXPECT_EQ(array[2]["@error"]["detail"], "as you wished");
  EXPECT_EQ(array[2]["@error"]["status"], 404);
  const std::string lines = CountAs("application/x-ndjson", "count=1&code=5").body;
  EXPECT_THAT(lines, HasSubstr("\n{\"@error\":{"));
  const std::string events = CountAs("text/event-stream", "count=1&code=5").body;
  EXPECT_THAT(events, HasSubstr("event: error\ndata: {"));
  EXPECT_THAT(events, Not(HasSubstr("event: end")));
}

TEST_F(StreamTest, HeaderFieldsBeyondWhatServicesTake_Get431) {
  const std::string forwarded = "X-Forwarded-For: " + std::string(20'000, 'a') + "\r\n";
  EXPECT_EQ(Call(Get("/count?count=1", forwarded)).status, 431);
  EXPECT_EQ(Call(Get("/say/x", forwarded)).status, 431);
  EXPECT_EQ(Call(Get("/say/x")).status, 200);
}

TEST_F(StreamTest, Head_GetsTheHeaderOfTheStreamAlone) {
  RawClient client = Connect();
  ASSERT_TRUE(client.Send(Get("/count?count=2", "", "HEAD") + Get("/status")));
  const auto head = client.ReadResponse(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(HeaderOf(*head, "content-type"), "application/json");
  const auto next = client.ReadResponse();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->body, R"({"msg":"Gateway is running!"})");
}

TEST_F(StreamTest, G20_AClientThatGoes_EndsTheCall) {
  {
    RawClient client = Connect();
    ASSERT_TRUE(client.Send(Get("/count?count=1&stay=true", "Accept: text/event-stream\r\n")));
    ASSERT_TRUE(client.ReadThrough("data: "));
    EXPECT_EQ(handlers_.open_streams, 1);
  }
  EXPECT_TRUE(WaitFor([&] { return handlers_.open_streams == 0; }, absl::Seconds(1)));
}

TEST_F(StreamTest, ASilentStreamOfEvents_BeginsAllTheSame) {
  RawClient client = Connect();
  ASSERT_TRUE(client.Send(Get("/count?stay=true", "Accept: text/event-stream\r\n")));
  EXPECT_TRUE(client.ReadThrough(": keep-alive\n\n"));
}

TEST_F(StreamTest, ASlowClient_SlowsTheService) {
  RawClient client(port(), 4096);
  ASSERT_TRUE(client.Send(Get("/count?count=2000&size=65536")));
  ASSERT_TRUE(client.ReadThrough("\r\n\r\n"));
  // Window, sockets and flow control hold a few megabytes; the stream has 131.
  int before = -1;
  absl::Time since = absl::Now();
  EXPECT_TRUE(WaitFor([&] {
    if (const int now = handlers_.sent; now != before) {
      before = now;
      since = absl::Now();
    }
    return absl::Now() - since > absl::Milliseconds(500);
  }));
  EXPECT_LT(handlers_.sent, 400);
  while (handlers_.sent == before) {
    ASSERT_TRUE(client.Read(64 * 1024));
  }
}

TEST_F(StreamTest, WhenTheGatewayDrains_ALiveStreamEndsWithAnError) {
  RawClient client = Connect();
  ASSERT_TRUE(client.Send(Get("/count?count=1&stay=true", "Accept: text/event-stream\r\n")));
  ASSERT_TRUE(client.ReadThrough("data: "));
  front_->Drain(absl::Now() + absl::Seconds(10));
  EXPECT_TRUE(client.ReadThrough("event: error\ndata: "));
  EXPECT_TRUE(client.ReadThrough("0\r\n\r\n"));
  EXPECT_TRUE(WaitFor([&] { return handlers_.open_streams == 0; }));
}

TEST_F(StreamTest, RawPieces_AreOneBody) {
  const RawResponse response = Call(Get("/download?count=3"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(HeaderOf(response, "content-type"), "text/plain");
  EXPECT_EQ(HeaderOf(response, "content-disposition"), "attachment; filename=\"x.txt\"");
  EXPECT_EQ(response.body, "piece 0\npiece 1\npiece 2\n");
}

TEST_F(StreamTest, RawPiecesCutByAnError_CutTheConnection) {
  RawClient client = Connect();
  ASSERT_TRUE(client.Send(Get("/download?count=2&code=13")));
  EXPECT_FALSE(client.ReadResponse());  // the last chunk never comes
  EXPECT_THAT(client.rest(), Not(HasSubstr("\r\n0\r\n")));
  EXPECT_EQ(Call(Get("/download?count=0&code=13")).status, 500);
}

TEST_F(StreamTest, F36_G4_AHttpBody_PassesAsItIsBothWays) {
  const RawResponse response = Call(Post("/mirror", "image/x-odd; a=b", std::string("\0\xff<", 3)));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(HeaderOf(response, "content-type"), "image/x-odd; a=b");
  EXPECT_EQ(response.body, std::string("\0\xff<", 3));
}

TEST_F(StreamTest, F38_AClientStream_ComesAsArrayOrLines) {
  const auto sum = [&](const std::string& type, const std::string& body) {
    return Call(Post("/sum", type, body));
  };
  EXPECT_EQ(json::parse(sum("application/json", R"([{"value":1},{},{"value":41}])").body)["value"],
            42);
  EXPECT_EQ(json::parse(sum("application/json", "[]").body)["value"], 0);
  EXPECT_EQ(
      json::parse(sum("application/x-ndjson", "{\"value\":2}\n{\"value\":3}\n").body)["value"], 5);
  EXPECT_EQ(sum("application/json", R"({"value":1})").status, 400);
  EXPECT_EQ(sum("application/json", R"([{"value":"x"}])").status, 400);
  EXPECT_EQ(sum("text/csv", "1").status, 415);
}

TEST_F(StreamTest, AStreamBothWays_IsAWebSocketOnly) {
  const RawResponse response = Call(Post("/chat", "application/json", "[]"));
  EXPECT_EQ(response.status, 501);
  EXPECT_THAT(response.body, HasSubstr("WebSocket"));
  EXPECT_EQ(Call(Get("/ws-public")).status, 426);
}

TEST_F(StreamTest, AServiceThatIsLost_IsToldWithoutItsAddress) {
  EXPECT_THAT(Call(Get("/say/lost")).body, Not(HasSubstr("10.0.0.7")));
  endpoints_.Set({1});  // nobody listens there
  for (const std::string& request :
       {Get("/say/x"), Post("/say", "application/json", "{}"), Get("/count?count=1")}) {
    const RawResponse response = Call(request);
    EXPECT_EQ(response.status, 503);
    EXPECT_THAT(response.body, HasSubstr("No instance of edge can be reached"));
    EXPECT_THAT(response.body, Not(HasSubstr("127.0.0.1")));
    EXPECT_NE(HeaderOf(response, "retry-after"), "");
  }
}

TEST_F(StreamTest, AStreamGoesToAnotherInstance_WhereOneIsGone) {
  endpoints_.Set({1, backend_.port()});
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(Call(Get("/count?count=1")).status, 200) << i;
  }
}

TEST_F(StreamTest, G12_TheCallersTimeout_ShortensTheRpcs) {
  EXPECT_EQ(Call(Get("/say/x?wait_ms=10000", "Grpc-Timeout: 50m\r\n")).status, 504);
  EXPECT_EQ(Call(Get("/say/x?wait_ms=10000", "X-Request-Timeout: 0.05\r\n")).status, 504);
  EXPECT_EQ(Call(Get("/say/x", "Grpc-Timeout: 9S\r\nX-Request-Timeout: 2\r\n")).status, 200);
  // gRPC rounds up what it writes on the wire.
  EXPECT_LE(handlers_.deadline_left, absl::Seconds(3));
  EXPECT_EQ(Call(Get("/say/x", "Grpc-Timeout: 99999999H\r\n")).status, 200);
  EXPECT_LE(handlers_.deadline_left, absl::Seconds(16));
  EXPECT_EQ(Call(Get("/say/x", "Grpc-Timeout: 1\r\n")).status, 400);
  EXPECT_EQ(Call(Get("/say/x", "X-Request-Timeout: soon\r\n")).status, 400);
}

TEST_F(StreamTest, TimeoutsOfCallers_DoNotOpenTheBreaker) {
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(Call(Get("/say/x?wait_ms=200", "Grpc-Timeout: 1m\r\n")).status, 504);
  }
  EXPECT_EQ(Call(Get("/say/x")).status, 200);
}

TEST_F(StreamTest, G13_G14_G17_MetadataOfClients_ReachesTheService) {
  const RawResponse response =
      Call(Get("/headers",
               "Grpc-Metadata-X-Colour: red\r\nGrpc-Metadata-X-Raw-Bin: AQI\r\n"
               "Grpc-Metadata-Authorization: Bearer forged\r\n"
               "Grpc-Metadata-X-Jobmesh-Mesh-Token: forged\r\n"
               "Grpc-Metadata-Connection: x\r\nX-Other: unlisted\r\n"
               "Grpc-Metadata-X-Forwarded-For: 1.2.3.4\r\n"
               "X-Forwarded-For: 192.0.2.100\r\nAuthorization: Bearer mine\r\n"));
  const json lines = json::parse(response.body)["lines"];
  EXPECT_EQ(lines, json({"x-colour: red", "x-raw-bin: \x01\x02", "authorization: Bearer mine",
                         "x-forwarded-for: 192.0.2.100,127.0.0.1"}))
      << lines;
  EXPECT_EQ(Call(Get("/headers", "Grpc-Metadata-X-Raw-Bin: !!!\r\n")).status, 400);
}

TEST_F(StreamTest, G16_MetadataOfTheService_ReachesTheClient) {
  const RawResponse response = Call(Get("/say/x"));
  EXPECT_EQ(HeaderOf(response, "grpc-metadata-x-colour"), "blue");
  EXPECT_EQ(HeaderOf(response, "x-jobmesh-note"), "plain");
}

TEST_F(StreamTest, G21_GrpcOnThisPort_IsToldWhereToGo) {
  const RawResponse response = Call(Post("/jobmesh.gateway.session.testdata.Edge/Say",
                                         "application/grpc+proto", std::string(5, '\0')));
  EXPECT_EQ(response.status, 415);
  EXPECT_THAT(json::parse(response.body)["msg"], HasSubstr("gRPC"));
}

TEST_F(StreamTest, ABodyCutIntoChunksAnywhere_IsTheSameBody) {
  const std::string body = R"({"text":"h\u00e9llo"})";
  for (size_t cut = 1; cut < body.size(); cut += 3) {
    RawClient client = Connect();
    ASSERT_TRUE(client.Send("POST /say HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (const std::string& piece : {body.substr(0, cut), body.substr(cut)}) {
      ASSERT_TRUE(client.Send(absl::StrCat(absl::Hex(piece.size()), "\r\n")));
      ASSERT_TRUE(client.Send(piece + "\r\n"));
    }
    ASSERT_TRUE(client.Send("0\r\n\r\n"));
    const auto response = client.ReadResponse();
    ASSERT_TRUE(response);
    EXPECT_EQ(json::parse(response->body)["text"], "h\u00e9llo") << cut;
  }
}

TEST_F(StreamTest, PipelinedRequests_AreAnsweredInOrder_StreamsAmongThem) {
  RawClient client = Connect();
  ASSERT_TRUE(client.Send(Get("/say/a?wait_ms=30") + Get("/count?count=2") + Get("/say/b")));
  EXPECT_EQ(json::parse(client.ReadResponse().value().body)["text"], "a");
  EXPECT_EQ(json::parse(client.ReadResponse().value().body).size(), 2u);
  EXPECT_EQ(json::parse(client.ReadResponse().value().body)["text"], "b");
}

TEST_F(StreamTest, Expect_GetsA100BeforeTheAnswer) {
  RawClient client = Connect();
  ASSERT_TRUE(
      client.Send("POST /say HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                  "Content-Length: 2\r\n\r\n"));
  ASSERT_TRUE(client.ReadThrough("HTTP/1.1 100 Continue\r\n\r\n"));
  ASSERT_TRUE(client.Send("{}"));
  EXPECT_EQ(client.ReadResponse().value().status, 200);
}

TEST_F(StreamTest, WhatIsTooLarge_IsRefusedByItsStatus) {
  EXPECT_EQ(Call(Get("/say/" + std::string(20'000, 'x'))).status, 414);
  std::string fields;
  for (int i = 0; i < 300; ++i) {
    absl::StrAppend(&fields, "X-", i, ": y\r\n");
  }
  EXPECT_EQ(Call(Get("/say/x", fields)).status, 431);
  EXPECT_EQ(Call(Get("/say/x", "X: " + std::string(70'000, 'y') + "\r\n")).status, 431);
  RawClient client = Connect();
  ASSERT_TRUE(client.Send("POST /say HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"));
  EXPECT_EQ(client.ReadResponse().value().status, 413);
}

TEST_F(StreamTest, Options_TellsTheMethodsOfAPath) {
  const RawResponse response = Call(Get("/say", "", "OPTIONS"));
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(HeaderOf(response, "allow"), "POST");
  EXPECT_EQ(Call(Get("/status", "", "DELETE")).status, 405);
  EXPECT_EQ(HeaderOf(Call(Get("/status", "", "DELETE")), "allow"), "GET, HEAD");
}

}  // namespace
}  // namespace jobmesh::gateway::session::testing
