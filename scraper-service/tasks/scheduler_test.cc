#include "scraper-service/tasks/scheduler.h"

#include <memory>
#include <set>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/testing/fake_clock.h"
#include "runtime/testing/wait_for.h"
#include "scraper-service/tasks/task_fixture.h"

namespace jobmesh::scraper::tasks {
namespace {

using runtime::testing::FakeClock;
using runtime::testing::WaitFor;
using ::testing::SizeIs;

class SchedulerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { JOBMESH_REQUIRE_TEST_DATABASE(); }
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    queue_ = std::make_unique<TestQueue>();
    schedules_ = std::make_unique<ScheduleRepository>(queue_->pool);
  }
  TestQueue& queue() { return *queue_; }
  ScheduleRepository& schedules() { return *schedules_; }

  void Put(const std::string& name, const std::string& cron, CatchUp catch_up = CatchUp::kSkip) {
    Schedule schedule{.name = name, .cron = cron, .catch_up = catch_up};
    schedule.spec.operation = "work";
    ASSERT_TRUE(schedules().Put(schedule).ok());
  }
  std::unique_ptr<Scheduler> Replica(const std::string& holder,
                                     absl::Duration lease = absl::Seconds(2)) {
    SchedulerOptions options{.holder = holder, .lease = lease};
    options.now = [this]() -> absl::StatusOr<absl::Time> { return clock_.Now(); };
    auto scheduler =
        std::make_unique<Scheduler>(schedules(), queue().doorbell, options, queue().registry);
    EXPECT_TRUE(scheduler->Start().ok());
    return scheduler;
  }
  std::string Count(const std::string& name) {
    return queue().Value(
        absl::StrCat("SELECT count(*) FROM task_tick WHERE schedule = '", name, "'"));
  }
  bool NextIsAfterNow(const std::string& name) {
    return WaitFor([&] {
      const auto state = schedules().List(name);
      return state.ok() && state->front().next_time && *state->front().next_time > clock_.Now();
    });
  }

  FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};  // 2027-01-15 08:00

 private:
  std::unique_ptr<TestQueue> queue_;
  std::unique_ptr<ScheduleRepository> schedules_;
};

TEST_F(SchedulerTest, StandingSchedulesArePutOnceAndStayAsTheyWereStopped) {
  Schedule nightly{.name = "nightly", .cron = "0 3 * * *"};
  nightly.spec.operation = "work";
  SchedulerOptions options{.holder = "a", .standing = {nightly}};
  options.now = [this]() -> absl::StatusOr<absl::Time> { return clock_.Now(); };
  {
    Scheduler scheduler(schedules(), queue().doorbell, options, queue().registry);
    ASSERT_TRUE(scheduler.Start().ok());
    ASSERT_TRUE(WaitFor([&] { return schedules().List("nightly")->size() == 1; }));
    ASSERT_TRUE(NextIsAfterNow("nightly"));
  }
  ASSERT_TRUE(schedules().SetEnabled("nightly", false).ok());
  options.holder = "b";
  Scheduler scheduler(schedules(), queue().doorbell, options, queue().registry);
  ASSERT_TRUE(scheduler.Start().ok());
  Put("witness", "* * * * *");  // ticked after the standing ones were put
  ASSERT_TRUE(NextIsAfterNow("witness"));
  EXPECT_FALSE(schedules().List("nightly")->front().enabled);
}

// R14: a day of hours, three replicas, each leader dying in turn.
TEST_F(SchedulerTest, EveryHourHasOneTickHoweverManyReplicasAndDeaths) {
  Put("hourly", "0 * * * *");
  std::vector<std::unique_ptr<Scheduler>> replicas;
  for (const char* holder : {"a", "b", "c"}) {
    replicas.push_back(Replica(holder));
  }
  ASSERT_TRUE(NextIsAfterNow("hourly"));
  for (int hour = 0; hour < 12; ++hour) {
    if (hour % 3 == 2) {
      replicas.erase(replicas.begin());
      replicas.push_back(Replica(absl::StrCat("later", hour)));
    }
    clock_.Advance(absl::Hours(1));
    ASSERT_TRUE(NextIsAfterNow("hourly"));
  }
  EXPECT_EQ(Count("hourly"), "12");
  EXPECT_EQ(queue().Value("SELECT count(*) FROM task"), "12");
  EXPECT_EQ(queue().Value("SELECT count(DISTINCT payload->>'slot_time') FROM task"), "12");
  EXPECT_EQ(queue().Value("SELECT min(payload->>'slot_time') FROM task"), "2027-01-15T09:00:00Z");
}

TEST_F(SchedulerTest, OutageIsCaughtUpOnceOrNotAtAll) {
  Put("skip", "0 * * * *", CatchUp::kSkip);
  Put("once", "0 * * * *", CatchUp::kOnce);
  auto first = Replica("a");
  ASSERT_TRUE(NextIsAfterNow("skip") && NextIsAfterNow("once"));
  first.reset();
  clock_.Advance(absl::Hours(3) + absl::Minutes(30));
  auto second = Replica("b");
  ASSERT_TRUE(NextIsAfterNow("skip") && NextIsAfterNow("once"));
  EXPECT_EQ(Count("skip"), "0");
  EXPECT_EQ(Count("once"), "1");
  EXPECT_EQ(queue().Value("SELECT payload->>'slot_time' FROM task"), "2027-01-15T11:00:00Z");
}

TEST_F(SchedulerTest, LeaderThatIsGoneIsReplacedWhenItsLeaseHasRunOut) {
  ASSERT_TRUE((*schedules().Lead("scheduler", "gone", absl::Seconds(2))).has_value());
  auto replica = Replica("b");
  EXPECT_TRUE(WaitFor([&] { return replica->leads(); }));
  // What it still tries to tick is refused: the term is over.
  Put("hourly", "0 * * * *");
  const auto late = schedules().Tick({"scheduler", "gone", 1},
                                     {.name = "hourly", .cron = "0 * * * *", .spec = "{}"},
                                     clock_.Now(), clock_.Now() + absl::Hours(1));
  EXPECT_TRUE(absl::IsAborted(late.status())) << late.status();
  EXPECT_EQ(Count("hourly"), "0");
}

TEST_F(SchedulerTest, DrainedLeaderHandsOverAtOnce) {
  auto first = Replica("a", absl::Hours(1));
  ASSERT_TRUE(WaitFor([&] { return first->leads(); }));
  auto second = Replica("b", absl::Hours(1));
  first->Drain(absl::Now() + absl::Seconds(1));
  EXPECT_TRUE(WaitFor([&] { return second->leads(); }));
}

TEST_F(SchedulerTest, StoppedScheduleLosesItsSlotsAndGoesOnLater) {
  Put("000/a", "0 * * * *", CatchUp::kOnce);
  Put("000/b", "0 * * * *", CatchUp::kOnce);
  ASSERT_TRUE(schedules().SetEnabled("000/", false).ok());
  Put("000/a", "0 * * * *", CatchUp::kOnce);  // as every start of a process does
  auto replica = Replica("a");
  clock_.Advance(absl::Hours(2));
  ASSERT_TRUE(schedules().SetEnabled("000/", true).ok());
  ASSERT_TRUE(NextIsAfterNow("000/a") && NextIsAfterNow("000/b"));
  EXPECT_EQ(Count("000/a"), "0");
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(NextIsAfterNow("000/a") && NextIsAfterNow("000/b"));
  EXPECT_EQ(Count("000/a"), "1");
  EXPECT_EQ(Count("000/b"), "1");
}

TEST_F(SchedulerTest, TidyingMakesWeeksAndDropsThem) {
  ASSERT_TRUE(schedules().Tidy(absl::Hours(24 * 7)).ok());
  EXPECT_EQ(queue().Value("SELECT task_make_partition(current_date - 70)"), "t");
  ASSERT_TRUE(schedules().Tidy(absl::Hours(24 * 7)).ok());
  EXPECT_EQ(queue().Value("SELECT task_make_partition(current_date - 70)"), "t");
}

}  // namespace
}  // namespace jobmesh::scraper::tasks
