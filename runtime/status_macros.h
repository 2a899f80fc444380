#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Open-source Abseil has no such macros.

// Returns from the enclosing function when `expr`, an absl::Status, is an error.
#define RETURN_IF_ERROR(expr)                               \
  do {                                                      \
    if (absl::Status jm_status = (expr); !jm_status.ok()) { \
      return jm_status;                                     \
    }                                                       \
  } while (false)

#define JM_CONCAT_INNER(a, b) a##b
#define JM_CONCAT(a, b) JM_CONCAT_INNER(a, b)

// Assigns the value of `expr`, an absl::StatusOr, to `lhs`, or returns its status from the
// enclosing function.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL(JM_CONCAT(jm_status_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                          \
  if (!tmp.ok()) {                            \
    return std::move(tmp).status();           \
  }                                           \
  lhs = std::move(tmp).value()
