#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace jobmesh::runtime::lifecycle {

// Something a process is made of: a pool, a server, a worker. The process owns its parts, starts
// them in the order they were added and stops them in reverse. Start, BeginDrain, Drain and Stop
// are called by one thread; Health may be called by any thread at any time after construction.
class Part {
 public:
  virtual ~Part() = default;

  // Name shown in /readyz and logs.
  virtual std::string name() const = 0;
  // Makes the part work. An error stops the process, after the parts already started were stopped.
  virtual absl::Status Start() { return absl::OkStatus(); }
  // Tells the outside that this process is about to go; work goes on.
  virtual void BeginDrain() {}
  // Takes no new work and finishes what it has, until `deadline` at the latest.
  virtual void Drain(absl::Time /*deadline*/) {}
  // Lets go of everything. Called once after a successful Start.
  virtual void Stop() {}
  // OK when the part can do its work now; otherwise why not. Decides readiness, so it must be
  // quick.
  virtual absl::Status Health() const { return absl::OkStatus(); }
};

}  // namespace jobmesh::runtime::lifecycle
