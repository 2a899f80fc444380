#include "discovery/health/health_checker.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "runtime/rpc/http2_channel.h"

namespace jobmesh::discovery {
namespace {

// grpc.health.v1 (https://github.com/grpc/grpc/blob/master/doc/health-checking.md): an empty
// request asks for the whole process; the answer's only field, number 1, is the status, 1 meaning
// SERVING.
constexpr char kCheckPath[] = "/grpc.health.v1.Health/Check";
constexpr char kServing[] = "\x08\x01";

CheckResult ResultOf(const runtime::rpc::CallOutcome& outcome) {
  if (outcome.status.ok()) {
    return outcome.message == kServing ? CheckResult::kServing : CheckResult::kNotServing;
  }
  // A server without the health service is there all the same.
  return absl::IsUnimplemented(outcome.status) ? CheckResult::kServing : CheckResult::kFailed;
}

}  // namespace

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
    std::map<std::string, Target> used;
    for (const v1::Instance& instance : registry_.List("")) {
      if (full_round || soon.contains(instance.instance_id())) {
        Send(instance);
      }
      auto target = targets_.find(instance.instance_id());
      if (target != targets_.end()) {
        used.insert(*target);
      }
    }
    targets_ = std::move(used);  // forgets instances that are gone
  }
}

void HealthChecker::Send(const v1::Instance& instance) {
  std::string address = absl::StrCat(instance.address(), ":", instance.port());
  Target& target = targets_[instance.instance_id()];
  if (target.address != address) {
    target = {address, std::make_shared<runtime::rpc::Http2Channel>(address)};
  }
  {
    absl::MutexLock lock(&mutex_);
    ++in_flight_;
  }
  auto request = std::make_shared<runtime::rpc::UnaryRequest>(runtime::rpc::UnaryRequest{
      .head = {.path = kCheckPath, .headers = {}, .deadline = absl::Now() + options_.timeout},
      .message = {}});
  target.channel->Start(*request,
                        [this, request, channel = target.channel,
                         id = instance.instance_id()](const runtime::rpc::CallOutcome& outcome) {
                          registry_.OnCheck(id, ResultOf(outcome), absl::Now());
                          absl::MutexLock lock(&mutex_);
                          --in_flight_;
                        });
}

}  // namespace jobmesh::discovery
