#include "user-service/subscriptions/subscription_repository.h"

#include <optional>

#include "user_sql.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"

namespace jobmesh::user {
namespace {

using runtime::ErrorReason;
using runtime::postgres::Tx;

// The new subscription, or nothing when there was one.
absl::StatusOr<std::optional<int>> Create(Tx& tx, int user_id, const std::string& tag) {
  ASSIGN_OR_RETURN(pqxx::result account, tx.Execute(sql::kFindAccount, user_id));
  if (account.empty()) {
    return runtime::Error(absl::StatusCode::kNotFound, ErrorReason::USER_NOT_FOUND,
                          "User not found");
  }
  ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kCreateSubscription, user_id, tag));
  if (rows.empty()) {
    return std::nullopt;
  }
  ASSIGN_OR_RETURN(pqxx::result count, tx.Execute(sql::kCountSubscriptions, user_id));
  if (count[0]["subscriptions"].as<int>() > kMaxSubscriptions) {
    return absl::FailedPreconditionError("Too many subscriptions");
  }
  return rows[0]["subscription_id"].as<int>();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SubscriptionRepository::List(int user_id) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListSubscriptions, user_id));
  std::vector<std::string> tags;
  for (const auto& row : rows) {
    tags.emplace_back(row["tag"].c_str());
  }
  return tags;
}

absl::Status SubscriptionRepository::Subscribe(int user_id, const std::string& tag) {
  return pool_.InTransaction([&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(std::optional<int> created, Create(tx, user_id, tag));
    if (!created) {
      return runtime::Error(absl::StatusCode::kAlreadyExists, ErrorReason::ALREADY_SUBSCRIBED,
                            "Already subscribed to this tag");
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<int> SubscriptionRepository::Ensure(Tx& tx, int user_id, const std::string& tag) {
  ASSIGN_OR_RETURN(std::optional<int> created, Create(tx, user_id, tag));
  if (created) {
    return *created;
  }
  ASSIGN_OR_RETURN(pqxx::result rows, tx.Execute(sql::kFindSubscription, user_id, tag));
  if (rows.empty()) {
    return absl::AbortedError("the subscription was deleted meanwhile");
  }
  return rows[0]["subscription_id"].as<int>();
}

absl::Status SubscriptionRepository::Unsubscribe(int user_id, const std::string& tag) {
  return pool_.InTransaction([&](Tx& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute(sql::kDeleteSubscription, user_id, tag).status());
    return tx.Execute(sql::kForgetSkillSagaOfTag, user_id, tag).status();
  });
}

}  // namespace jobmesh::user
