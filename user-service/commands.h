#pragma once

#include <span>

#include "runtime/config/config_reader.h"

namespace jobmesh::user {

// Sub-commands of the binary; they return its exit status.

// `migrate`: brings the database up to date.
int RunMigrate(const runtime::config::Environment& environment, std::span<char* const> arguments);
// `token ROLE …`: prints tokens for tests and operators.
int RunToken(const runtime::config::Environment& environment, std::span<char* const> arguments);

}  // namespace jobmesh::user
