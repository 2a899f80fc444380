#include "tests/support/task_program/recipes.h"

#include <cstdlib>

#include "nlohmann/json.hpp"

namespace jobmesh::tests {
namespace {

namespace postgres = runtime::postgres;
using postgres::Tx;
using scraper::tasks::LeaseRepository;
using scraper::tasks::Outcome;
using scraper::tasks::TaskRun;
using scraper::tasks::Worker;

std::chrono::milliseconds TimeOf(const TaskRun& run) {
  const nlohmann::json payload = nlohmann::json::parse(run.task().payload, nullptr, false);
  return std::chrono::milliseconds(payload.is_object() ? payload.value("ms", 0) : 0);
}

void Note(postgres::Pool& pool, const TaskRun& run, const char* event) {
  pool.ExecuteTextParams(
          "INSERT INTO checker.event (task_id, lease_token, attempt, worker_id, event) "
          "VALUES ($1, $2, $3, $4, $5)",
          run.task().id, run.task().lease_token, run.task().attempt, run.task().worker_id, event)
      .status()
      .IgnoreError();  // the database may be away: the checker then knows less, never something
                       // wrong
}

LeaseRepository::Effects CountEffect(const TaskRun& run) {
  return
      [id = run.task().id, token = run.task().lease_token](Tx& tx) -> absl::StatusOr<std::string> {
        auto done = tx.ExecuteTextParams(
            "INSERT INTO checker.effect AS e (task_id, n, lease_token) VALUES ($1, 1, $2) "
            "ON CONFLICT (task_id) DO UPDATE SET n = e.n + 1",
            id, token);
        if (!done.ok()) {
          return done.status();
        }
        return std::string("{}");
      };
}

Outcome Effect(postgres::Pool& pool, TaskRun& run) {
  Note(pool, run, "begin");
  if (run.cancel().WaitFor(TimeOf(run))) {
    Note(pool, run, "stopped");
    return Outcome::Stop();
  }
  Note(pool, run, "end");
  return Outcome::CompleteWith(CountEffect(run));
}

}  // namespace

void RegisterRecipes(postgres::Pool& pool, Worker& worker) {
  worker.Register("effect", [&pool](TaskRun& run) { return Effect(pool, run); });
  worker.Register("hold", [&pool](TaskRun& run) {
    Note(pool, run, "begin");
    const bool stopped = run.cancel().WaitFor(TimeOf(run));
    Note(pool, run, stopped ? "stopped" : "end");
    return stopped ? Outcome::Stop() : Outcome::Complete();
  });
  worker.Register("stubborn", [&pool](TaskRun& run) {
    const scraper::fetch::CancelToken never;
    Note(pool, run, "begin");
    never.WaitFor(TimeOf(run));
    run.Log("after " + std::to_string(TimeOf(run).count()) + " ms").IgnoreError();
    run.SetPhase("late").IgnoreError();
    Note(pool, run, "end");
    return Outcome::CompleteWith(CountEffect(run));
  });
  worker.Register("fail", [&pool](TaskRun& run) {
    Note(pool, run, "begin");
    return Outcome::Fail(absl::UnavailableError("as it should"));
  });
  worker.Register("abort", [&pool](TaskRun& run) -> Outcome {
    Note(pool, run, "begin");
    std::abort();
  });
  worker.Register("phases", [&pool](TaskRun& run) {
    if (run.task().phase == "built") {
      return Effect(pool, run);
    }
    Note(pool, run, "build");
    run.cancel().WaitFor(TimeOf(run));
    return Outcome::Advance({.queue = "datastore-manager", .phase = "built"});
  });
  worker.Register("empty", [](TaskRun&) { return Outcome::Complete(); });
}

}  // namespace jobmesh::tests
