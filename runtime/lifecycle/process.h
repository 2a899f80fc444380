#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/registry.h"

#include "runtime/config/config_reader.h"
#include "runtime/lifecycle/part.h"

namespace jobmesh::runtime {

// Settings every process has.
struct ProcessConfig {
  std::string announce_file;
  absl::Duration drain_delay;
  absl::Duration drain_deadline;

  static ProcessConfig Load(config::ConfigReader& reader);
};

// The parts of one running process, their order and their state. AddPart and Run belong to the
// thread that made the process; ready(), Status() and RequestStop may be called by any thread.
class Process {
 public:
  Process(std::string name, ProcessConfig config);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Constructs a part, which the process owns. It is started after all parts added before it.
  template <class T, class... Args>
  T& Add(Args&&... args) {
    auto part = std::make_unique<T>(std::forward<Args>(args)...);
    T& reference = *part;
    parts_.push_back(std::move(part));
    return reference;
  }
  // Takes an object that is no part but must outlive the parts added after it.
  template <class T, class... Args>
  T& Keep(Args&&... args) {
    auto object = std::make_shared<T>(std::forward<Args>(args)...);
    T& reference = *object;
    kept_.push_back(std::move(object));
    return reference;
  }

  // A value of the announce file, which is written once the process is ready; for ports that the
  // kernel chose. The function is asked after all parts have started.
  void Announce(std::string key, std::function<int()> value);

  // Starts all parts. On an error the parts already started are stopped and the error is returned.
  absl::Status Start();
  // Blocks until RequestStop, then drains and stops all parts.
  void WaitAndStop();
  // Ends WaitAndStop. Async-signal-safe: no; called by the signal thread of Main.
  void RequestStop();

  // OK when every part is healthy and the process is not draining; otherwise the first reason.
  absl::Status Readiness() const;
  // Name and health of every part, in order.
  std::vector<std::pair<std::string, absl::Status>> PartHealth() const;
  bool draining() const { return draining_; }

  const std::string& name() const { return name_; }
  // Unique among all processes of the mesh: service, host and a random part.
  const std::string& instance_id() const { return instance_id_; }
  const std::shared_ptr<prometheus::Registry>& metrics() const { return metrics_; }

 private:
  absl::Status WriteAnnounceFile() const;
  void StopStarted();

  const std::string name_;
  const ProcessConfig config_;
  const std::string instance_id_;
  const std::shared_ptr<prometheus::Registry> metrics_;
  std::vector<std::shared_ptr<void>> kept_;
  std::vector<std::unique_ptr<lifecycle::Part>> parts_;
  size_t started_ = 0;
  std::vector<std::pair<std::string, std::function<int()>>> announcements_;
  std::atomic<bool> running_{false};
  std::atomic<bool> draining_{false};
  absl::Mutex mutex_;
  bool stop_requested_ ABSL_GUARDED_BY(mutex_) = false;
};

// A sub-command of a binary: `user-service token ADMIN`.
struct Command {
  std::string name;
  std::string usage;  // arguments and one line of explanation, for --help
  // Gets the arguments after the command's name; returns the exit status.
  std::function<int(const config::Environment&, std::span<char* const>)> run;
};

struct MainOptions {
  std::string name;     // of the service
  std::string summary;  // one sentence for --help
  // Reads the settings and adds the parts. Problems of the settings are reported all at once,
  // before any I/O.
  std::function<absl::Status(Process&, config::ConfigReader&)> build;
  std::vector<Command> commands;
};

// What every main() of the mesh does: --help, --version, --config, sub-commands, signals, run until
// SIGTERM or SIGINT, drain, exit status. `build` first runs its ConfigReader to the end: call
// reader.Finish() before using anything.
int Main(int argc, char** argv, const MainOptions& options);

}  // namespace jobmesh::runtime
