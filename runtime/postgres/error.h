#pragma once

#include <exception>
#include <string>

#include "absl/status/status.h"

namespace jobmesh::runtime::postgres {

// The one place where exceptions of libpqxx become statuses, by SQLSTATE (PostgreSQL manual,
// appendix A):
//   40001, 40P01                       ABORTED
//   57014, 55P03 (timeouts)            DEADLINE_EXCEEDED
//   08*, 57P0*, 53300, lost connection UNAVAILABLE, reason DATABASE_UNAVAILABLE
//   23505                              ALREADY_EXISTS
//   23*                                FAILED_PRECONDITION
//   anything else                      INTERNAL
// Messages are fit for callers; the server's own text is in ErrorText.
absl::Status ToStatus(const std::exception& error);

// What the server said, first line only (further lines quote values); for logs.
std::string ErrorText(const std::exception& error);

// The five characters of a status made by ToStatus, or "".
std::string SqlState(const absl::Status& status);

// True for a serialization failure or deadlock: the transaction may be run again.
bool IsSerializationFailure(const absl::Status& status);

}  // namespace jobmesh::runtime::postgres
