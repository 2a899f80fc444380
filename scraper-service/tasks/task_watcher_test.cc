#include "scraper-service/tasks/task_watcher.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/tasks/task_fixture.h"

namespace jobmesh::scraper::tasks {
namespace {

using jobmesh::tasks::v1::WatchTaskResponse;

// A stream that keeps what it is sent.
class KeptStream : public TaskWatcher::Writer {
 public:
  bool Send(WatchTaskResponse message) override {
    absl::MutexLock lock(&mutex_);
    sent_.push_back(std::move(message));
    return true;
  }
  void Finish(absl::Status) override {
    absl::MutexLock lock(&mutex_);
    finished_ = true;
  }

  // The messages, as soon as there are so many or the stream is finished.
  std::vector<WatchTaskResponse> Await(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto ready = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return sent_.size() >= count || finished_;
    };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&ready), absl::Seconds(10)));
    return sent_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<WatchTaskResponse> sent_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

class TaskWatcherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    queue_ = std::make_unique<TestQueue>();
    TaskSpec spec;
    spec.operation = "work";
    id_ = queue_->Enqueue(spec).id;
    watcher_ = std::make_unique<TaskWatcher>(queue_->tasks);
    ASSERT_TRUE(watcher_->Start().ok());
    watcher_->Add(id_, stream_);
  }
  void TearDown() override { watcher_.reset(); }

  std::unique_ptr<TestQueue> queue_;
  std::string id_;
  std::unique_ptr<TaskWatcher> watcher_;
  const std::shared_ptr<KeptStream> stream_ = std::make_shared<KeptStream>();
};

TEST_F(TaskWatcherTest, TaskIsSentAtOnceAndAfterAChange) {
  EXPECT_EQ(stream_->Await(1).back().task().task_id(), id_);
  EXPECT_EQ(queue_->Claim().size(), 1u);
  EXPECT_EQ(stream_->Await(2).back().task().state(), jobmesh::tasks::v1::RUNNING);
}

// Times are those at which transactions began, so one that had to wait for the row makes a later
// change with an earlier time.
TEST_F(TaskWatcherTest, ChangeWithAnEarlierTimeIsSentToo) {
  stream_->Await(1);
  queue_->Value("UPDATE task SET progress = 0.5, update_time = update_time - interval '1 second'");
  EXPECT_EQ(stream_->Await(2).back().task().progress(), 0.5);
}

}  // namespace
}  // namespace jobmesh::scraper::tasks
