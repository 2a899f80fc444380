#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "runtime/lifecycle/part.h"

struct pg_conn;  // libpq's PGconn

namespace jobmesh::runtime::postgres {

struct ListenerOptions {
  std::string url;  // libpq connection URI
  std::string application_name = "jobmesh-listener";
  absl::Duration keepalive = absl::Seconds(30);      // an idle connection is tried this often
  absl::Duration answer_timeout = absl::Seconds(5);  // after which it is given up
  absl::Duration max_backoff = absl::Seconds(5);     // between attempts to connect
};

// A connection of its own that waits for NOTIFY, on a thread of its own; never in a transaction. A
// doorbell, not a queue: after every (re)connection each callback is called once with an empty
// payload, because notifications may have been missed, and the callback must then look for itself.
class Listener : public lifecycle::Part {
 public:
  // Runs on the listener's thread; must be quick and must not throw.
  using Callback = std::function<void(const std::string& payload)>;

  // `callbacks`: by channel.
  Listener(ListenerOptions options, std::map<std::string, Callback> callbacks);
  ~Listener() override;

  std::string name() const override { return "postgres-listener"; }
  absl::Status Start() override;
  void Stop() override;
  // UNAVAILABLE while not connected.
  absl::Status Health() const override;

 private:
  void Run();
  // Connects and serves notifications until the connection fails or Stop is called. Returns whether
  // it was connected at all.
  bool Serve();
  // Runs one statement; false when it fails or is not answered in time.
  bool Execute(pg_conn* session, const std::string& sql) const;
  bool Listen(pg_conn* session, const std::string& channel) const;
  // Waits until `fd` (when not -1) is readable, Stop is called or `duration` has passed.
  enum class Woken { kReadable, kStop, kTimeout };
  Woken Wait(int fd, absl::Duration duration) const;

  const ListenerOptions options_;
  const std::map<std::string, Callback> callbacks_;
  int stop_fd_ = -1;  // eventfd, readable once Stop was called
  std::atomic<bool> connected_{false};
  std::thread thread_;
};

}  // namespace jobmesh::runtime::postgres
