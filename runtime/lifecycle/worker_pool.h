#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"

namespace jobmesh::runtime::lifecycle {

// A fixed number of threads that run submitted functions, oldest first. Thread-safe.
class WorkerPool {
 public:
  // At most `max_waiting` functions wait for a thread.
  WorkerPool(int threads, size_t max_waiting);
  // Runs what was submitted, then ends the threads.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False when too many wait, or after the destructor began; `work` is then not run.
  bool Submit(std::function<void()> work);
  // As Submit, but past the limit too: for the continuation of work that was accepted.
  void SubmitAlways(std::function<void()> work);

 private:
  void Run();

  const size_t max_waiting_;
  absl::Mutex mutex_;
  std::deque<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace jobmesh::runtime::lifecycle
