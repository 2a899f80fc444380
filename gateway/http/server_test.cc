#include "gateway/http/server.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/http/raw_client.h"

namespace jobmesh::gateway::http {
namespace {

using std::chrono::milliseconds;
using testing::Awaited;
using testing::RawClient;
using testing::RawResponse;

using Exchanges = std::vector<std::shared_ptr<Exchange>>;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// Answers "<method> <target> <body>".
void Echo(const std::shared_ptr<Exchange>& exchange) {
  const Request& request = exchange->request;
  exchange->Respond(
      MakeResponse(200, "text/plain", request.method + " " + request.target + " " + request.body));
}

class ServerTest : public ::testing::Test {
 protected:
  void Serve(Handler handler = Echo) {
    options_.threads = 2;
    server_ = std::make_unique<Server>(options_, std::move(handler));
    const absl::Status status = server_->Start();
    ASSERT_TRUE(status.ok()) << status.ToString();
  }

  // Serves with a handler that only collects.
  void Collect() {
    Serve([this](std::shared_ptr<Exchange> exchange) {
      held_.Change([&](Exchanges& held) { held.push_back(std::move(exchange)); });
    });
  }

  // Waits for `count` collected requests and takes them.
  Exchanges Take(std::size_t count) {
    EXPECT_TRUE(held_.Wait([&](const Exchanges& held) { return held.size() >= count; }));
    Exchanges taken;
    held_.Change([&](Exchanges& held) { taken.swap(held); });
    return taken;
  }

  RawClient Connect() { return RawClient(server_->port()); }

  // Status of the only response to `bytes`, after which the server has to close without a reset.
  int StatusThenClose(std::string_view bytes) {
    RawClient client = Connect();
    client.Send(bytes);
    const auto response = client.ReadResponse();
    if (!response) {
      return 0;
    }
    EXPECT_EQ(response->headers.Find("Connection"), "close");
    EXPECT_EQ(response->headers.Find("Content-Type"), "application/problem+json");
    EXPECT_TRUE(client.ReadToEnd());
    EXPECT_EQ(client.rest(), "");
    return response->status;
  }

  ServerOptions options_;
  Awaited<Exchanges> held_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, KeepAlive_ServesRequestsOneAfterAnother) {
  Serve();
  RawClient client = Connect();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send("POST /a?b=c HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"));
    const auto response = client.ReadResponse();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "POST /a?b=c hi");
    EXPECT_FALSE(response->headers.Find("Connection"));
    EXPECT_TRUE(response->headers.Find("Date"));
  }
  EXPECT_EQ(server_->counters().accepted_total, 1u);
  EXPECT_EQ(server_->counters().requests_total, 3u);
}

TEST_F(ServerTest, Request_CarriesWhatTheWireHeld) {
  Awaited<Request> seen;
  Serve([&](const std::shared_ptr<Exchange>& exchange) {
    seen.Change([&](Request& request) { request = exchange->request; });
    exchange->Respond(MakeResponse(204, "text/plain", "ignored"));
  });
  RawClient client = Connect();
  client.Send("\r\nPUT http://host:80/x%20y?q=1 HTTP/1.1\r\nHOST: a\r\nX-Thing:  v \r\n\r\n");
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 204);
  EXPECT_FALSE(response->headers.Find("Content-Length"));
  const Request request = seen.Get();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.path(), "/x%20y");
  EXPECT_EQ(request.query(), "q=1");
  EXPECT_EQ(request.headers.Find("x-thing"), "v");
  EXPECT_EQ(request.remote_address, "127.0.0.1");
  EXPECT_EQ(request.http_version, 11);
  EXPECT_FALSE(request.is_tls);
}

TEST_F(ServerTest, Pipelining_AnswersInOrderWhateverTheOrderOfCompletion) {
  Collect();
  RawClient client = Connect();
  client.Send(
      "GET /0 HTTP/1.1\r\nHost: a\r\n\r\nGET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  Exchanges exchanges = Take(3);
  ASSERT_EQ(exchanges.size(), 3u);
  std::for_each(exchanges.rbegin(), exchanges.rend(), Echo);
  for (const std::string_view expected : {"GET /0 ", "GET /1 ", "GET /2 "}) {
    const auto response = client.ReadResponse();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, expected);
  }
}

TEST_F(ServerTest, Pipelining_BeyondTheLimit_WaitsForAnswers) {
  options_.max_pipelined = 2;
  Collect();
  RawClient client = Connect();
  std::string requests;
  for (int i = 0; i < 5; ++i) {
    requests.append(kGet);
  }
  client.Send(requests);
  std::size_t answered = 0;
  while (answered < 5) {
    Exchanges exchanges = Take(1);
    ASSERT_FALSE(exchanges.empty());
    EXPECT_LE(exchanges.size(), 2u);
    for (const auto& exchange : exchanges) {
      Echo(exchange);
      ASSERT_TRUE(client.ReadResponse());
      ++answered;
    }
  }
}

TEST_F(ServerTest, Pipelining_ManyLargeAnswersToAClientThatReadsLate_AllArrive) {
  const auto body = std::make_shared<const std::string>(300'000, 'x');
  Serve([&](const std::shared_ptr<Exchange>& exchange) {
    Response response;
    response.shared_body = body;
    exchange->Respond(std::move(response));
  });
  RawClient client = Connect();
  constexpr int kRequests = 100;
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_TRUE(client.Send(kGet));
  }
  for (int i = 0; i < kRequests; ++i) {
    const auto response = client.ReadResponse();
    ASSERT_TRUE(response) << i;
    ASSERT_EQ(response->body.size(), body->size());
  }
}

TEST_F(ServerTest, ChunkedBody_ArrivesWholeWhereverItIsCut) {
  Serve();
  const std::string request =
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;ext=\"v\"\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n";
  RawClient client = Connect();
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    ASSERT_TRUE(client.Send(request.substr(0, cut)));
    ASSERT_TRUE(client.Send(request.substr(cut)));
    const auto response = client.ReadResponse();
    ASSERT_TRUE(response) << cut;
    ASSERT_EQ(response->body, "POST /c hello, world") << cut;
  }
  for (const char byte : request) {
    ASSERT_TRUE(client.Send({&byte, 1}));
  }
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "POST /c hello, world");
}

TEST_F(ServerTest, EmptyChunkedBody_ArrivesByteByByte) {
  Serve();
  RawClient client = Connect();
  for (const char byte : std::string_view(
           "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) {
    ASSERT_TRUE(client.Send({&byte, 1}));
  }
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "POST /c ");
}

TEST_F(ServerTest, Malformed_Gets400AndAnOrderlyClose) {
  Serve();
  for (const std::string_view bytes : {
           "GARBAGE\r\n\r\n",
           "GET / HTTP/1.1\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nNo Colon\r\n\r\n",
           "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
           "GET relative HTTP/1.1\r\nHost: a\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\nhi",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
           "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz\r\n",
       }) {
    EXPECT_EQ(StatusThenClose(bytes), 400) << bytes;
  }
  EXPECT_EQ(server_->counters().requests_total, 0u);
}

TEST_F(ServerTest, ConnectionUpgradeToNothing_IsAnOrdinaryRequest) {
  Serve();
  RawClient client = Connect();
  ASSERT_TRUE(client.Send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\r\n"));
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "GET /a ");
}

TEST_F(ServerTest, HeaderLimit_CountsTheRequestLineHoweverItArrives) {
  options_.header_limit = 1000;
  Serve();
  const auto header = [](std::size_t size) {
    const std::string begin = "GET /a HTTP/1.1\r\nHost: a\r\nX: ";
    return begin + std::string(size - begin.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(StatusThenClose(header(1001)), 431);
  RawClient client = Connect();
  ASSERT_TRUE(client.Send(header(1000)));
  EXPECT_EQ(client.ReadResponse()->status, 200);
  for (const char byte : header(1000)) {
    ASSERT_TRUE(client.Send({&byte, 1}));
  }
  EXPECT_EQ(client.ReadResponse()->status, 200);
}

TEST_F(ServerTest, UnknownTransferCoding_Gets501) {
  Serve();
  EXPECT_EQ(StatusThenClose("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"), 501);
}

TEST_F(ServerTest, UnknownExpectation_Gets417) {
  Serve();
  EXPECT_EQ(StatusThenClose("GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n"), 417);
}

TEST_F(ServerTest, HeaderBeyondTheLimit_Gets431) {
  Serve();
  const std::string huge(options_.header_limit + 1000, 'h');
  EXPECT_EQ(StatusThenClose("GET / HTTP/1.1\r\nHost: a\r\nX: " + huge + "\r\n\r\n"), 431);
  // Also when it never ends.
  EXPECT_EQ(StatusThenClose("GET / HTTP/1.1\r\nHost: a\r\nX: " + huge), 431);
}

TEST_F(ServerTest, HeaderJustUnderTheLimit_IsServed) {
  Serve();
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(options_.header_limit - 100, 'h') +
              "\r\n\r\n");
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
}

TEST_F(ServerTest, TargetBeyondTheLimit_Gets414) {
  Serve();
  EXPECT_EQ(StatusThenClose("GET /" + std::string(options_.target_limit, 't') +
                            " HTTP/1.1\r\nHost: a\r\n\r\n"),
            414);
  EXPECT_EQ(StatusThenClose("GET /" + std::string(options_.header_limit + 10, 't')), 414);
}

TEST_F(ServerTest, BodyBeyondTheLimit_Gets413WhileTheClientStillSends) {
  options_.body_limit = 1000;
  Serve();
  // More than the kernel's buffers hold: the client would never see the answer if we just closed.
  EXPECT_EQ(StatusThenClose("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n" +
                            std::string(20'000'000, 'b')),
            413);
}

TEST_F(ServerTest, ChunkedBodyBeyondTheLimit_Gets413) {
  options_.body_limit = 1000;
  Serve();
  std::string request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 20; ++i) {
    request.append("64\r\n").append(std::string(100, 'b')).append("\r\n");
  }
  EXPECT_EQ(StatusThenClose(request), 413);
}

TEST_F(ServerTest, EndlessChunkExtension_Gets431) {
  Serve();
  EXPECT_EQ(StatusThenClose("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
                            std::string(2 * options_.header_limit, 'e')),
            431);
}

TEST_F(ServerTest, BodyAtTheLimit_IsServed) {
  options_.body_limit = 1000;
  Serve();
  RawClient client = Connect();
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" +
              std::string(1000, 'b'));
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
}

TEST_F(ServerTest, SlowHeader_Gets408) {
  options_.header_timeout = milliseconds(50);
  Serve();
  EXPECT_EQ(StatusThenClose("GET / HTTP/1.1\r\nHost: a"), 408);
}

TEST_F(ServerTest, SlowBody_Gets408) {
  options_.body_timeout = milliseconds(50);
  Serve();
  EXPECT_EQ(StatusThenClose("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"), 408);
}

TEST_F(ServerTest, SilentConnection_IsClosedWithoutAWord) {
  options_.header_timeout = milliseconds(50);
  Serve();
  RawClient client = Connect();
  EXPECT_TRUE(client.ReadToEnd());
  EXPECT_EQ(client.rest(), "");
}

TEST_F(ServerTest, IdleConnection_IsClosedWithoutAWord) {
  options_.idle_timeout = milliseconds(50);
  Serve();
  RawClient client = Connect();
  client.Send(kGet);
  ASSERT_TRUE(client.ReadResponse());
  EXPECT_TRUE(client.ReadToEnd());
  EXPECT_EQ(client.rest(), "");
}

TEST_F(ServerTest, SlowHandler_IsNoIdleConnection) {
  options_.idle_timeout = milliseconds(20);
  options_.header_timeout = milliseconds(20);
  Collect();
  RawClient slow = Connect();
  slow.Send(kGet);
  Exchanges exchanges = Take(1);
  // Another connection times out meanwhile, so that several times the timeouts have passed.
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Connect().ReadToEnd());
  }
  Echo(exchanges.front());
  EXPECT_TRUE(slow.ReadResponse());
}

TEST_F(ServerTest, Head_GetsTheLengthWithoutTheBody) {
  Serve();
  RawClient client = Connect();
  client.Send("HEAD /h HTTP/1.1\r\nHost: a\r\n\r\nGET /g HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto head = client.ReadResponse(/*to_head=*/true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->headers.Find("Content-Length"), "8");
  const auto get = client.ReadResponse();
  ASSERT_TRUE(get);
  EXPECT_EQ(get->body, "GET /g ");
}

TEST_F(ServerTest, ExpectContinue_IsAnsweredBeforeTheBody) {
  Serve();
  RawClient client = Connect();
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadThrough("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("hi");
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->body, "POST / hi");
}

TEST_F(ServerTest, ExpectContinue_BodyTooLarge_Gets413Instead) {
  Serve();
  EXPECT_EQ(StatusThenClose("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n"
                            "Expect: 100-continue\r\n\r\n"),
            413);
}

TEST_F(ServerTest, ConnectionClose_ClosesAfterTheAnswer) {
  Serve();
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->headers.Find("Connection"), "close");
  EXPECT_TRUE(client.ReadToEnd());
}

TEST_F(ServerTest, Http10_ClosesUnlessKeepAliveIsAsked) {
  Serve();
  RawClient client = Connect();
  client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->headers.Find("Connection"), "keep-alive");
  client.Send("GET / HTTP/1.0\r\n\r\n");
  response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->headers.Find("Connection"), "close");
  EXPECT_TRUE(client.ReadToEnd());
}

TEST_F(ServerTest, HalfClosedClient_GetsTheAnswersThatAreReady) {
  Serve();
  RawClient client = Connect();
  client.Send(kGet);
  client.FinishSending();
  EXPECT_TRUE(client.ReadResponse());
  EXPECT_TRUE(client.ReadToEnd());
}

TEST_F(ServerTest, Disconnect_CancelsTheRequest) {
  Awaited<int> cancelled;
  Collect();
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  Exchanges exchanges = Take(1);
  ASSERT_EQ(exchanges.size(), 1u);
  exchanges.front()->OnCancel([&] { cancelled.Change([](int& count) { ++count; }); });
  client.Close();
  EXPECT_TRUE(cancelled.Wait([](int count) { return count == 1; }));
  EXPECT_TRUE(exchanges.front()->is_cancelled());
  bool at_once = false;
  exchanges.front()->OnCancel([&] { at_once = true; });
  EXPECT_TRUE(at_once);
  Echo(exchanges.front());
}

TEST_F(ServerTest, AnsweredRequest_IsNotCancelled) {
  std::atomic<int> cancelled{0};
  Awaited<int> served;
  Serve([&](const std::shared_ptr<Exchange>& exchange) {
    exchange->OnCancel([&] { ++cancelled; });
    Echo(exchange);
    served.Change([](int& count) { ++count; });
  });
  {
    RawClient client = Connect();
    client.Send(kGet);
    ASSERT_TRUE(client.ReadResponse());
  }
  server_->Stop();
  EXPECT_EQ(cancelled.load(), 0);
}

TEST_F(ServerTest, DroppedExchange_Answers500) {
  Serve([](const std::shared_ptr<Exchange>&) {});
  RawClient client = Connect();
  client.Send(kGet);
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 500);
}

TEST_F(ServerTest, SecondAnswer_IsIgnored) {
  Serve([](const std::shared_ptr<Exchange>& exchange) {
    Echo(exchange);
    exchange->Respond(MakeProblem(500, "twice"));
  });
  RawClient client = Connect();
  for (int i = 0; i < 2; ++i) {
    client.Send(kGet);
    const auto response = client.ReadResponse();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
  }
}

TEST_F(ServerTest, HeaderWithALineBreak_IsLeftOut) {
  Serve([](const std::shared_ptr<Exchange>& exchange) {
    Response response = MakeResponse(200, "text/plain", "ok");
    response.headers.Add("X-Bad", "a\r\nX-Forged: b");
    response.headers.Add("Content-Length", "9999");
    exchange->Respond(std::move(response));
  });
  RawClient client = Connect();
  client.Send(kGet);
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_FALSE(response->headers.Find("X-Bad"));
  EXPECT_FALSE(response->headers.Find("X-Forged"));
  EXPECT_EQ(response->body, "ok");
}

TEST_F(ServerTest, ConnectionsBeyondTheLimit_Get503) {
  options_.max_connections = 2;
  Serve();
  RawClient first = Connect();
  RawClient second = Connect();
  for (RawClient* client : {&first, &second}) {
    client->Send(kGet);
    ASSERT_TRUE(client->ReadResponse());
  }
  RawClient third = Connect();
  const auto response = third.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(server_->counters().refused_total, 1u);
}

TEST_F(ServerTest, TakenPort_IsUnavailable) {
  Serve();
  ServerOptions options;
  options.port = server_->port();
  Server second(options, Echo);
  EXPECT_EQ(second.Start().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ServerTest, BadAddress_IsInvalid) {
  ServerOptions options;
  options.address = "not an address";
  EXPECT_EQ(Server(options, Echo).Start().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ServerTest, TwoThousandConnections_AreAllServed) {
  Serve();
  std::vector<RawClient> clients;
  constexpr int kClients = 2000;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(Connect());
    ASSERT_TRUE(clients.back().connected());
  }
  for (int round = 0; round < 2; ++round) {
    for (RawClient& client : clients) {
      ASSERT_TRUE(client.Send(kGet));
    }
    for (RawClient& client : clients) {
      const auto response = client.ReadResponse();
      ASSERT_TRUE(response);
      ASSERT_EQ(response->status, 200);
    }
  }
  EXPECT_EQ(server_->counters().connections, kClients);
}

TEST_F(ServerTest, Drain_FinishesWorkAndClosesIdleConnections) {
  Collect();
  RawClient idle = Connect();
  idle.Send(kGet);
  Echo(Take(1).front());
  ASSERT_TRUE(idle.ReadResponse());
  RawClient busy = Connect();
  busy.Send(kGet);
  Exchanges exchanges = Take(1);

  Awaited<int> drained;
  std::thread drainer([&] {
    const bool complete = server_->Drain(testing::kPatience);
    drained.Change([&](int& result) { result = complete ? 1 : -1; });
  });
  EXPECT_TRUE(idle.ReadToEnd());
  EXPECT_FALSE(RawClient(server_->port()).Send(kGet) && Connect().ReadResponse());
  EXPECT_EQ(drained.Get(), 0);
  Echo(exchanges.front());
  const auto response = busy.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->headers.Find("Connection"), "close");
  EXPECT_TRUE(busy.ReadToEnd());
  busy.Close();
  idle.Close();
  EXPECT_TRUE(drained.Wait([](int result) { return result == 1; }));
  drainer.join();
}

TEST_F(ServerTest, Drain_PastItsDeadline_TellsSo) {
  Collect();
  RawClient client = Connect();
  client.Send(kGet);
  const Exchanges exchanges = Take(1);
  EXPECT_FALSE(server_->Drain(milliseconds(20)));
}

TEST_F(ServerTest, Stop_LeavesHeldExchangesSafeToUse) {
  Collect();
  RawClient client = Connect();
  client.Send(kGet);
  const Exchanges exchanges = Take(1);
  bool cancelled = false;
  exchanges.front()->OnCancel([&] { cancelled = true; });
  server_->Stop();
  EXPECT_TRUE(cancelled);
  server_.reset();
  Echo(exchanges.front());
}

TEST_F(ServerTest, Stream_ArrivesInChunks) {
  Serve([](const std::shared_ptr<Exchange>& exchange) {
    Headers headers;
    headers.Add("Content-Type", "application/x-ndjson");
    exchange->StartStream(200, std::move(headers));
    exchange->Write("{}\n", nullptr);
    exchange->Write("", nullptr);
    exchange->Write("[]\n", nullptr);
    exchange->Finish();
  });
  RawClient client = Connect();
  client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.Send(kGet);
  for (const bool is_head : {false, true, false}) {
    const auto response = client.ReadResponse(is_head);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->headers.Find("Transfer-Encoding"), "chunked");
    EXPECT_EQ(response->body, is_head ? "" : "{}\n[]\n");
  }
}

TEST_F(ServerTest, Stream_ToHttp10_EndsByClosing) {
  Serve([](const std::shared_ptr<Exchange>& exchange) {
    exchange->StartStream(200, {});
    exchange->Write("part", nullptr);
    exchange->Finish();
  });
  RawClient client = Connect();
  client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto head = client.ReadThrough("\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->find("chunked"), std::string::npos);
  EXPECT_TRUE(client.ReadToEnd());
  EXPECT_EQ(client.rest(), "part");
}

TEST_F(ServerTest, Stream_DroppedHalfWay_HasNoEnd) {
  Serve([](const std::shared_ptr<Exchange>& exchange) {
    exchange->StartStream(200, {});
    exchange->Write("part", [exchange](bool) {});
  });
  RawClient client = Connect();
  client.Send(kGet);
  client.ReadToEnd();
  EXPECT_EQ(client.rest().find("0\r\n\r\n"), std::string::npos);
}

// Writes pieces for as long as the ones before are taken.
struct Producer : std::enable_shared_from_this<Producer> {
  explicit Producer(std::shared_ptr<Exchange> target) : exchange(std::move(target)) {}
  void Next() {
    exchange->Write(std::string(64 * 1024, 's'), [self = shared_from_this()](bool ok) {
      self->ended.Change([&](bool& ended) { ended = !ok; });
      if (ok) {
        self->written += 64 * 1024;
        self->Next();
      }
    });
  }
  std::shared_ptr<Exchange> exchange;
  std::atomic<std::size_t> written{0};
  Awaited<bool> ended;
};

TEST_F(ServerTest, Stream_ToAClientThatDoesNotRead_WaitsAndIsCut) {
  options_.write_timeout = milliseconds(100);
  Collect();
  RawClient client(server_->port(), 4096);
  client.Send(kGet);
  const auto producer = std::make_shared<Producer>(Take(1).front());
  producer->exchange->StartStream(200, {});
  producer->Next();
  EXPECT_TRUE(producer->ended.Wait([](bool ended) { return ended; }));
  EXPECT_LT(producer->written.load(), 32u << 20);  // what the kernel buffers, and no more
}

}  // namespace
}  // namespace jobmesh::gateway::http
