#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace jobmesh::user {

// Named places at which the process can be made to die as if it was killed, to prove that what is
// half done is finished or undone afterwards. Immutable.
class FaultPoints {
 public:
  // `crash_at`: JOBMESH_CRASH_AT; empty for none.
  explicit FaultPoints(std::string crash_at = "") : crash_at_(std::move(crash_at)) {}

  // Ends the process with status 137, without any cleaning up, when `point` is the one.
  void Pass(std::string_view point) const;

 private:
  const std::string crash_at_;
};

}  // namespace jobmesh::user
