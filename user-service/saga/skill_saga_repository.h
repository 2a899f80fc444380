#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "runtime/postgres/pool.h"
#include "user-service/subscriptions/skill_catalogue.h"

namespace jobmesh::user {

// The step that is next; see migrations/0004_skill_saga.up.sql.
enum class SagaState { kReserve, kSubscribe, kConfirm, kDone, kCompensate, kUndone };

// One run as this process holds it: what is stored, and the fence it was leased with.
struct SagaRun {
  std::string saga_id;
  int user_id = 0;
  std::string skill_name;
  SagaState state = SagaState::kReserve;
  int64_t fence = 0;
  int skill_id = 0;
  std::string tag;
  int subscription_id = 0;
  int attempts = 0;
  // Undecided for so long that it is undone instead.
  bool overdue = false;
};

// Runs of the saga. Every change is guarded by the fence: ABORTED when another process has taken
// the run over. Thread-safe.
class SkillSagaRepository {
 public:
  // `holder`: identity of this process.
  SkillSagaRepository(runtime::postgres::Pool& pool, std::string holder)
      : pool_(pool), holder_(std::move(holder)) {}

  // A new run, leased to this process; nothing when the user has one for this skill that is not
  // undone.
  absl::StatusOr<std::optional<SagaRun>> Create(int user_id, const std::string& skill_name,
                                                const std::string& skill_key);
  // The user's run for this skill that is not undone; not leased.
  absl::StatusOr<std::optional<SagaRun>> FindLive(int user_id, const std::string& skill_key);
  // Takes over unfinished runs whose lease ran out.
  absl::StatusOr<std::vector<SagaRun>> Claim(int limit);

  // The steps: each stores what it says and advances `run` in one transaction.
  absl::Status RecordReservation(SagaRun& run, const ReservedSkill& skill, const std::string& tag);
  // Subscribes the user and passes the point of no return. Errors of SubscriptionRepository::Ensure
  // too.
  absl::Status Subscribe(SagaRun& run);
  absl::Status Fail(SagaRun& run, const std::string& failure);
  // DONE from CONFIRM, UNDONE from COMPENSATE.
  absl::Status Finish(SagaRun& run);
  // Lets go of the run until `delay` from now.
  absl::Status Postpone(const SagaRun& run, absl::Duration delay);
  absl::Status DeleteOld();

 private:
  runtime::postgres::Pool& pool_;
  const std::string holder_;
};

}  // namespace jobmesh::user
