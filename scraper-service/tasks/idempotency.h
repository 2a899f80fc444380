#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "runtime/postgres/pool.h"

namespace jobmesh::scraper::tasks {

// A request that may come more than once.
struct IdempotentRequest {
  std::string caller;  // who asks: another's key is another key
  std::string key;     // of the header Idempotency-Key
  std::string body;    // what is asked, method and path included
};

// The answer given to the request before, to be given again; nothing when it is new. Until the
// transaction ends, other requests with the key wait here. INVALID_ARGUMENT
// (IDEMPOTENCY_KEY_REUSED) when the key came with another body.
absl::StatusOr<std::optional<std::string>> FindAnswerIn(runtime::postgres::Tx& tx,
                                                        const IdempotentRequest& request);
// Keeps the answer for at least a day, in the transaction that did the work.
absl::Status KeepAnswerIn(runtime::postgres::Tx& tx, const IdempotentRequest& request,
                          const std::string& answer);

}  // namespace jobmesh::scraper::tasks
