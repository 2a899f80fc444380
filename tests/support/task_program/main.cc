// A process of the task queue for tests and measurements: nothing but the queue, and handlers whose
// doings a checker can follow.
//
//   task-program migrate URL
//   task-program work URL ID QUEUE=SLOTS[,…] [scheduler] [listen=URL]    until SIGTERM, then drains
//   task-program enqueue URL COUNT BATCH
//   task-program run URL COUNT SLOTS PREFETCH BATCH
//   task-program latency URL COUNT

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "scraper_migrations.h"

#include "runtime/postgres/migrate.h"
#include "runtime/status_macros.h"
#include "scraper-service/tasks/scheduler.h"
#include "scraper-service/tasks/worker.h"
#include "tests/support/task_program/measures.h"
#include "tests/support/task_program/queue_parts.h"
#include "tests/support/task_program/recipes.h"

namespace jobmesh::tests {
namespace {

constexpr absl::Duration kDrain = absl::Seconds(3);

int Number(const std::string& text) {
  int number = 0;
  if (!absl::SimpleAtoi(text, &number)) {
    std::fprintf(stderr, "\"%s\" is no number\n", text.c_str());
    std::exit(2);
  }
  return number;
}

absl::Status Work(const std::vector<std::string>& arguments) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread

  const std::string& url = arguments[0];
  const std::string& id = arguments[1];
  std::map<std::string, int> slots;
  for (const std::string& entry : std::vector<std::string>(absl::StrSplit(arguments[2], ','))) {
    const std::vector<std::string> pair = absl::StrSplit(entry, '=');
    slots[pair[0]] = Number(pair[1]);
  }
  std::string listen_url = url;
  bool schedules = false;
  for (size_t i = 3; i < arguments.size(); ++i) {
    schedules = schedules || arguments[i] == "scheduler";
    if (absl::StartsWith(arguments[i], "listen=")) {
      listen_url = arguments[i].substr(7);
    }
  }
  QueueParts parts(url, listen_url, 12);
  tasks::Worker worker(parts.leases, parts.doorbell, parts.metrics,
                       {.worker_id = id, .slots = slots});
  RegisterRecipes(parts.pool, worker);
  std::unique_ptr<tasks::Scheduler> scheduler;
  if (schedules) {
    scheduler = std::make_unique<tasks::Scheduler>(
        parts.schedules, parts.doorbell, tasks::SchedulerOptions{.holder = id}, parts.registry);
    RETURN_IF_ERROR(scheduler->Start());
  }
  RETURN_IF_ERROR(parts.doorbell.Start());
  RETURN_IF_ERROR(parts.keeper.Start());
  RETURN_IF_ERROR(parts.listener.Start());
  RETURN_IF_ERROR(worker.Start());
  int signal = 0;
  sigwait(&signals, &signal);
  if (scheduler != nullptr) {
    scheduler->Stop();
  }
  worker.Drain(absl::Now() + kDrain);
  worker.Stop();
  parts.listener.Stop();
  parts.keeper.Stop();
  parts.doorbell.Stop();
  return absl::OkStatus();
}

absl::Status Run(const std::string& command, const std::vector<std::string>& arguments) {
  if (command == "migrate" && arguments.size() == 1) {
    return runtime::postgres::Migrate(arguments[0], scraper::kMigrations);
  }
  if (command == "work" && arguments.size() >= 3) {
    return Work(arguments);
  }
  if (command == "enqueue" && arguments.size() == 3) {
    QueueParts parts(arguments[0], arguments[0], 4);
    return MeasureEnqueue(parts, Number(arguments[1]), Number(arguments[2]));
  }
  if (command == "run" && arguments.size() == 5) {
    QueueParts parts(arguments[0], arguments[0], 8);
    return MeasureRun(parts, Number(arguments[1]), Number(arguments[2]), Number(arguments[3]),
                      Number(arguments[4]));
  }
  if (command == "latency" && arguments.size() == 2) {
    QueueParts parts(arguments[0], arguments[0], 8);
    return MeasureLatency(parts, Number(arguments[1]));
  }
  return absl::InvalidArgumentError("see the head of tests/support/task_program/main.cc");
}

}  // namespace
}  // namespace jobmesh::tests

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  const std::vector<std::string> arguments(argv + std::min(argc, 2), argv + argc);
  const absl::Status status = jobmesh::tests::Run(command, arguments);
  if (!status.ok()) {
    std::fprintf(stderr, "task-program: %s\n", std::string(status.message()).c_str());
  }
  return status.ok() ? 0 : 1;
}
