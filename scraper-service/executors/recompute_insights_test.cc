#include "scraper-service/executors/recompute_insights.h"

#include <atomic>
#include <vector>

#include "absl/strings/numbers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/testing/wait_for.h"
#include "scraper-service/tasks/cron.h"
#include "scraper-service/tasks/task_fixture.h"
#include "scraper-service/tasks/worker.h"

namespace jobmesh::scraper {
namespace {

namespace v1 = insights::v1;
using runtime::testing::WaitFor;
using tasks::Task;
using tasks::TaskState;

constexpr int kParts = 4;

class RecomputeInsightsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { JOBMESH_REQUIRE_TEST_DATABASE(); }
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    queue_ = std::make_unique<tasks::TestQueue>();
    worker_ = std::make_unique<tasks::Worker>(
        queue_->leases, queue_->doorbell, queue_->metrics,
        tasks::WorkerOptions{.worker_id = "w1", .slots = {{"default", 1}}});
  }

  std::string Start(RecomputePart recompute) {
    worker_->Register(kRecomputeInsights, MakeRecomputeInsightsHandler(std::move(recompute)));
    EXPECT_TRUE(worker_->Start().ok());
    return queue_->Enqueue(RecomputeInsightsNightly().spec).id;
  }
  Task Ended(const std::string& id) {
    EXPECT_TRUE(WaitFor([&] { return tasks::IsFinal(queue_->Get(id).state); }));
    return queue_->Get(id);
  }

  // Parts of 10 jobs, one wrong in each.
  static v1::RecomputeInsightsResponse Part(const v1::RecomputeInsightsRequest& request) {
    int number = 0;
    EXPECT_TRUE(request.cursor().empty() || absl::SimpleAtoi(request.cursor(), &number));
    v1::RecomputeInsightsResponse part;
    part.set_jobs_checked(10);
    part.set_jobs_corrected(1);
    if (number == 0) {
      part.set_jobs_total(kParts * 10);
      part.set_sums_corrected(3);
    }
    if (number + 1 < kParts) {
      part.set_next_cursor(absl::StrCat(number + 1));
    }
    return part;
  }

  tasks::TestQueue& queue() { return *queue_; }

 private:
  std::unique_ptr<tasks::TestQueue> queue_;
  std::unique_ptr<tasks::Worker> worker_;
};

TEST_F(RecomputeInsightsTest, AllPartsAreCalledAndAddedUp) {
  std::atomic<double> progress{0};
  const std::string id = Start([&](const v1::RecomputeInsightsRequest& request) {
    if (request.cursor() == "3") {
      progress = std::stod(queue().Value("SELECT progress FROM task"));
    }
    return Part(request);
  });
  const Task task = Ended(id);
  EXPECT_EQ(task.state, TaskState::kCompleted);
  EXPECT_EQ(task.result, R"({"jobs_checked": 40, "jobs_corrected": 4, "sums_corrected": 3})");
  EXPECT_DOUBLE_EQ(progress, 0.75);
}

TEST_F(RecomputeInsightsTest, CancelledBetweenTwoParts_EndsWithoutTheOthers) {
  std::atomic<int> calls{0};
  const std::string id = Start([&](const v1::RecomputeInsightsRequest&) {
    ++calls;
    v1::RecomputeInsightsResponse part;
    part.set_next_cursor("there is always more");
    return part;
  });
  ASSERT_TRUE(WaitFor([&] { return calls > 1; }));
  ASSERT_TRUE(queue().tasks.Cancel(id, "enough").ok());
  EXPECT_EQ(Ended(id).state, TaskState::kCancelled);
}

TEST_F(RecomputeInsightsTest, ServiceThatIsAway_IsAskedAgainLater) {
  const std::string id = Start([](const v1::RecomputeInsightsRequest&) {
    return absl::StatusOr<v1::RecomputeInsightsResponse>(absl::UnavailableError("nobody there"));
  });
  ASSERT_TRUE(WaitFor([&] { return queue().Get(id).state == TaskState::kRetryable; }));
  EXPECT_EQ(queue().Get(id).error, "nobody there");
}

TEST(RecomputeInsightsNightlyTest, IsOneAtATimeAndItsClockIsOne) {
  const tasks::Schedule schedule = RecomputeInsightsNightly();
  EXPECT_TRUE(tasks::Cron::Parse(schedule.cron).ok());
  EXPECT_FALSE(schedule.spec.unique_key.empty());
}

}  // namespace
}  // namespace jobmesh::scraper
