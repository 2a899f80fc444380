#include "discovery/health/health_checker.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "runtime/rpc/byte_buffer.h"

namespace jobmesh::discovery {
namespace {

// grpc.health.v1 (https://github.com/grpc/grpc/blob/master/doc/health-checking.md): an empty
// request asks for the whole process; the answer's only field, number 1, is the status, 1 meaning
// SERVING.
constexpr char kCheckPath[] = "/grpc.health.v1.Health/Check";
constexpr char kServing[] = "\x08\x01";

CheckResult ResultOf(const grpc::Status& status, const grpc::ByteBuffer& response) {
  if (status.ok()) {
    return runtime::rpc::ToString(response) == kServing ? CheckResult::kServing
                                                        : CheckResult::kNotServing;
  }
  // A server without the health service is there all the same.
  return status.error_code() == grpc::StatusCode::UNIMPLEMENTED ? CheckResult::kServing
                                                                : CheckResult::kFailed;
}

}  // namespace

struct HealthChecker::Check {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  std::shared_ptr<runtime::rpc::ClientInstance> channel;
};

HealthChecker::HealthChecker(Registry& registry, HealthCheckerOptions options)
    : registry_(registry), options_(options) {}

HealthChecker::~HealthChecker() { Stop(); }

void HealthChecker::CheckSoon(const std::string& instance_id) {
  absl::MutexLock lock(&mutex_);
  soon_.insert(instance_id);
}

absl::Status HealthChecker::Start() {
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void HealthChecker::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
  absl::MutexLock lock(&mutex_);
  auto idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return in_flight_ == 0; };
  mutex_.Await(absl::Condition(&idle));
}

void HealthChecker::Run() {
  absl::Time next_round = absl::Now();
  while (true) {
    std::set<std::string> soon;
    {
      absl::MutexLock lock(&mutex_);
      auto wake = [this]()
                      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !soon_.empty(); };
      mutex_.AwaitWithDeadline(absl::Condition(&wake), next_round);
      if (stopping_) {
        return;
      }
      soon.swap(soon_);
    }
    const bool full_round = absl::Now() >= next_round;
    if (full_round) {
      registry_.Expire(absl::Now());
      next_round = absl::Now() + options_.interval;
    }
    std::map<std::string, std::shared_ptr<runtime::rpc::ClientInstance>> used;
    for (const v1::Instance& instance : registry_.List("")) {
      if (full_round || soon.contains(instance.instance_id())) {
        Send(instance);
      }
      auto channel = channels_.find(instance.instance_id());
      if (channel != channels_.end()) {
        used.insert(*channel);
      }
    }
    channels_ = std::move(used);  // forgets instances that are gone
  }
}

void HealthChecker::Send(const v1::Instance& instance) {
  const std::string target = absl::StrCat(instance.address(), ":", instance.port());
  auto& channel = channels_[instance.instance_id()];
  if (channel == nullptr || channel->endpoint.target != target) {
    channel = runtime::rpc::MakeClientInstance(runtime::rpc::Endpoint{
        .instance_id = instance.instance_id(), .target = target, .weight = 100, .version = ""});
  }
  auto check = std::make_shared<Check>();
  check->request = runtime::rpc::ToByteBuffer("");
  check->channel = channel;
  check->context.set_deadline(absl::ToChronoTime(absl::Now() + options_.timeout));
  {
    absl::MutexLock lock(&mutex_);
    ++in_flight_;
  }
  channel->stub.UnaryCall(&check->context, kCheckPath, {}, &check->request, &check->response,
                          [this, check, id = instance.instance_id()](const grpc::Status& status) {
                            registry_.OnCheck(id, ResultOf(status, check->response), absl::Now());
                            absl::MutexLock lock(&mutex_);
                            --in_flight_;
                          });
}

}  // namespace jobmesh::discovery
