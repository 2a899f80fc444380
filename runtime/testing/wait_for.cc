#include "runtime/testing/wait_for.h"

#include "absl/time/clock.h"

namespace jobmesh::runtime::testing {

bool WaitFor(const std::function<bool()>& condition, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (!condition()) {
    if (absl::Now() > deadline) {
      return false;
    }
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

}  // namespace jobmesh::runtime::testing
