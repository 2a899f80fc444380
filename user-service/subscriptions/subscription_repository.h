#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "runtime/postgres/pool.h"

namespace jobmesh::user {

// Most tags one user may subscribe to.
inline constexpr int kMaxSubscriptions = 500;

// Who subscribes to what; tags are made by MakeTag. Thread-safe.
class SubscriptionRepository {
 public:
  explicit SubscriptionRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  // In alphabetical order.
  absl::StatusOr<std::vector<std::string>> List(int user_id);
  // ALREADY_EXISTS (ALREADY_SUBSCRIBED) "Already subscribed to this tag"; NOT_FOUND
  // (USER_NOT_FOUND); FAILED_PRECONDITION past kMaxSubscriptions.
  absl::Status Subscribe(int user_id, const std::string& tag);
  // The subscription, new or not, in the caller's transaction. NOT_FOUND (USER_NOT_FOUND);
  // FAILED_PRECONDITION past kMaxSubscriptions.
  static absl::StatusOr<int> Ensure(runtime::postgres::Tx& tx, int user_id, const std::string& tag);
  // OK when there is nothing to unsubscribe from.
  absl::Status Unsubscribe(int user_id, const std::string& tag);

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::user
