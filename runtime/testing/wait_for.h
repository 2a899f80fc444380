#pragma once

#include <functional>

#include "absl/time/time.h"

namespace jobmesh::runtime::testing {

// Polls `condition` until it holds or `timeout` has passed; returns whether it held. What tests use
// in place of sleeps: EXPECT_TRUE(WaitFor([&] { return server.calls() == 3; })).
bool WaitFor(const std::function<bool()>& condition, absl::Duration timeout = absl::Seconds(10));

}  // namespace jobmesh::runtime::testing
