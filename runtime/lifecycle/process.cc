#include "runtime/lifecycle/process.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"
#include "runtime/telemetry/metrics.h"
#include "runtime/telemetry/trace.h"
#include "runtime/version.h"

namespace jobmesh::runtime {
namespace {

std::string HostName() {
  char name[256] = {};
  gethostname(name, sizeof(name) - 1);
  return name;
}

}  // namespace

ProcessConfig ProcessConfig::Load(config::ConfigReader& reader) {
  return {
      .announce_file = reader.String(
          "JOBMESH_ANNOUNCE_FILE", "",
          "file that gets one JSON object with pid and ports once the process is ready"),
      .drain_delay = reader.Milliseconds(
          "JOBMESH_DRAIN_DELAY_MS", absl::Milliseconds(500), absl::ZeroDuration(), absl::Minutes(5),
          "time a stopping process goes on serving after it withdrew"),
      .drain_deadline =
          reader.Milliseconds("JOBMESH_DRAIN_DEADLINE_MS", absl::Seconds(10), absl::ZeroDuration(),
                              absl::Minutes(10), "time it then has to finish what it has"),
  };
}

Process::Process(std::string name, ProcessConfig config)
    : name_(std::move(name)),
      config_(std::move(config)),
      instance_id_(absl::StrCat(name_, "-", HostName(), "-", telemetry::RandomHex(4))),
      metrics_(std::make_shared<prometheus::Registry>()) {
  telemetry::AddProcessMetrics(*metrics_, kVersion);
}

Process::~Process() {
  StopStarted();
  while (!parts_.empty()) {
    parts_.pop_back();
  }
  while (!kept_.empty()) {
    kept_.pop_back();
  }
}

void Process::Announce(std::string key, std::function<int()> value) {
  announcements_.emplace_back(std::move(key), std::move(value));
}

absl::Status Process::Start() {
  for (auto& part : parts_) {
    absl::Status status = part->Start();
    if (!status.ok()) {
      StopStarted();
      return absl::Status(status.code(), absl::StrCat(part->name(), ": ", status.message()));
    }
    ++started_;
  }
  running_ = true;
  return WriteAnnounceFile();
}

void Process::WaitAndStop() {
  {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&stop_requested_));
  }
  draining_ = true;
  telemetry::LogInfo("process_draining");
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
    (*part)->BeginDrain();
  }
  absl::SleepFor(config_.drain_delay);
  const absl::Time deadline = absl::Now() + config_.drain_deadline;
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
    (*part)->Drain(deadline);
  }
  StopStarted();
  if (!config_.announce_file.empty()) {
    std::remove(config_.announce_file.c_str());
  }
  telemetry::LogInfo("process_stopped");
}

void Process::RequestStop() {
  absl::MutexLock lock(&mutex_);
  stop_requested_ = true;
}

absl::Status Process::Readiness() const {
  if (draining_) {
    return absl::UnavailableError("draining");
  }
  if (!running_) {
    return absl::UnavailableError("starting");
  }
  for (const auto& part : parts_) {
    absl::Status health = part->Health();
    if (!health.ok()) {
      return absl::UnavailableError(absl::StrCat(part->name(), ": ", health.message()));
    }
  }
  return absl::OkStatus();
}

std::vector<std::pair<std::string, absl::Status>> Process::PartHealth() const {
  std::vector<std::pair<std::string, absl::Status>> result;
  for (const auto& part : parts_) {
    result.emplace_back(part->name(), part->Health());
  }
  return result;
}

absl::Status Process::WriteAnnounceFile() const {
  if (config_.announce_file.empty()) {
    return absl::OkStatus();
  }
  nlohmann::json content{{"service", name_}, {"instance_id", instance_id_}, {"pid", getpid()}};
  for (const auto& [key, value] : announcements_) {
    content[key] = value();
  }
  // Renamed into place, so that a reader never sees half of it.
  const std::string temporary = config_.announce_file + ".new";
  std::ofstream(temporary) << content.dump() << "\n";
  if (std::rename(temporary.c_str(), config_.announce_file.c_str()) != 0) {
    return absl::InternalError(
        absl::StrCat("cannot write the announce file ", config_.announce_file));
  }
  return absl::OkStatus();
}

void Process::StopStarted() {
  while (started_ > 0) {
    parts_[--started_]->Stop();
  }
}

}  // namespace jobmesh::runtime
