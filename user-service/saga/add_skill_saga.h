#pragma once

#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "runtime/lifecycle/part.h"
#include "user-service/saga/fault_points.h"
#include "user-service/saga/skill_saga_repository.h"
#include "user-service/subscriptions/skill_catalogue.h"

namespace jobmesh::user {

struct AddedSkill {
  int subscription_id = 0;
  int skill_id = 0;
};

// Adds a skill to the scraper-service's catalogue and subscribes a user to it: both or neither,
// although they live in two databases and any party may die at any point. Every step is stored
// before the next begins; a thread of every replica finishes what a dead one left, forwards or
// backwards, repeating compensations and whatever comes after the subscription until they succeed.
//
// Fault points, in order: saga.created, saga.skill_created, saga.reserved, saga.subscribed,
// saga.skill_confirmed, saga.done; on the way back saga.failed, saga.skill_deleted, saga.undone.
// Thread-safe.
class AddSkillSaga : public runtime::lifecycle::Part {
 public:
  AddSkillSaga(SkillSagaRepository& runs, SkillCatalogue& catalogue, FaultPoints faults);
  ~AddSkillSaga() override;

  // Runs the saga for a request, or waits for the run of an earlier one; a finished one answers its
  // ids again. `skill_key`: the folded name. INTERNAL (SAGA_FAILED) "Saga transaction failed" with
  // metadata `details` when it was undone.
  absl::StatusOr<AddedSkill> Run(int user_id, const std::string& skill_name,
                                 const std::string& skill_key, absl::Time deadline);
  // Takes over what no process works on. Returns how many runs it took.
  absl::StatusOr<int> ResumeUnfinished();

  std::string name() const override { return "add-skill-saga"; }
  absl::Status Start() override;
  void Stop() override;

 private:
  // Steps until the run has ended or a step fails.
  absl::Status Advance(SagaRun& run);
  absl::Status Reserve(SagaRun& run);
  absl::Status Confirm(SagaRun& run);
  absl::Status Compensate(SagaRun& run);
  absl::StatusOr<AddedSkill> Drive(SagaRun run);
  // Turns a run that cannot go forward around, and starts to undo it.
  absl::Status Undo(SagaRun& run, const absl::Status& cause);
  void Resume(SagaRun run);
  void PutOff(const SagaRun& run, const absl::Status& cause);
  void Loop();

  SkillSagaRepository& runs_;
  SkillCatalogue& catalogue_;
  const FaultPoints faults_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace jobmesh::user
