#include "user-service/saga/add_skill_saga.h"

#include <algorithm>
#include <cmath>

#include "absl/time/clock.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"
#include "user-service/subscriptions/tag.h"

namespace jobmesh::user {
namespace {

constexpr absl::Duration kResumeInterval = absl::Seconds(1);
constexpr absl::Duration kWaitInterval = absl::Milliseconds(50);
constexpr absl::Duration kLongestWait = absl::Seconds(10);
constexpr absl::Duration kLongestPause = absl::Minutes(1);
constexpr int kRunsAtOnce = 10;

// Whether trying again can help.
bool IsFinal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnimplemented:
      return true;
    default:
      return false;
  }
}

bool CanBeUndone(const SagaRun& run) {
  return run.state == SagaState::kReserve || run.state == SagaState::kSubscribe;
}

}  // namespace

AddSkillSaga::AddSkillSaga(SkillSagaRepository& runs, SkillCatalogue& catalogue, FaultPoints faults)
    : runs_(runs), catalogue_(catalogue), faults_(std::move(faults)) {}

AddSkillSaga::~AddSkillSaga() { Stop(); }

absl::StatusOr<AddedSkill> AddSkillSaga::Run(int user_id, const std::string& skill_name,
                                             const std::string& skill_key, absl::Time deadline) {
  const absl::Time give_up = std::min(deadline, absl::Now() + kLongestWait);
  while (true) {
    ASSIGN_OR_RETURN(std::optional<SagaRun> created, runs_.Create(user_id, skill_name, skill_key));
    if (created) {
      faults_.Pass("saga.created");
      return Drive(*std::move(created));
    }
    ASSIGN_OR_RETURN(std::optional<SagaRun> other, runs_.FindLive(user_id, skill_key));
    if (other && other->state == SagaState::kDone) {
      return AddedSkill{other->subscription_id, other->skill_id};
    }
    if (absl::Now() >= give_up) {
      return absl::UnavailableError("the skill is being added by an earlier request");
    }
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kWaitInterval)) {
      return absl::UnavailableError("the process is stopping");
    }
  }
}

absl::StatusOr<AddedSkill> AddSkillSaga::Drive(SagaRun run) {
  const absl::Status status = Advance(run);
  if (!status.ok() && CanBeUndone(run)) {
    RETURN_IF_ERROR(Undo(run, status));
    return runtime::Error(absl::StatusCode::kInternal, runtime::ErrorReason::SAGA_FAILED,
                          "Saga transaction failed", {{"details", std::string(status.message())}});
  }
  if (!status.ok()) {
    PutOff(run, status);  // decided: it will be confirmed
  }
  return AddedSkill{run.subscription_id, run.skill_id};
}

absl::Status AddSkillSaga::Advance(SagaRun& run) {
  while (true) {
    switch (run.state) {
      case SagaState::kReserve:
        RETURN_IF_ERROR(Reserve(run));
        break;
      case SagaState::kSubscribe:
        RETURN_IF_ERROR(runs_.Subscribe(run));
        faults_.Pass("saga.subscribed");
        break;
      case SagaState::kConfirm:
        RETURN_IF_ERROR(Confirm(run));
        break;
      case SagaState::kCompensate:
        RETURN_IF_ERROR(Compensate(run));
        break;
      case SagaState::kDone:
      case SagaState::kUndone:
        return absl::OkStatus();
    }
  }
}

absl::Status AddSkillSaga::Reserve(SagaRun& run) {
  ASSIGN_OR_RETURN(ReservedSkill skill, catalogue_.Create(run.saga_id, run.skill_name));
  faults_.Pass("saga.skill_created");
  ASSIGN_OR_RETURN(std::string tag, MakeTag("skill_name", skill.name));
  RETURN_IF_ERROR(runs_.RecordReservation(run, skill, tag));
  faults_.Pass("saga.reserved");
  return absl::OkStatus();
}

absl::Status AddSkillSaga::Confirm(SagaRun& run) {
  absl::Status confirmed = catalogue_.Confirm(run.saga_id);
  if (absl::IsNotFound(confirmed)) {
    // The reservation is lost (a restored backup): there is no way back, so it is made again.
    RETURN_IF_ERROR(catalogue_.Create(run.saga_id, run.skill_name).status());
    confirmed = catalogue_.Confirm(run.saga_id);
  }
  RETURN_IF_ERROR(confirmed);
  faults_.Pass("saga.skill_confirmed");
  RETURN_IF_ERROR(runs_.Finish(run));
  faults_.Pass("saga.done");
  return absl::OkStatus();
}

absl::Status AddSkillSaga::Compensate(SagaRun& run) {
  RETURN_IF_ERROR(catalogue_.Delete(run.saga_id));
  faults_.Pass("saga.skill_deleted");
  RETURN_IF_ERROR(runs_.Finish(run));
  faults_.Pass("saga.undone");
  return absl::OkStatus();
}

absl::Status AddSkillSaga::Undo(SagaRun& run, const absl::Status& cause) {
  RETURN_IF_ERROR(runs_.Fail(run, std::string(cause.message())));
  faults_.Pass("saga.failed");
  if (const absl::Status status = Advance(run); !status.ok()) {
    PutOff(run, status);
  }
  return absl::OkStatus();
}

void AddSkillSaga::PutOff(const SagaRun& run, const absl::Status& cause) {
  const absl::Duration pause =
      std::min(kLongestPause, absl::Seconds(std::exp2(std::min(run.attempts, 10))));
  runtime::telemetry::LogWarn("saga_put_off", {{"saga_id", run.saga_id},
                                               {"attempts", run.attempts + 1},
                                               {"pause_seconds", absl::ToDoubleSeconds(pause)},
                                               {"error", std::string(cause.message())}});
  // When even this fails the lease runs out by itself.
  if (const absl::Status status = runs_.Postpone(run, pause); !status.ok()) {
    runtime::telemetry::LogWarn(
        "saga_lease_kept", {{"saga_id", run.saga_id}, {"error", std::string(status.message())}});
  }
}

absl::StatusOr<int> AddSkillSaga::ResumeUnfinished() {
  ASSIGN_OR_RETURN(std::vector<SagaRun> runs, runs_.Claim(kRunsAtOnce));
  for (SagaRun& run : runs) {
    Resume(std::move(run));
  }
  return static_cast<int>(runs.size());
}

void AddSkillSaga::Resume(SagaRun run) {
  absl::Status status = run.overdue && CanBeUndone(run)
                            ? absl::DeadlineExceededError("not decided in time")
                            : Advance(run);
  if (!status.ok() && CanBeUndone(run) && (run.overdue || IsFinal(status))) {
    status = Undo(run, status);
  }
  if (!status.ok() && !absl::IsAborted(status)) {
    PutOff(run, status);
  }
}

absl::Status AddSkillSaga::Start() {
  thread_ = std::thread([this] { Loop(); });
  return absl::OkStatus();
}

void AddSkillSaga::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void AddSkillSaga::Loop() {
  while (true) {
    if (const absl::StatusOr<int> resumed = ResumeUnfinished(); !resumed.ok()) {
      runtime::telemetry::LogWarn("saga_resume_failed",
                                  {{"error", std::string(resumed.status().message())}});
    }
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kResumeInterval)) {
      return;
    }
  }
}

}  // namespace jobmesh::user
