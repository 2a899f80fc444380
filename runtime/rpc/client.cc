#include "runtime/rpc/client.h"

#include <algorithm>
#include <unordered_map>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

#include "runtime/errors.h"
#include "runtime/policy/retry_budget.h"
#include "runtime/rpc/http2_channel.h"
#include "runtime/rpc/http2_stream.h"
#include "runtime/rpc/instance_pool.h"
#include "runtime/rpc/metadata.h"
#include "runtime/strings.h"
#include "runtime/telemetry/log.h"
#include "runtime/telemetry/metrics.h"

namespace jobmesh::runtime::rpc {
namespace {

// Whether a code tells that the instance is at fault; other errors are the caller's.
bool IsInstanceFault(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kDeadlineExceeded:
      return true;
    default:
      return false;
  }
}

// Binary values as HTTP carries them (doc/PROTOCOL-HTTP2.md of gRPC, "Binary-Header").
Metadata OnTheWire(Metadata headers) {
  for (auto& [name, value] : headers) {
    if (absl::EndsWith(name, "-bin")) {
      value = absl::Base64Escape(value);
    }
  }
  return headers;
}

const char* StateName(policy::CircuitBreaker::State state) {
  switch (state) {
    case policy::CircuitBreaker::State::kClosed:
      return "closed";
    case policy::CircuitBreaker::State::kOpen:
      return "open";
    case policy::CircuitBreaker::State::kHalfOpen:
      return "half_open";
  }
  return "closed";
}

}  // namespace

class Client::Impl : public std::enable_shared_from_this<Client::Impl> {
 public:
  Impl(std::string service, Endpoints& endpoints, const auth::MeshToken& mesh_token,
       std::shared_ptr<prometheus::Registry> metrics, ClientOptions options)
      : service_(std::move(service)),
        options_(std::move(options)),
        mesh_token_(mesh_token),
        pool_(service_, endpoints, policy::MakeLoadBalancer(options_.load_balancer),
              options_.breaker, [this] { UpdateBreakerMetrics(); }),
        registry_(std::move(metrics)),
        retry_family_(prometheus::BuildCounter()
                          .Name("jobmesh_rpc_retries_total")
                          .Help("Calls sent again to another instance.")
                          .Register(*registry_)),
        unavailable_retries_(
            retry_family_.Add({{"upstream", service_}, {"reason", "unavailable"}})),
        unimplemented_retries_(
            retry_family_.Add({{"upstream", service_}, {"reason", "unimplemented"}})),
        breaker_family_(prometheus::BuildGauge()
                            .Name("jobmesh_breaker_state")
                            .Help("Instances of an upstream by the state of their circuit breaker.")
                            .Register(*registry_)) {
    UpdateBreakerMetrics();
  }

  // One call with all its tries.
  struct Call : std::enable_shared_from_this<Call> {
    std::shared_ptr<Impl> client;
    UnaryRequest request;
    bool idempotent = false;
    bool is_callers_timeout = false;
    std::string affinity_key;
    telemetry::RpcMetrics* metrics = nullptr;
    absl::Time start;
    std::function<void(RawResult)> done;
    std::vector<const ClientInstance*> tried;
    std::vector<std::shared_ptr<ClientInstance>> kept;  // so that `tried` stays valid

    absl::Mutex mutex;
    std::shared_ptr<Http2Channel::Call> under_way ABSL_GUARDED_BY(mutex);
    bool cancelled ABSL_GUARDED_BY(mutex) = false;

    void Try();
    void OnDone(CallOutcome outcome);
    bool IsCancelled();
    void Complete(RawResult result);
    void Cancel();
  };

  telemetry::RpcMetrics& MetricsOf(const std::string& path, const char* type) {
    {
      absl::ReaderMutexLock lock(&metrics_mutex_);
      auto it = metrics_.find(path);
      if (it != metrics_.end()) {
        return *it->second;
      }
    }
    absl::MutexLock lock(&metrics_mutex_);
    auto& slot = metrics_[path];
    if (slot == nullptr) {
      const size_t slash = path.rfind('/');
      slot = std::make_unique<telemetry::RpcMetrics>(
          *registry_, telemetry::RpcMetrics::Side::kClient, type, path.substr(1, slash - 1),
          path.substr(slash + 1));
    }
    return *slot;
  }

  // What the mesh adds to the headers of a call.
  void AddHeaders(const CallOptions& options,
                  std::vector<std::pair<std::string, std::string>>& headers) const {
    if (options.as_mesh) {
      headers.emplace_back(kMeshTokenHeader, mesh_token_.value());
    }
    if (const telemetry::TraceContext* trace = telemetry::TraceScope::Current()) {
      const bool given = std::ranges::any_of(
          headers, [](const auto& header) { return header.first == kTraceparentHeader; });
      if (!given) {
        headers.emplace_back(kTraceparentHeader, trace->Header());
      }
    }
  }

  // A server stream with all its tries.
  struct StreamCall;

  // A stream on `instance`, not yet started. Ends up in its metrics and its breaker.
  std::shared_ptr<Http2Stream> Prepare(std::shared_ptr<ClientInstance> instance,
                                       const std::string& path, const char* type,
                                       const CallOptions& options, absl::Time deadline,
                                       RawStreamEvents events) {
    telemetry::RpcMetrics& metrics = MetricsOf(path, type);
    metrics.Started();
    instance->in_flight.fetch_add(1, std::memory_order_relaxed);
    events.on_closed = [client = shared_from_this(), instance, &metrics, start = absl::Now(),
                        is_callers_timeout = options.is_callers_timeout,
                        closed = std::move(events.on_closed)](const absl::Status& status) {
      instance->in_flight.fetch_sub(1, std::memory_order_relaxed);
      client->Report(*instance, status.code(), is_callers_timeout);
      metrics.Handled(static_cast<int>(status.code()), absl::ToDoubleSeconds(absl::Now() - start));
      closed(status);
    };
    Metadata headers = options.headers;
    AddHeaders(options, headers);
    return std::make_shared<Http2Stream>(
        CallHead{.path = path, .headers = OnTheWire(std::move(headers)), .deadline = deadline},
        std::move(events));
  }

  // Takes one retry from the budget where the rules allow it.
  bool TryRetry(absl::StatusCode reason, size_t tries, absl::Time deadline) {
    const absl::Time now = absl::Now();
    if (static_cast<int>(tries) >= options_.max_tries || now >= deadline ||
        !budget_.TryRetry(now)) {
      return false;
    }
    (reason == absl::StatusCode::kUnimplemented ? unimplemented_retries_ : unavailable_retries_)
        .Increment();
    return true;
  }

  absl::Status NoInstance() const {
    const absl::Duration wait = pool_.NextProbe() - absl::Now();
    const int64_t seconds =
        std::clamp<int64_t>(absl::ToInt64Seconds(absl::Ceil(wait, absl::Seconds(1))), 1, 60);
    return Error(absl::StatusCode::kUnavailable, ErrorReason::NO_INSTANCE,
                 absl::StrCat("No instance of ", service_, " can be reached; try again shortly"),
                 {{"service", service_}, {"retry_after_seconds", absl::StrCat(seconds)}});
  }

  // What callers are told of an outcome. UNAVAILABLE without a reason comes from gRPC's transport:
  // its text names addresses of the mesh, which are for the log and not for people.
  absl::Status Told(const absl::Status& status, const ClientInstance& instance,
                    const std::string& path) const {
    if (!absl::IsUnavailable(status) || DetailOf(status)) {
      return status;
    }
    telemetry::LogWarn("instance_unreachable",
                       {{"rpc.method", path},
                        {"server.address", instance.endpoint.target},
                        {"service.instance.id", instance.endpoint.instance_id},
                        {"error.message", std::string(status.message())}});
    return NoInstance();
  }

  void Report(ClientInstance& instance, absl::StatusCode code, bool is_callers_timeout) {
    const absl::Time now = absl::Now();
    const policy::CircuitBreaker::State before = instance.breaker.state(now);
    if (code == absl::StatusCode::kCancelled ||
        (code == absl::StatusCode::kDeadlineExceeded && is_callers_timeout)) {
      instance.breaker.OnNoOutcome(now);
    } else if (IsInstanceFault(code)) {
      instance.breaker.OnFailure(now);
    } else {
      instance.breaker.OnSuccess(now);
    }
    if (instance.breaker.state(now) != before) {
      UpdateBreakerMetrics();
    }
  }

  void UpdateBreakerMetrics() {
    const absl::Time now = absl::Now();
    std::unordered_map<std::string, int> counts{{"closed", 0}, {"open", 0}, {"half_open", 0}};
    for (const auto& instance : pool_.Instances()) {
      ++counts[StateName(instance->breaker.state(now))];
    }
    for (const auto& [state, count] : counts) {
      breaker_family_.Add({{"upstream", service_}, {"state", state}}).Set(count);
    }
  }

  const std::string service_;
  const ClientOptions options_;
  const auth::MeshToken& mesh_token_;
  InstancePool pool_;
  policy::RetryBudget budget_;
  std::shared_ptr<prometheus::Registry> registry_;
  prometheus::Family<prometheus::Counter>& retry_family_;
  prometheus::Counter& unavailable_retries_;
  prometheus::Counter& unimplemented_retries_;
  prometheus::Family<prometheus::Gauge>& breaker_family_;
  absl::Mutex metrics_mutex_;
  std::unordered_map<std::string, std::unique_ptr<telemetry::RpcMetrics>> metrics_
      ABSL_GUARDED_BY(metrics_mutex_);
};

void Client::Impl::Call::Try() {
  std::shared_ptr<ClientInstance> instance = client->pool_.Pick(tried, affinity_key);
  if (instance == nullptr) {
    Complete({.status = client->NoInstance(), .body = {}, .headers = {}, .trailers = {}});
    return;
  }
  tried.push_back(instance.get());
  kept.push_back(instance);
  instance->in_flight.fetch_add(1, std::memory_order_relaxed);
  absl::MutexLock lock(&mutex);
  under_way = instance->channel.Start(request, [self = shared_from_this()](CallOutcome outcome) {
    self->OnDone(std::move(outcome));
  });
  if (cancelled) {
    under_way->Cancel();
  }
}

void Client::Impl::Call::OnDone(CallOutcome outcome) {
  ClientInstance& instance = *kept.back();
  instance.in_flight.fetch_sub(1, std::memory_order_relaxed);
  const absl::StatusCode code = outcome.status.code();
  client->Report(instance, code, is_callers_timeout);
  // While a new version is rolled out, older instances lack its methods. Nothing was executed.
  const bool is_lacking =
      code == absl::StatusCode::kUnimplemented && tried.size() < client->pool_.Instances().size();
  const bool may_retry =
      is_lacking || (code == absl::StatusCode::kUnavailable && (idempotent || outcome.never_sent));
  if (may_retry && !IsCancelled() && client->TryRetry(code, tried.size(), request.head.deadline)) {
    Try();
    return;
  }
  Complete({.status = client->Told(outcome.status, instance, request.head.path),
            .body = std::move(outcome.message),
            .headers = std::move(outcome.headers),
            .trailers = std::move(outcome.trailers)});
}

bool Client::Impl::Call::IsCancelled() {
  absl::MutexLock lock(&mutex);
  return cancelled;
}

void Client::Impl::Call::Complete(RawResult result) {
  metrics->Handled(static_cast<int>(result.status.code()),
                   absl::ToDoubleSeconds(absl::Now() - start));
  if (result.status.ok()) {
    metrics->MessageReceived();
  }
  std::function<void(RawResult)> callback = std::move(done);
  callback(std::move(result));
}

void Client::Impl::Call::Cancel() {
  absl::MutexLock lock(&mutex);
  cancelled = true;
  if (under_way != nullptr) {
    under_way->Cancel();
  }
}

Client::Client(std::string service, Endpoints& endpoints, const auth::MeshToken& mesh_token,
               std::shared_ptr<prometheus::Registry> metrics, ClientOptions options)
    : impl_(std::make_shared<Impl>(std::move(service), endpoints, mesh_token, std::move(metrics),
                                   std::move(options))) {}

Client::~Client() = default;

CancelCall Client::CallRaw(std::string_view method, std::string request, CallOptions options,
                           std::function<void(RawResult)> done) {
  auto call = std::make_shared<Impl::Call>();
  call->client = impl_;
  call->request.head.path = absl::StrCat("/", Av(method));
  call->request.message = std::move(request);
  impl_->AddHeaders(options, options.headers);
  call->request.head.headers = OnTheWire(std::move(options.headers));
  call->start = absl::Now();
  call->request.head.deadline = call->start + options.timeout;
  call->idempotent = options.idempotent;
  call->is_callers_timeout = options.is_callers_timeout;
  call->affinity_key = std::move(options.affinity_key);
  call->metrics = &impl_->MetricsOf(call->request.head.path, "unary");
  call->done = std::move(done);
  call->metrics->Started();
  call->metrics->MessageSent();
  impl_->budget_.OnCall();
  call->Try();
  return [weak = std::weak_ptr<Impl::Call>(call)] {
    if (std::shared_ptr<Impl::Call> call = weak.lock()) {
      call->Cancel();
    }
  };
}

absl::StatusOr<std::string> Client::CallBlocking(std::string_view method,
                                                 const google::protobuf::Message& request,
                                                 const CallOptions& options) {
  absl::Notification finished;
  RawResult result;
  CallRaw(method, request.SerializeAsString(), options, [&](RawResult raw) {
    result = std::move(raw);
    finished.Notify();
  });
  finished.WaitForNotification();
  if (!result.status.ok()) {
    return result.status;
  }
  return std::move(result.body);
}

std::shared_ptr<RawStream> Client::OpenStream(std::string_view method, const CallOptions& options,
                                              RawStreamEvents events) {
  std::shared_ptr<ClientInstance> instance = impl_->pool_.Pick({}, options.affinity_key);
  if (instance == nullptr) {
    events.on_closed(impl_->NoInstance());
    return nullptr;
  }
  std::shared_ptr<Http2Stream> stream =
      impl_->Prepare(instance, absl::StrCat("/", Av(method)), "bidi_stream", options,
                     absl::Now() + options.timeout, std::move(events));
  instance->channel.Start(stream);
  return stream;
}

struct Client::Impl::StreamCall : ServerStream, std::enable_shared_from_this<StreamCall> {
  std::shared_ptr<Impl> client;
  std::string path;
  std::string request;
  CallOptions options;
  absl::Time deadline;
  RawStreamEvents events;
  // Of the callbacks, which run one at a time.
  std::vector<const ClientInstance*> tried;
  std::vector<std::shared_ptr<ClientInstance>> kept;  // so that `tried` stays valid
  bool answered = false;
  absl::Mutex mutex;
  std::shared_ptr<Http2Stream> stream ABSL_GUARDED_BY(mutex);
  bool cancelled ABSL_GUARDED_BY(mutex) = false;

  void Start() override {
    client->budget_.OnCall();
    Try();
  }

  void ReadNext() override {
    absl::MutexLock lock(&mutex);
    if (stream != nullptr) {
      stream->ReadNext();
    }
  }

  void Cancel() override {
    absl::MutexLock lock(&mutex);
    cancelled = true;
    if (stream != nullptr) {
      stream->Cancel();
    }
  }

  void Try() {
    std::shared_ptr<ClientInstance> instance = client->pool_.Pick(tried, options.affinity_key);
    if (instance == nullptr) {
      Close(client->NoInstance());
      return;
    }
    tried.push_back(instance.get());
    kept.push_back(instance);
    RawStreamEvents own;
    own.reads_on_demand = true;
    own.on_headers = [self = shared_from_this()](Metadata headers) {
      self->answered = true;
      if (self->events.on_headers) {
        self->events.on_headers(std::move(headers));
      }
    };
    own.on_message = [self = shared_from_this()](std::string message) {
      self->events.on_message(std::move(message));
    };
    own.on_trailers = [self = shared_from_this()](Metadata trailers) {
      self->trailers = std::move(trailers);
    };
    own.on_closed = [self = shared_from_this()](const absl::Status& status) {
      self->OnClosed(status);
    };
    std::shared_ptr<Http2Stream> fresh =
        client->Prepare(instance, path, "server_stream", options, deadline, std::move(own));
    fresh->Send(request);
    fresh->HalfClose();
    {
      absl::MutexLock lock(&mutex);
      stream = fresh;
    }
    instance->channel.Start(fresh);
    absl::MutexLock lock(&mutex);
    if (cancelled) {
      fresh->Cancel();
    }
  }

  void OnClosed(const absl::Status& status) {
    bool may_retry = false;
    {
      absl::MutexLock lock(&mutex);
      may_retry =
          !answered && !cancelled &&
          ((options.idempotent && absl::IsUnavailable(status)) ||
           (absl::IsUnimplemented(status) && tried.size() < client->pool_.Instances().size()));
    }
    if (may_retry && client->TryRetry(status.code(), tried.size(), deadline)) {
      Try();
      return;
    }
    if (events.on_trailers) {
      events.on_trailers(std::move(trailers));
    }
    Close(client->Told(status, *kept.back(), path));
  }

  // The callbacks may hold this call.
  void Close(const absl::Status& status) {
    const RawStreamEvents last = std::exchange(events, {});
    last.on_closed(status);
  }

  Metadata trailers;
};

std::shared_ptr<ServerStream> Client::CallServerStream(std::string_view method, std::string request,
                                                       const CallOptions& options,
                                                       RawStreamEvents events) {
  auto call = std::make_shared<Impl::StreamCall>();
  call->client = impl_;
  call->path = absl::StrCat("/", Av(method));
  call->request = std::move(request);
  call->options = options;
  call->deadline = absl::Now() + options.timeout;
  call->events = std::move(events);
  return call;
}

const std::string& Client::service() const { return impl_->service_; }

std::string Client::DescribeInstances() const {
  std::string text;
  const absl::Time now = absl::Now();
  for (const auto& instance : impl_->pool_.Instances()) {
    absl::StrAppend(&text, impl_->service_, "  ", instance->endpoint.target, "  ",
                    instance->endpoint.instance_id, "  in flight ", instance->in_flight.load(),
                    "  breaker ", StateName(instance->breaker.state(now)), "\n");
  }
  return text;
}

}  // namespace jobmesh::runtime::rpc
