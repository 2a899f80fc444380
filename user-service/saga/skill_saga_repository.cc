#include "user-service/saga/skill_saga_repository.h"

#include "user_sql.h"

#include "runtime/status_macros.h"
#include "user-service/subscriptions/subscription_repository.h"

namespace jobmesh::user {
namespace {

using runtime::postgres::Tx;

// Longer than any one step can take.
constexpr double kLeaseSeconds = 15;

SagaState StateOf(const std::string& name) {
  if (name == "RESERVE") return SagaState::kReserve;
  if (name == "SUBSCRIBE") return SagaState::kSubscribe;
  if (name == "CONFIRM") return SagaState::kConfirm;
  if (name == "DONE") return SagaState::kDone;
  if (name == "COMPENSATE") return SagaState::kCompensate;
  return SagaState::kUndone;
}

int IntOr0(const pqxx::field& field) { return field.is_null() ? 0 : field.as<int>(); }

SagaRun ToRun(const pqxx::row& row) {
  return {row["saga_id"].c_str(),
          row["user_id"].as<int>(),
          row["skill_name"].c_str(),
          StateOf(row["state"].c_str()),
          row["fence"].as<int64_t>(),
          IntOr0(row["skill_id"]),
          row["tag"].is_null() ? "" : row["tag"].c_str(),
          IntOr0(row["subscription_id"]),
          row["attempts"].as<int>(),
          row["overdue"].as<bool>()};
}

std::optional<SagaRun> ToOptionalRun(const pqxx::result& rows) {
  return rows.empty() ? std::nullopt : std::optional<SagaRun>(ToRun(rows[0]));
}

// A guarded statement that changed nothing was fenced off.
absl::Status RequireChanged(const absl::StatusOr<pqxx::result>& rows) {
  if (!rows.ok()) {
    return rows.status();
  }
  return rows->empty() ? absl::AbortedError("another process has taken the saga over")
                       : absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<SagaRun>> SkillSagaRepository::Create(int user_id,
                                                                   const std::string& skill_name,
                                                                   const std::string& skill_key) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kCreateSkillSaga, user_id, skill_name,
                                                    skill_key, holder_, kLeaseSeconds));
  return ToOptionalRun(rows);
}

absl::StatusOr<std::optional<SagaRun>> SkillSagaRepository::FindLive(int user_id,
                                                                     const std::string& skill_key) {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kFindLiveSkillSaga, user_id, skill_key));
  return ToOptionalRun(rows);
}

absl::StatusOr<std::vector<SagaRun>> SkillSagaRepository::Claim(int limit) {
  ASSIGN_OR_RETURN(pqxx::result rows,
                   pool_.Execute(sql::kClaimSkillSagas, holder_, kLeaseSeconds, limit));
  std::vector<SagaRun> runs;
  for (const auto& row : rows) {
    runs.push_back(ToRun(row));
  }
  return runs;
}

absl::Status SkillSagaRepository::RecordReservation(SagaRun& run, const ReservedSkill& skill,
                                                    const std::string& tag) {
  RETURN_IF_ERROR(RequireChanged(
      pool_.Execute(sql::kRecordReservation, run.saga_id, run.fence, skill.skill_id, tag)));
  run.skill_id = skill.skill_id;
  run.tag = tag;
  run.state = SagaState::kSubscribe;
  return absl::OkStatus();
}

absl::Status SkillSagaRepository::Subscribe(SagaRun& run) {
  auto subscribed = pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<int> {
    ASSIGN_OR_RETURN(int subscription_id, SubscriptionRepository::Ensure(tx, run.user_id, run.tag));
    RETURN_IF_ERROR(RequireChanged(
        tx.Execute(sql::kRecordSagaSubscription, run.saga_id, run.fence, subscription_id)));
    return subscription_id;
  });
  RETURN_IF_ERROR(subscribed.status());
  run.subscription_id = *subscribed;
  run.state = SagaState::kConfirm;
  return absl::OkStatus();
}

absl::Status SkillSagaRepository::Fail(SagaRun& run, const std::string& failure) {
  RETURN_IF_ERROR(
      RequireChanged(pool_.Execute(sql::kFailSkillSaga, run.saga_id, run.fence, failure)));
  run.state = SagaState::kCompensate;
  run.attempts = 0;
  return absl::OkStatus();
}

absl::Status SkillSagaRepository::Finish(SagaRun& run) {
  const bool done = run.state == SagaState::kConfirm;
  RETURN_IF_ERROR(RequireChanged(
      pool_.Execute(sql::kFinishSkillSaga, run.saga_id, run.fence, done ? "DONE" : "UNDONE")));
  run.state = done ? SagaState::kDone : SagaState::kUndone;
  return absl::OkStatus();
}

absl::Status SkillSagaRepository::Postpone(const SagaRun& run, absl::Duration delay) {
  return RequireChanged(
      pool_.Execute(sql::kPostponeSkillSaga, run.saga_id, run.fence, absl::ToDoubleSeconds(delay)));
}

absl::Status SkillSagaRepository::DeleteOld() {
  return pool_.Execute(sql::kDeleteOldSkillSagas).status();
}

}  // namespace jobmesh::user
