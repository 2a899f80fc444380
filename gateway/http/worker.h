#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <absl/functional/any_invocable.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/http/server.h"

namespace jobmesh::gateway::http {

using Clock = std::chrono::steady_clock;
inline constexpr Clock::time_point kNever = Clock::time_point::max();

// What all threads of one server share.
struct ServerCore {
  ServerOptions options;
  Handler handler;
  std::atomic<bool> draining{false};
  std::atomic<std::int64_t> connections{0};
  std::atomic<std::uint64_t> accepted_total{0};
  std::atomic<std::uint64_t> refused_total{0};
};

// A connection as its worker sees it. Every call comes from the worker's thread.
class Peer {
 public:
  virtual ~Peer() = default;
  // Checks the deadlines.
  virtual void OnTick(Clock::time_point now) = 0;
  // The server drains: ends as soon as nothing is in work.
  virtual void OnDrain() = 0;
  // Ends now.
  virtual void Abort() = 0;

 private:
  friend class Worker;
  std::size_t index_ = 0;
};

// Counters of one worker, so that threads do not share cache lines for every request.
struct alignas(64) WorkerCounters {
  std::atomic<std::int64_t> websockets{0};
  std::atomic<std::int64_t> in_flight{0};
  std::atomic<std::uint64_t> requests_total{0};
  std::atomic<std::uint64_t> rejected_total{0};
};

// One event loop with its thread and connections. One coarse timer checks the deadlines of all of
// them: a timer each would cost more than many requests do. Post is for any thread, everything else
// for the worker's own, except where noted.
class Worker : public std::enable_shared_from_this<Worker> {
 public:
  using Task = absl::AnyInvocable<void()>;

  explicit Worker(std::shared_ptr<ServerCore> core);

  // From the server's thread.
  void Start();
  // Aborts every connection and joins. From the server's thread.
  void Stop();

  // Runs `task` on the worker's thread; drops it once the worker stops. Tasks posted together wake
  // the loop once.
  void Post(Task task);
  bool InThread() const { return std::this_thread::get_id() == thread_id_.load(); }

  // Keeps `peer` alive until Remove.
  void Add(std::shared_ptr<Peer> peer);
  void Remove(Peer& peer);

  void Drain();

  ServerCore& core() { return *core_; }
  const ServerOptions& options() const { return core_->options; }
  boost::asio::io_context& io() { return io_; }
  // For any thread.
  WorkerCounters& counters() { return counters_; }
  // The Date header's value, at most a second old.
  const std::string& date() const { return date_; }

 private:
  void RunInbox();
  template <class Visit>
  void ForEachPeer(Visit visit);
  void Tick();
  void ScheduleTick();

  const std::shared_ptr<ServerCore> core_;
  std::chrono::milliseconds tick_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  std::thread thread_;
  std::atomic<std::thread::id> thread_id_{};
  std::vector<std::shared_ptr<Peer>> peers_;
  std::string date_;
  bool stopping_ = false;
  WorkerCounters counters_;

  std::mutex inbox_mutex_;
  std::vector<Task> inbox_;      // guarded by inbox_mutex_
  bool inbox_closed_ = false;    // guarded by inbox_mutex_
  std::vector<Task> inbox_run_;  // the batch being run
};

}  // namespace jobmesh::gateway::http
