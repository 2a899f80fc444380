#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "boost/asio/io_context.hpp"

namespace jobmesh::runtime::rpc {

// A thread that runs an asio loop, as the connections of clients see it. A thread that has a loop
// of its own, such as those of the gateway's HTTP server, adopts it, and its calls then go out and
// come back on that thread. All other threads use one loop of the process.
class EventLoop {
 public:
  // Something that lives on a loop.
  class Member {
   public:
    virtual ~Member() = default;
    // The loop ends: lets go of everything that keeps it running. On the loop's thread.
    virtual void OnLoopEnd() = 0;
  };

  // That of the calling thread, or else that of the process. Never null.
  static const std::shared_ptr<EventLoop>& Current();

  // Makes `io`, which the calling thread is about to run and which lives as long as `owner`, the
  // loop of the calling thread.
  static void Adopt(boost::asio::io_context& io, std::shared_ptr<void> owner);
  // Ends what lives on the adopted loop of the calling thread, so that the loop can run out.
  static void Abandon();

  boost::asio::io_context& io() { return io_; }
  bool InThread() const { return std::this_thread::get_id() == thread_; }

  // Runs `task` on the loop's thread, later. False, without running it, once the loop has ended.
  // Thread-safe.
  bool Post(std::function<void()> task);

  // On the loop's thread.
  void Join(std::weak_ptr<Member> member);

 private:
  EventLoop(boost::asio::io_context& io, std::shared_ptr<void> owner, std::thread::id thread);
  static std::shared_ptr<EventLoop> Start();

  boost::asio::io_context& io_;
  const std::shared_ptr<void> owner_;
  const std::thread::id thread_;
  std::vector<std::weak_ptr<Member>> members_;  // loop's thread only
  absl::Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace jobmesh::runtime::rpc
