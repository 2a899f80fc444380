#include "runtime/rpc/http2_channel.h"

#include <atomic>
#include <optional>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/write.hpp"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/grpcpp.h"
#include <gtest/gtest.h>

#include "runtime/testing/wait_for.h"

namespace jobmesh::runtime::rpc {
namespace {

using boost::asio::ip::tcp;

// Sends every message back; `/silent` never answers.
class GrpcEchoServer : public grpc::CallbackGenericService {
 public:
  explicit GrpcEchoServer(int port = 0) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(absl::StrCat("127.0.0.1:", port), grpc::InsecureServerCredentials(),
                             &port_);
    builder.SetMaxReceiveMessageSize(-1);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    EXPECT_NE(server_, nullptr);
  }
  // Lets calls finish until `deadline`.
  void Shutdown(absl::Time deadline) { server_->Shutdown(absl::ToChronoTime(deadline)); }

  int port() const { return port_; }
  std::string target() const { return absl::StrCat("localhost:", port_); }
  std::atomic<int> silent{0};  // calls that wait

 private:
  class Echo : public grpc::ServerGenericBidiReactor {
   public:
    Echo(GrpcEchoServer& server, bool is_silent) : server_(server), is_silent_(is_silent) {
      StartRead(&message_);
    }
    void OnReadDone(bool ok) override {
      if (!ok) {
        Finish(grpc::Status::CANCELLED);
      } else if (is_silent_) {
        ++server_.silent;
      } else {
        StartWriteAndFinish(&message_, {}, grpc::Status::OK);
      }
    }
    void OnCancel() override {
      if (is_silent_) {
        Finish(grpc::Status::CANCELLED);
        --server_.silent;
      }
    }
    void OnDone() override { delete this; }

   private:
    GrpcEchoServer& server_;
    const bool is_silent_;
    grpc::ByteBuffer message_;
  };

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Echo(*this, context->method() == "/silent");
  }

  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// A call and what came of it.
struct Pending {
  UnaryRequest request;
  CallOutcome outcome;
  std::thread::id thread;
  std::atomic<bool> done{false};
  std::shared_ptr<Http2Channel::Call> call;

  void Start(Http2Channel& channel) {
    call = channel.Start(request, [this](CallOutcome result) {
      outcome = std::move(result);
      thread = std::this_thread::get_id();
      done = true;
    });
  }
  absl::StatusCode Wait() {
    EXPECT_TRUE(testing::WaitFor([this] { return done.load(); }));
    return outcome.status.code();
  }
};

CallOutcome CallOnce(Http2Channel& channel, std::string message, std::string path = "/echo") {
  Pending pending;
  pending.request = {
      .head = {.path = std::move(path), .headers = {}, .deadline = absl::Now() + absl::Seconds(20)},
      .message = std::move(message)};
  pending.Start(channel);
  pending.Wait();
  return pending.outcome;
}

// A thread with a loop of its own.
class LoopThread {
 public:
  LoopThread()
      : io_(std::make_shared<boost::asio::io_context>()), thread_([io = io_] {
          EventLoop::Adopt(*io, io);
          const auto guard = boost::asio::make_work_guard(*io);
          io->run();
        }) {}
  ~LoopThread() { thread_.join(); }
  void Run(std::function<void()> task) { boost::asio::post(*io_, std::move(task)); }
  void End() {
    Run([io = io_.get()] {
      EventLoop::Abandon();
      io->stop();
    });
  }
  std::thread::id id() const { return thread_.get_id(); }

 private:
  std::shared_ptr<boost::asio::io_context> io_;
  std::thread thread_;
};

TEST(Http2ChannelTest, MessagesOfAllSizes_ComeBack) {
  GrpcEchoServer server;
  Http2Channel channel(server.target());
  for (const size_t size : {0, 1, 5, 16'379, 65'535, 1'000'000, 20'000'000}) {
    const CallOutcome outcome = CallOnce(channel, std::string(size, 'x'));
    ASSERT_TRUE(outcome.status.ok()) << size << ": " << outcome.status.message();
    EXPECT_EQ(outcome.message.size(), size);
  }
}

TEST(Http2ChannelTest, ManyCallsOfManyThreads_AllComeBack) {
  GrpcEchoServer server;
  Http2Channel channel(server.target());
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::vector<Pending> calls(250);
      for (size_t i = 0; i < calls.size(); ++i) {
        calls[i].request = {.head = {.path = "/echo",
                                     .headers = {{"x-number", absl::StrCat(i)}},
                                     .deadline = absl::Now() + absl::Seconds(30)},
                            .message = absl::StrCat(t, " ", i)};
        calls[i].Start(channel);
      }
      for (Pending& call : calls) {
        good += call.Wait() == absl::StatusCode::kOk && call.outcome.message == call.request.message
                    ? 1
                    : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 1000);
}

TEST(Http2ChannelTest, ACallOfALoop_ComesBackOnItsThread) {
  GrpcEchoServer server;
  Http2Channel channel(server.target());
  LoopThread loop;
  Pending pending;
  pending.request = {.head = {.path = "/echo", .headers = {}}, .message = "hello"};
  loop.Run([&] { pending.Start(channel); });
  EXPECT_EQ(pending.Wait(), absl::StatusCode::kOk);
  EXPECT_EQ(pending.thread, loop.id());
  loop.End();
}

TEST(Http2ChannelTest, ALoopThatEnds_EndsItsCalls) {
  GrpcEchoServer server;
  Http2Channel channel(server.target());
  Pending pending;
  {
    LoopThread loop;
    pending.request = {.head = {.path = "/silent", .headers = {}}, .message = "hello"};
    loop.Run([&] { pending.Start(channel); });
    EXPECT_TRUE(testing::WaitFor([&] { return server.silent == 1; }));
    loop.End();
    EXPECT_EQ(pending.Wait(), absl::StatusCode::kUnavailable);
  }
  pending.call->Cancel();
  EXPECT_TRUE(CallOnce(channel, "on the loop of the process").status.ok());
  EXPECT_TRUE(testing::WaitFor([&] { return server.silent == 0; }));
}

TEST(Http2ChannelTest, ACancelledCall_IsCancelledAtTheServerToo) {
  GrpcEchoServer server;
  Http2Channel channel(server.target());
  Pending pending;
  pending.request = {.head = {.path = "/silent", .headers = {}}, .message = "hello"};
  pending.Start(channel);
  ASSERT_TRUE(testing::WaitFor([&] { return server.silent == 1; }));
  pending.call->Cancel();
  EXPECT_EQ(pending.Wait(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(testing::WaitFor([&] { return server.silent == 0; }));
}

TEST(Http2ChannelTest, CancellingAtOnce_IsSafeWhereverTheCallIs) {
  GrpcEchoServer server;
  Http2Channel channel(server.target());
  std::vector<Pending> calls(200);
  for (Pending& call : calls) {
    call.request = {.head = {.path = "/echo", .headers = {}}, .message = std::string(100'000, 'x')};
    call.Start(channel);
    call.call->Cancel();
  }
  for (Pending& call : calls) {
    call.Wait();
  }
  EXPECT_TRUE(CallOnce(channel, "still works").status.ok());
}

TEST(Http2ChannelTest, AChannelThatGoes_EndsItsCalls) {
  GrpcEchoServer server;
  auto channel = std::make_unique<Http2Channel>(server.target());
  Pending pending;
  pending.request = {.head = {.path = "/silent", .headers = {}}, .message = "hello"};
  pending.Start(*channel);
  ASSERT_TRUE(testing::WaitFor([&] { return server.silent == 1; }));
  channel = nullptr;
  EXPECT_EQ(pending.Wait(), absl::StatusCode::kUnavailable);
}

TEST(Http2ChannelTest, WithoutAServer_ACallWasNeverSent) {
  std::optional<GrpcEchoServer> server(std::in_place);
  Http2Channel channel(server->target());
  const int port = server->port();
  server.reset();
  for (int i = 0; i < 2; ++i) {
    const CallOutcome outcome = CallOnce(channel, "hello");
    EXPECT_EQ(outcome.status.code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(outcome.never_sent);
  }
  GrpcEchoServer again(port);
  EXPECT_TRUE(testing::WaitFor([&] { return CallOnce(channel, "hello").status.ok(); }));
}

TEST(Http2ChannelTest, AServerThatGoesAway_FinishesItsCallsWhileNewOnesGoElsewhere) {
  auto server = std::make_unique<GrpcEchoServer>();
  Http2Channel channel(server->target());
  Pending waiting;
  waiting.request = {.head = {.path = "/silent", .headers = {}}, .message = "hello"};
  waiting.Start(channel);
  ASSERT_TRUE(testing::WaitFor([&] { return server->silent == 1; }));
  std::thread going([&] { server->Shutdown(absl::Now() + absl::Milliseconds(300)); });
  EXPECT_TRUE(testing::WaitFor([&] { return CallOnce(channel, "hello").never_sent; }));
  going.join();
  EXPECT_NE(waiting.Wait(), absl::StatusCode::kOk);
  EXPECT_FALSE(waiting.outcome.never_sent);
}

TEST(Http2ChannelTest, AHeaderBeyondWhatServersTake_IsRefusedBeforeItIsSent) {
  GrpcEchoServer server;
  Http2Channel channel(server.target());
  ASSERT_TRUE(CallOnce(channel, "the connection is made").status.ok());
  for (const size_t size : {7'000u, 9'000u, 100'000u}) {
    Pending pending;
    pending.request = {.head = {.path = "/echo", .headers = {{"x-long", std::string(size, 'x')}}},
                       .message = "hello"};
    pending.Start(channel);
    EXPECT_EQ(pending.Wait(),
              size < 8'000 ? absl::StatusCode::kOk : absl::StatusCode::kResourceExhausted);
    // Other calls of the connection are none the wiser.
    Pending other;
    other.request = {.head = {.path = "/echo", .headers = {{"x-short", "x"}}}, .message = "hello"};
    other.Start(channel);
    EXPECT_EQ(other.Wait(), absl::StatusCode::kOk);
  }
}

TEST(Http2ChannelTest, AServerThatDoesNotSpeakHttp2_FailsTheCall) {
  boost::asio::io_context io;
  tcp::acceptor acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  std::thread server([&] {
    tcp::socket socket = acceptor.accept();
    boost::system::error_code ignored;
    boost::asio::write(socket, boost::asio::buffer(std::string("HTTP/1.1 400 Bad Request\r\n\r\n")),
                       ignored);
    std::string rest(1000, '\0');
    while (!ignored) {
      socket.read_some(boost::asio::buffer(rest), ignored);
    }
  });
  Http2Channel channel(absl::StrCat("127.0.0.1:", acceptor.local_endpoint().port()));
  EXPECT_EQ(CallOnce(channel, "hello").status.code(), absl::StatusCode::kUnavailable);
  server.join();
}

TEST(Http2ChannelTest, AServerThatStaysSilent_MeetsTheDeadline) {
  boost::asio::io_context io;
  tcp::acceptor acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  Http2Channel channel(absl::StrCat("127.0.0.1:", acceptor.local_endpoint().port()));
  Pending pending;
  pending.request = {
      .head = {.path = "/echo", .headers = {}, .deadline = absl::Now() + absl::Milliseconds(50)},
      .message = "hello"};
  pending.Start(channel);
  EXPECT_EQ(pending.Wait(), absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace jobmesh::runtime::rpc
