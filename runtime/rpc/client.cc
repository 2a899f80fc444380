#include "runtime/rpc/client.h"

#include <algorithm>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

#include "runtime/errors.h"
#include "runtime/policy/retry_budget.h"
#include "runtime/rpc/instance_pool.h"
#include "runtime/rpc/metadata.h"
#include "runtime/rpc/raw_stream.h"
#include "runtime/rpc/raw_stream_reactor.h"
#include "runtime/rpc/unary_channel.h"
#include "runtime/strings.h"
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
    std::string affinity_key;
    telemetry::RpcMetrics* metrics = nullptr;
    absl::Time start;
    std::function<void(RawResult)> done;
    std::vector<const ClientInstance*> tried;
    std::vector<std::shared_ptr<ClientInstance>> kept;  // so that `tried` stays valid

    absl::Mutex mutex;
    std::shared_ptr<UnaryChannel::Call> under_way ABSL_GUARDED_BY(mutex);
    bool cancelled ABSL_GUARDED_BY(mutex) = false;

    void Try();
    void OnDone(UnaryOutcome outcome);
    // Counts against the retry budget when it says so.
    bool MayTryAgain();
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

  absl::Status NoInstance() const {
    const absl::Duration wait = pool_.NextProbe() - absl::Now();
    const int64_t seconds =
        std::clamp<int64_t>(absl::ToInt64Seconds(absl::Ceil(wait, absl::Seconds(1))), 1, 60);
    return Error(absl::StatusCode::kUnavailable, ErrorReason::NO_INSTANCE,
                 absl::StrCat("No instance of ", service_, " can be reached; try again shortly"),
                 {{"service", service_}, {"retry_after_seconds", absl::StrCat(seconds)}});
  }

  void Report(ClientInstance& instance, absl::StatusCode code) {
    const absl::Time now = absl::Now();
    const policy::CircuitBreaker::State before = instance.breaker.state(now);
    if (code == absl::StatusCode::kCancelled) {
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
    Complete({.status = client->NoInstance(), .body = {}, .headers = {}});
    return;
  }
  tried.push_back(instance.get());
  kept.push_back(instance);
  instance->in_flight.fetch_add(1, std::memory_order_relaxed);
  absl::MutexLock lock(&mutex);
  under_way = instance->unary.Start(request, [self = shared_from_this()](UnaryOutcome outcome) {
    self->OnDone(std::move(outcome));
  });
  if (cancelled) {
    under_way->Cancel();
  }
}

void Client::Impl::Call::OnDone(UnaryOutcome outcome) {
  ClientInstance& instance = *kept.back();
  instance.in_flight.fetch_sub(1, std::memory_order_relaxed);
  const absl::StatusCode code = outcome.status.code();
  client->Report(instance, code);
  // While a new version is rolled out, older instances lack its methods. Nothing was executed.
  const bool is_lacking =
      code == absl::StatusCode::kUnimplemented && tried.size() < client->pool_.Instances().size();
  const bool may_retry =
      is_lacking || (code == absl::StatusCode::kUnavailable && (idempotent || outcome.never_sent));
  if (may_retry && MayTryAgain()) {
    (is_lacking ? client->unimplemented_retries_ : client->unavailable_retries_).Increment();
    Try();
    return;
  }
  Complete({.status = std::move(outcome.status),
            .body = std::move(outcome.message),
            .headers = std::move(outcome.headers)});
}

bool Client::Impl::Call::MayTryAgain() {
  {
    absl::MutexLock lock(&mutex);
    if (cancelled) {
      return false;
    }
  }
  const absl::Time now = absl::Now();
  return static_cast<int>(tried.size()) < client->options_.max_tries && now < request.deadline &&
         client->budget_.TryRetry(now);
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
  call->request.path = absl::StrCat("/", Av(method));
  call->request.message = std::move(request);
  impl_->AddHeaders(options, options.headers);
  call->request.headers = std::move(options.headers);
  call->start = absl::Now();
  call->request.deadline = call->start + options.timeout;
  call->idempotent = options.idempotent;
  call->affinity_key = std::move(options.affinity_key);
  call->metrics = &impl_->MetricsOf(call->request.path, "unary");
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
  const std::string path = absl::StrCat("/", Av(method));
  telemetry::RpcMetrics& metrics = impl_->MetricsOf(path, "bidi_stream");
  metrics.Started();
  instance->in_flight.fetch_add(1, std::memory_order_relaxed);
  // How a stream ends tells of the instance; its first message does too, without waiting for the
  // end.
  auto on_closed = [client = impl_, instance, &metrics, start = absl::Now(),
                    closed = std::move(events.on_closed)](const absl::Status& status) {
    instance->in_flight.fetch_sub(1, std::memory_order_relaxed);
    client->Report(*instance, status.code());
    metrics.Handled(static_cast<int>(status.code()), absl::ToDoubleSeconds(absl::Now() - start));
    closed(status);
  };
  events.on_closed = std::move(on_closed);
  return StartRawStream(instance->stub, path, std::move(events), [&](grpc::ClientContext& context) {
    std::vector<std::pair<std::string, std::string>> headers = options.headers;
    impl_->AddHeaders(options, headers);
    for (const auto& [name, value] : headers) {
      context.AddMetadata(name, value);
    }
    if (options.timeout < absl::InfiniteDuration()) {
      context.set_deadline(absl::ToChronoTime(absl::Now() + options.timeout));
    }
  });
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
