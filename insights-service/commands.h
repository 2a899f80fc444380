#pragma once

#include <span>

#include "runtime/config/config_reader.h"

namespace jobmesh::insights {

// Sub-commands of the binary; they return its exit status.

// `migrate`: brings the database up to date.
int RunMigrate(const runtime::config::Environment& environment, std::span<char* const> arguments);
// `rebuild`: empties the warehouse; the running service loads it again from the oldest change.
int RunRebuild(const runtime::config::Environment& environment, std::span<char* const> arguments);

}  // namespace jobmesh::insights
