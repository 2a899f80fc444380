#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/errors.h"
#include "runtime/rpc/client.h"
#include "runtime/rpc/raw_stream.h"
#include "runtime/rpc/server.h"
#include "runtime/rpc/testdata/echo.pb.h"
#include "runtime/telemetry/metrics.h"
#include "runtime/testing/wait_for.h"

namespace jobmesh::runtime::rpc {
namespace {

using testdata::SayRequest;
using testdata::SayResponse;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::WaitFor;

constexpr char kSay[] = "jobmesh.runtime.rpc.testdata.Echo/Say";
constexpr char kSayInside[] = "jobmesh.runtime.rpc.testdata.Echo/SayInside";
constexpr char kRepeat[] = "jobmesh.runtime.rpc.testdata.Echo/Repeat";
constexpr char kChat[] = "jobmesh.runtime.rpc.testdata.Echo/Chat";
constexpr char kMeshSecret[] = "a secret of this mesh";

SayRequest Words(const std::string& text, uint32_t times = 0) {
  SayRequest request;
  request.set_text(text);
  request.set_times(times);
  return request;
}

// Serves Echo; `say` decides what Say does.
class EchoHandlers {
 public:
  explicit EchoHandlers(std::string name) : name_(std::move(name)) {}

  absl::StatusOr<SayResponse> Say(const CallContext& call, const SayRequest& request) {
    ++calls;
    return say(call, request);
  }

  StreamEvents<SayRequest> Repeat(const CallContext&, const SayRequest& request,
                                  std::shared_ptr<StreamWriter<SayResponse>> writer) {
    for (uint32_t i = 0; i < request.times(); ++i) {
      writer->Send(Answer(absl::StrCat(request.text(), i)));
    }
    if (request.times() > 0) {
      writer->Finish(absl::OkStatus());
    }
    ++open_streams;
    return {
        .on_message = nullptr, .on_half_close = nullptr, .on_closed = [this] { --open_streams; }};
  }

  StreamEvents<SayRequest> Chat(const CallContext&,
                                std::shared_ptr<StreamWriter<SayResponse>> writer) {
    ++open_streams;
    StreamEvents<SayRequest> events;
    events.on_message = [this, writer](const SayRequest& request) {
      if (request.text() == "throw") {
        throw std::runtime_error("the secret of the database");
      }
      if (request.text() == "fail") {
        writer->Finish(
            Error(absl::StatusCode::kNotFound, ErrorReason::USER_NOT_FOUND, "Nobody is there"));
        return;
      }
      writer->Send(Answer(request.text()));
    };
    events.on_closed = [this] { --open_streams; };
    return events;
  }

  SayResponse Answer(const std::string& text) const {
    SayResponse response;
    response.set_text(text);
    response.set_server(name_);
    return response;
  }

  std::function<absl::StatusOr<SayResponse>(const CallContext&, const SayRequest&)> say =
      [this](const CallContext&, const SayRequest& request) { return Answer(request.text()); };
  // Lets Say wait for `release`.
  void Block() {
    say = [this](const CallContext&, const SayRequest&) {
      release.WaitForNotification();
      return Answer("finished");
    };
  }
  absl::Notification release;
  std::atomic<int> calls{0};
  std::atomic<int> open_streams{0};

 private:
  const std::string name_;
};

// A server of Echo on a port of its own.
struct EchoServer {
  explicit EchoServer(const auth::MeshToken& mesh_token, const std::string& name = "echo",
                      int worker_threads = 4)
      : handlers(name),
        server({.address = "127.0.0.1", .port = 0, .worker_threads = worker_threads}, "echo",
               std::make_shared<prometheus::Registry>(), mesh_token, nullptr) {
    auto service = std::make_unique<Service>("jobmesh.runtime.rpc.testdata.Echo");
    service->Unary("Say", &handlers, &EchoHandlers::Say)
        .Unary("SayInside", &handlers, &EchoHandlers::Say)
        .ServerStream("Repeat", &handlers, &EchoHandlers::Repeat)
        .BidiStream("Chat", &handlers, &EchoHandlers::Chat);
    server.AddService(std::move(service));
    EXPECT_TRUE(server.Start().ok());
  }

  Endpoint endpoint() const {
    const std::string target = absl::StrCat("127.0.0.1:", server.port());
    return {.instance_id = target, .target = target, .weight = 100, .version = ""};
  }

  EchoHandlers handlers;
  Server server;
};

// An address at which nothing listens: its server is gone.
Endpoint DeadEndpoint(const auth::MeshToken& mesh_token) {
  return EchoServer(mesh_token).endpoint();
}

// What came of a stream.
struct StreamLog {
  absl::Mutex mutex;
  std::vector<std::string> texts ABSL_GUARDED_BY(mutex);
  std::optional<absl::Status> end ABSL_GUARDED_BY(mutex);

  RawStreamEvents Events() {
    RawStreamEvents events;
    events.on_message = [this](const std::string& bytes) {
      SayResponse response;
      EXPECT_TRUE(response.ParseFromString(bytes));
      absl::MutexLock lock(&mutex);
      texts.push_back(response.text());
    };
    events.on_closed = [this](const absl::Status& status) {
      absl::MutexLock lock(&mutex);
      EXPECT_FALSE(end.has_value());
      end = status;
    };
    return events;
  }
  std::vector<std::string> Texts() {
    absl::MutexLock lock(&mutex);
    return texts;
  }
  bool WaitForTexts(size_t count) {
    return WaitFor([&] { return Texts().size() >= count; });
  }
  // Waits for the end; UNKNOWN when it does not come.
  absl::Status End() {
    absl::MutexLock lock(&mutex);
    auto ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return end.has_value(); };
    return mutex.AwaitWithTimeout(absl::Condition(&ended), absl::Seconds(10))
               ? *end
               : absl::UnknownError("still open");
  }
};

class RpcTest : public ::testing::Test {
 protected:
  std::unique_ptr<Client> MakeClient(std::vector<Endpoint> endpoints,
                                     const ClientOptions& options = {"round_robin", 3}) {
    endpoints_.push_back(std::make_unique<FixedEndpoints>(std::move(endpoints)));
    return std::make_unique<Client>("echo", *endpoints_.back(), mesh_token_, metrics_, options);
  }

  const auth::MeshToken mesh_token_{kMeshSecret};
  const std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  std::vector<std::unique_ptr<FixedEndpoints>> endpoints_;
};

TEST_F(RpcTest, AUnaryCall_ComesBack) {
  EchoServer echo(mesh_token_);
  auto client = MakeClient({echo.endpoint()});
  auto response = client->Call<SayResponse>(kSay, Words("hello"));
  ASSERT_TRUE(response.ok()) << response.status().message();
  EXPECT_EQ(response->text(), "hello");
}

TEST_F(RpcTest, AnError_ArrivesWithReasonMetadataAndDomain) {
  EchoServer echo(mesh_token_);
  echo.handlers.say = [](const CallContext&, const SayRequest&) {
    return Error(absl::StatusCode::kAlreadyExists, ErrorReason::USER_EXISTS, "Taken",
                 {{"field", "email"}});
  };
  auto client = MakeClient({echo.endpoint()});
  const absl::Status status = client->Call<SayResponse>(kSay, Words("")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(), "Taken");
  std::optional<ErrorDetail> detail = DetailOf(status);
  ASSERT_TRUE(detail.has_value());
  EXPECT_EQ(detail->reason, "USER_EXISTS");
  EXPECT_THAT(detail->metadata, ElementsAre(Pair("field", "email")));
  errors::v1::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(std::string(*status.GetPayload(kErrorInfoUrl))));
  EXPECT_EQ(info.domain(), "echo.jobmesh");
}

TEST_F(RpcTest, AnErrorPassedOn_KeepsTheDomainItCameFrom) {
  EchoServer origin(mesh_token_);
  origin.handlers.say = [](const CallContext&, const SayRequest&) {
    absl::Status status = absl::NotFoundError("Gone");
    errors::v1::ErrorInfo info;
    info.set_reason("USER_NOT_FOUND");
    info.set_domain("far-away.jobmesh");
    status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
    return status;
  };
  auto client = MakeClient({origin.endpoint()});
  const absl::Status status = client->Call<SayResponse>(kSay, Words("")).status();
  errors::v1::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(std::string(*status.GetPayload(kErrorInfoUrl))));
  EXPECT_EQ(info.domain(), "far-away.jobmesh");
}

TEST_F(RpcTest, AnException_BecomesInternalWithoutItsText) {
  EchoServer echo(mesh_token_);
  echo.handlers.say = [](const CallContext&, const SayRequest&) -> absl::StatusOr<SayResponse> {
    throw std::runtime_error("the secret of the database");
  };
  auto client = MakeClient({echo.endpoint()});
  const absl::Status status = client->Call<SayResponse>(kSay, Words("")).status();
  EXPECT_EQ(status, absl::InternalError("An internal error occurred"));
}

TEST_F(RpcTest, AMeshMethod_WantsTheMeshToken) {
  EchoServer echo(mesh_token_);
  auto client = MakeClient({echo.endpoint()});
  const absl::Status status = client->Call<SayResponse>(kSayInside, Words("")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(DetailOf(status)->reason, "TOKEN_INVALID");
  const CallOptions wrong{.headers = {{"x-jobmesh-mesh-token", "another secret......"}}};
  EXPECT_EQ(client->Call<SayResponse>(kSayInside, Words(""), wrong).status().code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(echo.handlers.calls, 0);
  EXPECT_TRUE(client->Call<SayResponse>(kSayInside, Words(""), {.as_mesh = true}).ok());
}

TEST_F(RpcTest, TheHandler_GetsDeadlineTraceAndHeaders) {
  EchoServer echo(mesh_token_);
  absl::Duration time_left;
  std::string request_id;
  std::string header;
  telemetry::TraceContext trace;
  echo.handlers.say = [&](const CallContext& call, const SayRequest&) {
    time_left = call.TimeLeft();
    request_id = call.request_id();
    header = std::string(call.Header("x-colour"));
    trace = call.trace();
    call.AddResponseHeader("x-jobmesh-answer", "yes");
    return echo.handlers.Answer("");
  };
  auto client = MakeClient({echo.endpoint()});
  const telemetry::TraceContext own = telemetry::TraceContext::New();
  telemetry::TraceScope scope(own);
  absl::Notification done;
  RawResult result;
  client->CallRaw(
      kSay, "",
      {.timeout = absl::Seconds(7), .headers = {{"x-request-id", "r-1"}, {"x-colour", "blue"}}},
      [&](RawResult raw) {
        result = std::move(raw);
        done.Notify();
      });
  done.WaitForNotification();
  ASSERT_TRUE(result.status.ok());
  EXPECT_GT(time_left, absl::ZeroDuration());
  EXPECT_LT(time_left, absl::Seconds(8));  // grpc-timeout is rounded up on the wire
  EXPECT_EQ(request_id, "r-1");
  EXPECT_EQ(header, "blue");
  EXPECT_EQ(trace.trace_id, own.trace_id);
  EXPECT_NE(trace.span_id, own.span_id);
  EXPECT_THAT(result.headers, Contains(Pair("x-jobmesh-answer", "yes")));
}

TEST_F(RpcTest, ACallPastItsDeadline_EndsWhileTheHandlerStillWorks) {
  EchoServer echo(mesh_token_);
  echo.handlers.Block();
  auto client = MakeClient({echo.endpoint()});
  const absl::Status status =
      client->Call<SayResponse>(kSay, Words(""), {.timeout = absl::Milliseconds(100)}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  echo.handlers.release.Notify();
}

TEST_F(RpcTest, ACancelledCall_EndsAtOnce) {
  EchoServer echo(mesh_token_);
  echo.handlers.Block();
  auto client = MakeClient({echo.endpoint()});
  absl::Notification done;
  absl::Status status;
  CancelCall cancel =
      client->CallRaw(kSay, "", {.timeout = absl::Seconds(60)}, [&](const RawResult& result) {
        status = result.status;
        done.Notify();
      });
  ASSERT_TRUE(WaitFor([&] { return echo.handlers.calls == 1; }));
  cancel();
  EXPECT_TRUE(done.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  cancel();
  echo.handlers.release.Notify();
}

TEST_F(RpcTest, CallsPastTheQueue_AreRefused) {
  EchoServer echo(mesh_token_, "echo", 1);
  echo.handlers.Block();
  auto client = MakeClient({echo.endpoint()});
  constexpr int kCalls = 1010;  // one is worked on, 1,000 wait
  absl::BlockingCounter done(kCalls);
  std::atomic<int> served{0};
  std::atomic<int> refused{0};
  for (int i = 0; i < kCalls; ++i) {
    client->CallRaw(kSay, "", {.timeout = absl::Seconds(60)}, [&](const RawResult& result) {
      if (result.status.ok()) {
        ++served;
      } else if (DetailOf(result.status) && DetailOf(result.status)->reason == "RATE_LIMITED" &&
                 RetryAfterSeconds(result.status) == 1) {
        ++refused;
      }
      done.DecrementCount();
    });
  }
  EXPECT_TRUE(WaitFor([&] { return refused >= 9; }));
  echo.handlers.release.Notify();
  done.Wait();
  EXPECT_EQ(served + refused, kCalls);
  EXPECT_LE(refused, 10);
}

TEST_F(RpcTest, APortThatIsTaken_FailsTheStart) {
  EchoServer echo(mesh_token_);
  Server other({.address = "127.0.0.1", .port = echo.server.port()}, "other",
               std::make_shared<prometheus::Registry>(), mesh_token_, nullptr);
  EXPECT_EQ(other.Start().code(), absl::StatusCode::kUnavailable);
}

TEST_F(RpcTest, AnIdempotentCall_GoesToAnotherInstanceWhenOneDies) {
  auto dying = std::make_unique<EchoServer>(mesh_token_, "dying");
  EchoServer living(mesh_token_, "living");
  auto client = MakeClient({dying->endpoint(), living.endpoint()});
  std::set<std::string> servers;
  for (int i = 0; i < 4; ++i) {
    servers.insert(client->Call<SayResponse>(kSay, Words(""), {.idempotent = true})->server());
  }
  EXPECT_THAT(servers, ElementsAre("dying", "living"));
  dying = nullptr;
  for (int i = 0; i < 10; ++i) {
    auto response = client->Call<SayResponse>(kSay, Words(""), {.idempotent = true});
    ASSERT_TRUE(response.ok()) << i << ": " << response.status().message();
    EXPECT_EQ(response->server(), "living");
  }
  EXPECT_THAT(telemetry::Exposition(*metrics_),
              ::testing::ContainsRegex("jobmesh_rpc_retries_total.*upstream=\"echo\".* [1-9]"));
}

TEST_F(RpcTest, WhatAnOlderInstanceLacks_IsAskedOfANewerOne) {
  EchoServer older(mesh_token_, "older");
  EchoServer newer(mesh_token_, "newer");
  older.handlers.say = [](const CallContext&, const SayRequest&) {
    return absl::UnimplementedError("what is that?");
  };
  auto client = MakeClient({older.endpoint(), newer.endpoint()});
  for (int i = 0; i < 6; ++i) {
    auto response = client->Call<SayResponse>(kSay, Words(""), {.idempotent = false});
    ASSERT_TRUE(response.ok()) << i << ": " << response.status().message();
    EXPECT_EQ(response->server(), "newer");
  }
  EXPECT_THAT(telemetry::Exposition(*metrics_),
              ::testing::ContainsRegex("jobmesh_rpc_retries_total.*unimplemented.* [1-9]"));
}

TEST_F(RpcTest, WhatNoInstanceImplements_IsAskedOfEachOnce) {
  EchoServer one(mesh_token_, "one");
  EchoServer other(mesh_token_, "other");
  for (EchoServer* server : {&one, &other}) {
    server->handlers.say = [](const CallContext&, const SayRequest&) {
      return absl::UnimplementedError("what is that?");
    };
  }
  auto client = MakeClient({one.endpoint(), other.endpoint()});
  EXPECT_EQ(client->Call<SayResponse>(kSay, Words("")).status().code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_EQ(one.handlers.calls, 1);
  EXPECT_EQ(other.handlers.calls, 1);
}

TEST_F(RpcTest, ACallThatIsNotIdempotentAndWasSent_IsNotRepeated) {
  EchoServer one(mesh_token_, "one");
  EchoServer other(mesh_token_, "other");
  for (EchoServer* server : {&one, &other}) {
    server->handlers.say = [](const CallContext&, const SayRequest&) {
      return absl::UnavailableError("lost");
    };
  }
  auto client = MakeClient({one.endpoint(), other.endpoint()});
  EXPECT_EQ(client->Call<SayResponse>(kSay, Words("")).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(one.handlers.calls + other.handlers.calls, 1);
  EXPECT_EQ(client->Call<SayResponse>(kSay, Words(""), {.idempotent = true}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(one.handlers.calls + other.handlers.calls, 1 + 3);
}

TEST_F(RpcTest, ACallThatWasNeverSent_IsRepeatedWhateverItDoes) {
  EchoServer living(mesh_token_, "living");
  const Endpoint dead = DeadEndpoint(mesh_token_);
  auto client = MakeClient({dead, living.endpoint()});
  for (int i = 0; i < 4; ++i) {
    auto response = client->Call<SayResponse>(kSay, Words(""), {.idempotent = false});
    EXPECT_TRUE(response.ok()) << i << ": " << response.status().message();
  }
  EXPECT_EQ(living.handlers.calls, 4);
}

TEST_F(RpcTest, WithoutAnInstance_CallsFailAtOnce) {
  auto client = MakeClient({});
  const absl::Time start = absl::Now();
  const absl::Status status =
      client->Call<SayResponse>(kSay, Words(""), {.timeout = absl::Seconds(60), .idempotent = true})
          .status();
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(DetailOf(status)->reason, "NO_INSTANCE");
  EXPECT_EQ(DetailOf(status)->metadata.at("service"), "echo");
  EXPECT_EQ(RetryAfterSeconds(status), 1);

  StreamLog log;
  EXPECT_EQ(client->OpenStream(kChat, {}, log.Events()), nullptr);
  EXPECT_EQ(DetailOf(log.End())->reason, "NO_INSTANCE");
}

TEST_F(RpcTest, AnInstanceThatFailsSevenTimesInARow_IsLeftOut) {
  EchoServer failing(mesh_token_, "failing");
  failing.handlers.say = [](const CallContext&, const SayRequest&) {
    return absl::InternalError("broken");
  };
  EchoServer living(mesh_token_, "living");
  auto client = MakeClient({failing.endpoint(), living.endpoint()});
  int failures = 0;
  for (int i = 0; i < 14; ++i) {
    failures += client->Call<SayResponse>(kSay, Words("")).ok() ? 0 : 1;
  }
  EXPECT_EQ(failures, 7);
  const int calls = failing.handlers.calls;
  const absl::Time end =
      absl::Now() + absl::Milliseconds(200);  // well within the pause of a second
  while (absl::Now() < end) {
    EXPECT_TRUE(client->Call<SayResponse>(kSay, Words("")).ok());
  }
  EXPECT_EQ(failing.handlers.calls, calls);
  EXPECT_THAT(client->DescribeInstances(), HasSubstr("breaker open"));
  EXPECT_THAT(telemetry::Exposition(*metrics_),
              HasSubstr("jobmesh_breaker_state{state=\"open\",upstream=\"echo\"} 1"));
}

TEST_F(RpcTest, ErrorsOfTheCaller_DoNotOpenTheBreaker) {
  EchoServer echo(mesh_token_);
  echo.handlers.say = [](const CallContext&, const SayRequest&) {
    return absl::NotFoundError("none");
  };
  auto client = MakeClient({echo.endpoint()});
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(client->Call<SayResponse>(kSay, Words("")).status().code(),
              absl::StatusCode::kNotFound);
  }
}

TEST_F(RpcTest, ALeftOutInstanceThatRecovered_IsUsedAgainAfterAProbe) {
  EchoServer echo(mesh_token_);
  echo.handlers.say = [](const CallContext&, const SayRequest&) {
    return absl::InternalError("broken");
  };
  auto client = MakeClient({echo.endpoint()});
  for (int i = 0; i < 7; ++i) {
    client->Call<SayResponse>(kSay, Words("")).status().IgnoreError();
  }
  EXPECT_EQ(DetailOf(client->Call<SayResponse>(kSay, Words("")).status())->reason, "NO_INSTANCE");
  EXPECT_EQ(echo.handlers.calls, 7);
  echo.handlers.say = [&](const CallContext&, const SayRequest&) {
    return echo.handlers.Answer("");
  };
  EXPECT_TRUE(WaitFor([&] { return client->Call<SayResponse>(kSay, Words("")).ok(); }));
  EXPECT_TRUE(client->Call<SayResponse>(kSay, Words("")).ok());
  EXPECT_EQ(echo.handlers.calls, 9);
}

TEST_F(RpcTest, AServerStream_ArrivesInOrderAndEnds) {
  EchoServer echo(mesh_token_);
  auto client = MakeClient({echo.endpoint()});
  StreamLog log;
  auto stream = client->OpenStream(kRepeat, {}, log.Events());
  ASSERT_NE(stream, nullptr);
  stream->Send(Words("n", 3).SerializeAsString());
  stream->HalfClose();
  EXPECT_TRUE(log.End().ok());
  EXPECT_THAT(log.Texts(), ElementsAre("n0", "n1", "n2"));
  EXPECT_FALSE(stream->Send("late"));
  EXPECT_TRUE(WaitFor([&] { return echo.handlers.open_streams == 0; }));
}

TEST_F(RpcTest, ABidiStream_AnswersEachMessageUntilTheClientHalfCloses) {
  EchoServer echo(mesh_token_);
  auto client = MakeClient({echo.endpoint()});
  StreamLog log;
  auto stream = client->OpenStream(kChat, {}, log.Events());
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(stream->Send(Words(absl::StrCat(i)).SerializeAsString()));
  }
  EXPECT_TRUE(log.WaitForTexts(100));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(log.Texts()[i], absl::StrCat(i));
  }
  EXPECT_EQ(echo.handlers.open_streams, 1);
  stream->HalfClose();
  EXPECT_TRUE(log.End().ok());
  EXPECT_TRUE(WaitFor([&] { return echo.handlers.open_streams == 0; }));
}

TEST_F(RpcTest, ABidiStreamThatTheHandlerFinishes_EndsWithItsError) {
  EchoServer echo(mesh_token_);
  auto client = MakeClient({echo.endpoint()});
  StreamLog log;
  auto stream = client->OpenStream(kChat, {}, log.Events());
  stream->Send(Words("a").SerializeAsString());
  stream->Send(Words("fail").SerializeAsString());
  const absl::Status end = log.End();
  EXPECT_EQ(end.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(DetailOf(end)->reason, "USER_NOT_FOUND");
  EXPECT_THAT(log.Texts(), ElementsAre("a"));
}

TEST_F(RpcTest, AnExceptionInAStream_BecomesInternalWithoutItsText) {
  EchoServer echo(mesh_token_);
  auto client = MakeClient({echo.endpoint()});
  StreamLog log;
  auto stream = client->OpenStream(kChat, {}, log.Events());
  stream->Send(Words("throw").SerializeAsString());
  EXPECT_EQ(log.End(), absl::InternalError("An internal error occurred"));
  EXPECT_TRUE(WaitFor([&] { return echo.handlers.open_streams == 0; }));
}

TEST_F(RpcTest, CancellingAStream_EndsItOnBothSides) {
  EchoServer echo(mesh_token_);
  auto client = MakeClient({echo.endpoint()});
  StreamLog log;
  auto stream = client->OpenStream(kChat, {}, log.Events());
  stream->Send(Words("a").SerializeAsString());
  ASSERT_TRUE(log.WaitForTexts(1));
  stream->Cancel();
  EXPECT_EQ(log.End().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(WaitFor([&] { return echo.handlers.open_streams == 0; }));
  stream->Cancel();
}

TEST_F(RpcTest, DrainingAServer_EndsItsStreams) {
  EchoServer echo(mesh_token_);
  auto client = MakeClient({echo.endpoint()});
  StreamLog chat;
  StreamLog repeat;
  auto chat_stream = client->OpenStream(kChat, {}, chat.Events());
  chat_stream->Send(Words("a").SerializeAsString());
  auto repeat_stream = client->OpenStream(kRepeat, {}, repeat.Events());
  repeat_stream->Send(Words("r").SerializeAsString());
  repeat_stream->HalfClose();
  ASSERT_TRUE(chat.WaitForTexts(1));
  ASSERT_TRUE(WaitFor([&] { return echo.handlers.open_streams == 2; }));
  const absl::Time start = absl::Now();
  echo.server.BeginDrain();
  echo.server.Drain(absl::Now() + absl::Seconds(30));
  echo.server.Stop();
  EXPECT_LT(absl::Now() - start, absl::Seconds(15));
  EXPECT_EQ(chat.End().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(repeat.End().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(echo.handlers.open_streams, 0);
}

TEST_F(RpcTest, DrainingAServer_FinishesTheCallsItHas) {
  EchoServer echo(mesh_token_);
  echo.handlers.Block();
  auto client = MakeClient({echo.endpoint()});
  absl::Notification done;
  RawResult result;
  client->CallRaw(kSay, "", {.timeout = absl::Seconds(30)}, [&](RawResult raw) {
    result = std::move(raw);
    done.Notify();
  });
  ASSERT_TRUE(WaitFor([&] { return echo.handlers.calls == 1; }));
  std::thread drain([&] { echo.server.Drain(absl::Now() + absl::Seconds(30)); });
  echo.handlers.release.Notify();
  drain.join();
  done.WaitForNotification();
  EXPECT_TRUE(result.status.ok());
  SayResponse response;
  EXPECT_TRUE(response.ParseFromString(result.body));
  EXPECT_EQ(response.text(), "finished");
}

}  // namespace
}  // namespace jobmesh::runtime::rpc
