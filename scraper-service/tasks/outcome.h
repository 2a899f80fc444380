#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "scraper-service/tasks/lease_repository.h"

namespace jobmesh::scraper::tasks {

// How a run ended, by its handler.
struct Outcome {
  // The work is done. `result` is JSON, or "". With `effects`, they and the completion are one
  // transaction, and what they return is the result.
  struct Completed {
    std::string result;
    LeaseRepository::Effects effects;
  };
  // A phase is done, the next one is for another queue. `effects` as above; may be null.
  struct Advanced {
    NextPhase next;
    LeaseRepository::Effects effects;
  };
  // It did not work.
  struct Failed {
    absl::Status error;
    bool final = false;
    std::optional<absl::Duration> pause;  // before the next run, in place of the task's own law
  };
  // The run stopped because it was told to: see TaskRun::cancel.
  struct Stopped {};

  std::variant<Completed, Advanced, Failed, Stopped> end;

  static Outcome Complete(std::string result = "") {
    return {Completed{std::move(result), nullptr}};
  }
  static Outcome CompleteWith(LeaseRepository::Effects effects) {
    return {Completed{"", std::move(effects)}};
  }
  static Outcome Advance(NextPhase next, LeaseRepository::Effects effects = nullptr) {
    return {Advanced{std::move(next), std::move(effects)}};
  }
  // Tried again unless the error says that this cannot help: INVALID_ARGUMENT, NOT_FOUND,
  // ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED, DATA_LOSS.
  // CANCELLED means Stopped.
  static Outcome Fail(absl::Status error);
  // Never tried again.
  static Outcome GiveUp(absl::Status error) {
    return {Failed{std::move(error), true, std::nullopt}};
  }
  // Tried again after `pause`.
  static Outcome RetryAfter(absl::Status error, absl::Duration pause) {
    return {Failed{std::move(error), false, pause}};
  }
  static Outcome Stop() { return {Stopped{}}; }
};

}  // namespace jobmesh::scraper::tasks
