#include "runtime/rpc/http2_stream.h"

#include <atomic>
#include <list>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/grpcpp.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/testing/wait_for.h"

namespace jobmesh::runtime::rpc {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;

// `/echo` sends messages back until the client has said all; `/flood` answers the first one with
// messages without end; `/hang-up` answers it and ends the call; `/refuse` ends the call at once.
class StreamServer : public grpc::CallbackGenericService {
 public:
  StreamServer() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.SetMaxReceiveMessageSize(-1);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
  }
  void Kill() { server_->Shutdown(absl::ToChronoTime(absl::Now())); }

  std::string target() const { return absl::StrCat("127.0.0.1:", port_); }
  std::atomic<int> open{0};
  std::atomic<int> flooded{0};  // messages that gRPC has taken

 private:
  class Reactor : public grpc::ServerGenericBidiReactor {
   public:
    Reactor(StreamServer& server, grpc::GenericCallbackServerContext& context)
        : server_(server), method_(context.method()) {
      ++server_.open;
      context.AddTrailingMetadata("x-farewell", "good-bye");
      if (method_ == "/refuse") {
        Finish({grpc::StatusCode::NOT_FOUND, "not here"});
        return;
      }
      context.AddInitialMetadata("x-greeting", "hello");
      StartSendInitialMetadata();
      StartRead(&message_);
    }
    void OnReadDone(bool ok) override {
      if (!ok) {
        Finish(grpc::Status::OK);
      } else if (method_ == "/hang-up") {
        StartWriteAndFinish(&message_, {}, grpc::Status::OK);
      } else {
        StartWrite(&message_);
      }
    }
    void OnWriteDone(bool ok) override {
      if (!ok) {
        Finish(grpc::Status::CANCELLED);
      } else if (method_ == "/flood") {
        ++server_.flooded;
        StartWrite(&message_);
      } else {
        StartRead(&message_);
      }
    }
    void OnDone() override {
      --server_.open;
      delete this;
    }

   private:
    StreamServer& server_;
    const std::string method_;
    grpc::ByteBuffer message_;
  };

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Reactor(*this, *context);
  }

  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// A stream and what was told of it.
struct Told {
  absl::Mutex mutex;
  Metadata headers;
  std::vector<std::string> messages;
  Metadata trailers;
  absl::Status status;
  std::atomic<bool> closed{false};
  std::shared_ptr<Http2Stream> stream;

  explicit Told(const std::string& path, bool reads_on_demand = false) {
    RawStreamEvents events;
    events.reads_on_demand = reads_on_demand;
    events.on_headers = [this](Metadata metadata) { headers = std::move(metadata); };
    events.on_message = [this](std::string message) {
      absl::MutexLock lock(&mutex);
      messages.push_back(std::move(message));
    };
    events.on_trailers = [this](Metadata metadata) { trailers = std::move(metadata); };
    events.on_closed = [this](const absl::Status& why) {
      status = why;
      closed = true;
    };
    stream = std::make_shared<Http2Stream>(CallHead{.path = path, .headers = {}}, events);
  }
  size_t count() {
    absl::MutexLock lock(&mutex);
    return messages.size();
  }
  absl::StatusCode Wait() {
    EXPECT_TRUE(testing::WaitFor([this] { return closed.load(); }));
    return status.code();
  }
};

TEST(Http2StreamTest, MessagesOfAnySize_GoBothWaysInOrder) {
  StreamServer server;
  Http2Channel channel(server.target());
  Told told("/echo");
  // The last ones are beyond any window.
  const std::vector<std::string> messages{"one", "", std::string(100'000, 'a'),
                                          std::string(5'000'000, 'b'), "last"};
  EXPECT_TRUE(told.stream->Send(messages[0]));  // before it begins
  channel.Start(told.stream);
  for (size_t i = 1; i < messages.size(); ++i) {
    EXPECT_TRUE(told.stream->Send(messages[i]));
  }
  told.stream->HalfClose();
  EXPECT_FALSE(told.stream->Send("too late"));
  EXPECT_EQ(told.Wait(), absl::StatusCode::kOk);
  EXPECT_EQ(told.messages, messages);
  EXPECT_EQ(told.stream->unsent(), 0u);
  EXPECT_THAT(told.headers, Contains(Pair("x-greeting", "hello")));
  EXPECT_THAT(told.trailers, Contains(Pair("x-farewell", "good-bye")));
}

TEST(Http2StreamTest, WhatIsNotRead_StaysWithTheServer) {
  StreamServer server;
  Http2Channel channel(server.target());
  Told told("/flood", true);
  told.stream->Send(std::string(64 * 1024, 'x'));
  channel.Start(told.stream);
  ASSERT_TRUE(testing::WaitFor([&] { return told.count() == 1; }));
  // The server comes to a stop.
  int before = -1;
  ASSERT_TRUE(testing::WaitFor([&] {
    const int now = server.flooded;
    absl::SleepFor(absl::Milliseconds(100));
    return std::exchange(before, now) == now && now > 0;
  }));
  EXPECT_LT(before, 100);
  EXPECT_EQ(told.count(), 1u);
  for (int i = 0; i < 300; ++i) {
    told.stream->ReadNext();
  }
  EXPECT_TRUE(testing::WaitFor([&] { return told.count() == 301; }));
  // Another stream on the connection is not held up.
  Told other("/echo");
  channel.Start(other.stream);
  other.stream->Send("through");
  other.stream->HalfClose();
  EXPECT_EQ(other.Wait(), absl::StatusCode::kOk);
  EXPECT_THAT(other.messages, ElementsAre("through"));
  told.stream->Cancel();
  EXPECT_EQ(told.Wait(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(testing::WaitFor([&] { return server.open == 0; }));
}

TEST(Http2StreamTest, AServerThatEnds_IsTheEndForBoth) {
  StreamServer server;
  Http2Channel channel(server.target());
  Told told("/hang-up");
  channel.Start(told.stream);
  told.stream->Send("only one");
  EXPECT_EQ(told.Wait(), absl::StatusCode::kOk);
  EXPECT_THAT(told.messages, ElementsAre("only one"));
  EXPECT_FALSE(told.stream->Send("more"));
  told.stream->Cancel();  // which changes nothing
  EXPECT_TRUE(testing::WaitFor([&] { return server.open == 0; }));
}

TEST(Http2StreamTest, AnAnswerThatComesAtOnce_IsToldInItsOrder) {
  StreamServer server;
  Http2Channel channel(server.target());
  for (int i = 0; i < 200; ++i) {
    Told told("/hang-up");
    told.stream->Send("all at once");
    channel.Start(told.stream);
    EXPECT_EQ(told.Wait(), absl::StatusCode::kOk);
    EXPECT_THAT(told.headers, Contains(Pair("x-greeting", "hello")));
    EXPECT_THAT(told.messages, ElementsAre("all at once"));
    EXPECT_THAT(told.trailers, Contains(Pair("x-farewell", "good-bye")));
  }
}

TEST(Http2StreamTest, TheEnd_IsToldAfterTheLastMessage) {
  StreamServer server;
  Http2Channel channel(server.target());
  Told told("/echo", true);
  channel.Start(told.stream);
  told.stream->Send("first");
  told.stream->Send("second");
  told.stream->HalfClose();
  ASSERT_TRUE(testing::WaitFor([&] { return server.open == 0 && told.count() == 1; }));
  EXPECT_FALSE(told.closed);
  told.stream->ReadNext();
  EXPECT_EQ(told.Wait(), absl::StatusCode::kOk);
  EXPECT_THAT(told.messages, ElementsAre("first", "second"));
}

TEST(Http2StreamTest, ARefusal_BringsItsMetadataLast) {
  StreamServer server;
  Http2Channel channel(server.target());
  Told told("/refuse");
  channel.Start(told.stream);
  EXPECT_EQ(told.Wait(), absl::StatusCode::kNotFound);
  EXPECT_EQ(told.status.message(), "not here");
  EXPECT_TRUE(told.headers.empty());
  EXPECT_THAT(told.trailers, Contains(Pair("x-farewell", "good-bye")));
}

TEST(Http2StreamTest, AServerThatIsGone_IsUnavailable) {
  StreamServer server;
  Http2Channel channel(server.target());
  Told told("/echo");
  channel.Start(told.stream);
  told.stream->Send("hello");
  ASSERT_TRUE(testing::WaitFor([&] { return told.count() == 1; }));
  server.Kill();
  EXPECT_NE(told.Wait(), absl::StatusCode::kOk);
  Told none("/echo");
  channel.Start(none.stream);
  EXPECT_EQ(none.Wait(), absl::StatusCode::kUnavailable);
}

TEST(Http2StreamTest, ADeadline_EndsIt) {
  StreamServer server;
  Http2Channel channel(server.target());
  std::atomic<bool> closed{false};
  RawStreamEvents events;
  events.on_closed = [&](const absl::Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
    closed = true;
  };
  channel.Start(std::make_shared<Http2Stream>(
      CallHead{.path = "/echo", .headers = {}, .deadline = absl::Now() + absl::Milliseconds(100)},
      std::move(events)));
  EXPECT_TRUE(testing::WaitFor([&] { return closed && server.open == 0; }));
}

TEST(Http2StreamTest, StreamsOfManyThreads_AllComeToTheirEnd) {
  StreamServer server;
  Http2Channel channel(server.target());
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::list<Told> streams;
      for (int i = 0; i < 50; ++i) {
        Told& told = streams.emplace_back("/echo");
        channel.Start(told.stream);
        for (int m = 0; m < 20; ++m) {
          told.stream->Send(absl::StrCat(m));
        }
        // Some are cancelled wherever they are.
        (i + t) % 5 == 0 ? told.stream->Cancel() : told.stream->HalfClose();
      }
      for (Told& told : streams) {
        good += told.Wait() == absl::StatusCode::kOk && told.messages.size() == 20 ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 160);
  EXPECT_TRUE(testing::WaitFor([&] { return server.open == 0; }));
}

}  // namespace
}  // namespace jobmesh::runtime::rpc
