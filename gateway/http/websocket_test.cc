#include "gateway/http/websocket.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/http/raw_client.h"
#include "gateway/http/server.h"

namespace jobmesh::gateway::http {
namespace {

using std::chrono::milliseconds;
using testing::Awaited;
using testing::RawClient;

constexpr std::string_view kHandshake =
    "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

constexpr unsigned char kText = 1;
constexpr unsigned char kBinary = 2;
constexpr unsigned char kCloseFrame = 8;
constexpr unsigned char kPing = 9;
constexpr unsigned char kPong = 10;

struct Frame {
  unsigned char opcode = 0;
  std::string payload;

  // Of a close frame.
  int code() const {
    return payload.size() < 2 ? 0
                              : static_cast<unsigned char>(payload[0]) << 8 |
                                    static_cast<unsigned char>(payload[1]);
  }
  std::string reason() const { return payload.size() < 2 ? "" : payload.substr(2); }
};

// A client that speaks RFC 6455 frame by frame.
class WebSocketClient {
 public:
  explicit WebSocketClient(std::uint16_t port, int receive_buffer = 0)
      : raw_(port, receive_buffer) {}

  // The status of the handshake's answer.
  int Open() {
    raw_.Send(kHandshake);
    const auto head = raw_.ReadThrough("\r\n\r\n");
    if (!head) {
      return 0;
    }
    // The answer to the key of RFC 6455 §1.3.
    EXPECT_NE(head->find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos);
    return std::atoi(head->c_str() + sizeof("HTTP/1.1"));
  }

  bool Send(unsigned char opcode, std::string_view payload) {
    std::string bytes(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
      bytes.push_back(static_cast<char>(0x80 | payload.size()));
    } else {
      const bool is_long = payload.size() > 0xffff;
      bytes.push_back(static_cast<char>(0x80 | (is_long ? 127 : 126)));
      for (int shift = is_long ? 56 : 8; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<char>(payload.size() >> shift));
      }
    }
    bytes.append(4, '\0');  // a mask of zeroes leaves the payload as it is
    return raw_.Send(bytes.append(payload));
  }

  Frame Read() {
    const auto head = raw_.Read(2);
    if (!head) {
      return {};
    }
    std::size_t size = static_cast<unsigned char>((*head)[1]);
    if (size >= 126) {
      const auto extended = raw_.Read(size == 126 ? 2 : 8);
      if (!extended) {
        return {};
      }
      size = 0;
      for (const char byte : *extended) {
        size = size << 8 | static_cast<unsigned char>(byte);
      }
    }
    return {.opcode = static_cast<unsigned char>((*head)[0] & 0x0f),
            .payload = raw_.Read(size).value_or("")};
  }

  RawClient& raw() { return raw_; }

 private:
  RawClient raw_;
};

// What the server's side of one WebSocket saw.
struct Seen {
  std::shared_ptr<WebSocket> socket;
  std::vector<std::string> messages;
  int close_code = 0;
  std::string close_reason;
};

class Recorder final : public WebSocketHandler {
 public:
  Recorder(Awaited<Seen>& seen, bool echoes) : seen_(seen), echoes_(echoes) {}

  void OnOpen(std::shared_ptr<WebSocket> socket) override {
    seen_.Change([&](Seen& seen) { seen.socket = std::move(socket); });
  }
  void OnMessage(std::string_view text) override {
    seen_.Change([&](Seen& seen) { seen.messages.emplace_back(text); });
    if (echoes_) {
      seen_.Get().socket->Send(std::string(text));
    }
  }
  void OnClose(std::uint16_t code, std::string_view reason) override {
    seen_.Change([&](Seen& seen) {
      seen.close_code = code;
      seen.close_reason = reason;
      seen.socket.reset();
    });
  }

 private:
  Awaited<Seen>& seen_;
  const bool echoes_;
};

class WebSocketTest : public ::testing::Test {
 protected:
  void Serve(bool echoes = true) {
    ServeWith([this, echoes](const std::shared_ptr<Exchange>& exchange) {
      exchange->AcceptWebSocket(std::make_unique<Recorder>(seen_, echoes));
    });
  }
  void ServeWith(Handler handler) {
    options_.threads = 2;
    server_ = std::make_unique<Server>(options_, std::move(handler));
    ASSERT_TRUE(server_->Start().ok());
  }
  std::shared_ptr<WebSocket> WaitOpen() {
    EXPECT_TRUE(seen_.Wait([](const Seen& seen) { return seen.socket != nullptr; }));
    return seen_.Get().socket;
  }
  int WaitClosed() {
    seen_.Wait([](const Seen& seen) { return seen.close_code != 0; });
    return seen_.Get().close_code;
  }

  ServerOptions options_;
  Awaited<Seen> seen_;
  std::unique_ptr<Server> server_;
};

TEST_F(WebSocketTest, Messages_GoBothWays) {
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  for (const std::size_t size : {0, 5, 125, 126, 65535, 65536}) {
    const std::string text(size, 'm');
    ASSERT_TRUE(client.Send(kText, text));
    const Frame frame = client.Read();
    EXPECT_EQ(frame.opcode, kText);
    EXPECT_TRUE(frame.payload == text) << size << " sent, back " << frame.payload.size();
  }
  EXPECT_EQ(server_->counters().websockets, 1);
  EXPECT_EQ(server_->counters().connections, 1);
  EXPECT_EQ(server_->counters().in_flight, 0);
}

TEST_F(WebSocketTest, Ping_IsAnsweredByPong) {
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  client.Send(kPing, "beat");
  const Frame frame = client.Read();
  EXPECT_EQ(frame.opcode, kPong);
  EXPECT_EQ(frame.payload, "beat");
}

TEST_F(WebSocketTest, Accept_FromAnotherThread_Works) {
  std::thread acceptor;
  ServeWith([&](const std::shared_ptr<Exchange>& exchange) {
    acceptor = std::thread(
        [&, exchange] { exchange->AcceptWebSocket(std::make_unique<Recorder>(seen_, true)); });
  });
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  acceptor.join();
  client.Send(kText, "hi");
  EXPECT_EQ(client.Read().payload, "hi");
}

TEST_F(WebSocketTest, RefusedUpgrade_GetsAPlainAnswerAndKeepsTheConnection) {
  ServeWith([](const std::shared_ptr<Exchange>& exchange) {
    exchange->Respond(MakeProblem(exchange->is_websocket_upgrade() ? 401 : 404, "no"));
  });
  RawClient client(server_->port());
  client.Send(kHandshake);
  auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 401);
  client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 404);
}

TEST_F(WebSocketTest, Accept_OfAPlainRequest_IsIgnored) {
  ServeWith([&](const std::shared_ptr<Exchange>& exchange) {
    exchange->AcceptWebSocket(std::make_unique<Recorder>(seen_, true));
    exchange->Respond(MakeProblem(426, "a WebSocket is needed"));
  });
  RawClient client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 426);
}

TEST_F(WebSocketTest, UpgradeWithoutKey_IsRefused) {
  Serve();
  RawClient client(server_->port());
  client.Send(
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\n\r\n");
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 400);
}

TEST_F(WebSocketTest, Close_SendsWhatIsQueuedThenItsCode) {
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  const auto socket = WaitOpen();
  EXPECT_TRUE(socket->Send(std::string("last")));
  socket->Close(kCloseUnauthenticated, "unauthenticated");
  EXPECT_EQ(client.Read().payload, "last");
  const Frame frame = client.Read();
  EXPECT_EQ(frame.opcode, kCloseFrame);
  EXPECT_EQ(frame.code(), 4401);
  EXPECT_EQ(frame.reason(), "unauthenticated");
  client.Send(kCloseFrame, frame.payload);
  EXPECT_TRUE(client.raw().ReadToEnd());
  client.raw().Close();
  EXPECT_EQ(WaitClosed(), 4401);
  EXPECT_FALSE(socket->Send(std::string("too late")));
}

TEST_F(WebSocketTest, Close_UnansweredByThePeer_EndsAnyway) {
  options_.websocket_close_timeout = milliseconds(50);
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  WaitOpen()->Close(kCloseNormal, "");
  EXPECT_EQ(WaitClosed(), 1000);
}

TEST_F(WebSocketTest, PeersCloseCode_ReachesTheHandler) {
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  WaitOpen();
  client.Send(kCloseFrame, std::string("\x0f\xa1") + "bye");
  EXPECT_EQ(client.Read().code(), 4001);
  EXPECT_EQ(WaitClosed(), 4001);
  EXPECT_EQ(seen_.Get().close_reason, "bye");
  EXPECT_TRUE(client.raw().ReadToEnd());
}

TEST_F(WebSocketTest, VanishedPeer_IsAbnormal) {
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  WaitOpen();
  client.raw().Close();
  EXPECT_EQ(WaitClosed(), kCloseAbnormal);
  EXPECT_EQ(server_->counters().websockets, 0);
}

TEST_F(WebSocketTest, MessageBeyondTheLimit_IsClosedWith1009) {
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  client.Send(kText, std::string(options_.websocket_message_limit + 1, 'm'));
  EXPECT_EQ(client.Read().code(), kCloseTooBig);
  client.raw().Close();
  EXPECT_EQ(WaitClosed(), kCloseTooBig);
  EXPECT_TRUE(seen_.Get().messages.empty());
}

TEST_F(WebSocketTest, BinaryMessage_IsClosedWith1003) {
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  client.Send(kBinary, "b");
  EXPECT_EQ(client.Read().code(), kCloseUnsupported);
}

TEST_F(WebSocketTest, InvalidUtf8_IsClosedWith1007) {
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  client.Send(kText, "\xff\xfe");
  EXPECT_EQ(client.Read().code(), 1007);
}

TEST_F(WebSocketTest, SlowConsumer_IsClosedWith1013) {
  options_.websocket_close_timeout = milliseconds(100);
  Serve(/*echoes=*/false);
  WebSocketClient client(server_->port(), 4096);
  ASSERT_EQ(client.Open(), 101);
  const auto socket = WaitOpen();
  const auto text = std::make_shared<const std::string>(32 * 1024, 's');
  std::size_t most_queued = 0;
  while (socket->Send(text)) {
    most_queued = std::max(most_queued, socket->queued_bytes());
  }
  EXPECT_LE(most_queued, options_.websocket_queue_limit);
  EXPECT_EQ(WaitClosed(), kCloseTryAgainLater);
}

TEST_F(WebSocketTest, SlowConsumerThatCatchesUp_SeesTheCloseCode) {
  Serve(/*echoes=*/false);
  WebSocketClient client(server_->port(), 4096);
  ASSERT_EQ(client.Open(), 101);
  const auto socket = WaitOpen();
  const auto text = std::make_shared<const std::string>(32 * 1024, 's');
  while (socket->Send(text)) {
  }
  Frame frame = client.Read();
  while (frame.opcode == kText) {
    frame = client.Read();
  }
  EXPECT_EQ(frame.opcode, kCloseFrame);
  EXPECT_EQ(frame.code(), kCloseTryAgainLater);
}

TEST_F(WebSocketTest, SilentPeer_IsPingedAndKeptWhileItAnswers) {
  options_.websocket_ping_interval = milliseconds(20);
  options_.websocket_pong_timeout = milliseconds(2000);
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  for (int i = 0; i < 3; ++i) {
    const Frame ping = client.Read();
    ASSERT_EQ(ping.opcode, kPing);
    client.Send(kPong, ping.payload);
  }
  client.Send(kText, "alive");
  Frame frame = client.Read();
  while (frame.opcode == kPing) {
    frame = client.Read();
  }
  EXPECT_EQ(frame.payload, "alive");
}

TEST_F(WebSocketTest, PeerThatAnswersNoPing_IsDropped) {
  options_.websocket_ping_interval = milliseconds(20);
  options_.websocket_pong_timeout = milliseconds(20);
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  EXPECT_EQ(WaitClosed(), kCloseAbnormal);
}

TEST_F(WebSocketTest, Drain_ClosesWith1001) {
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  WaitOpen();
  std::thread drainer([&] { EXPECT_TRUE(server_->Drain(testing::kPatience)); });
  const Frame frame = client.Read();
  EXPECT_EQ(frame.code(), kCloseGoingAway);
  client.Send(kCloseFrame, frame.payload);
  EXPECT_TRUE(client.raw().ReadToEnd());
  client.raw().Close();
  drainer.join();
}

TEST_F(WebSocketTest, Stop_ClosesAndLeavesTheSocketSafeToUse) {
  Serve();
  WebSocketClient client(server_->port());
  ASSERT_EQ(client.Open(), 101);
  const auto socket = WaitOpen();
  server_->Stop();
  EXPECT_EQ(WaitClosed(), kCloseAbnormal);
  server_.reset();
  EXPECT_FALSE(socket->Send(std::string("nobody")));
  socket->Close(kCloseNormal, "");
}

TEST_F(WebSocketTest, Broadcast_ReachesEveryClient) {
  constexpr std::size_t kClients = 200;
  Awaited<std::vector<std::shared_ptr<WebSocket>>> sockets;
  class Collector final : public WebSocketHandler {
   public:
    explicit Collector(Awaited<std::vector<std::shared_ptr<WebSocket>>>& sockets)
        : sockets_(sockets) {}
    void OnOpen(std::shared_ptr<WebSocket> socket) override {
      sockets_.Change([&](auto& all) { all.push_back(std::move(socket)); });
    }
    void OnMessage(std::string_view) override {}
    void OnClose(std::uint16_t, std::string_view) override {}

   private:
    Awaited<std::vector<std::shared_ptr<WebSocket>>>& sockets_;
  };
  ServeWith([&](const std::shared_ptr<Exchange>& exchange) {
    exchange->AcceptWebSocket(std::make_unique<Collector>(sockets));
  });
  std::vector<std::unique_ptr<WebSocketClient>> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<WebSocketClient>(server_->port()));
    ASSERT_EQ(clients.back()->Open(), 101);
  }
  ASSERT_TRUE(sockets.Wait([](const auto& all) { return all.size() == kClients; }));
  const auto text = std::make_shared<const std::string>("to all");
  for (const auto& socket : sockets.Get()) {
    EXPECT_TRUE(socket->Send(text));
  }
  for (const auto& client : clients) {
    EXPECT_EQ(client->Read().payload, "to all");
  }
}

}  // namespace
}  // namespace jobmesh::gateway::http
