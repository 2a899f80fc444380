#include "runtime/postgres/listener.h"

#include <optional>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"

#include "runtime/testing/postgres_fixture.h"
#include "runtime/testing/wait_for.h"

namespace jobmesh::runtime::postgres {
namespace {

using ::testing::ElementsAre;
using testing::WaitFor;

class ListenerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_.emplace();
    options_.url = database_->url();
  }
  void Start() {
    listener_.emplace(options_, std::map<std::string, Listener::Callback>{
                                    {"Bell", [this](const std::string& payload) {
                                       absl::MutexLock lock(&mutex_);
                                       heard_.push_back(payload);
                                     }}});
    ASSERT_TRUE(listener_->Start().ok());
  }
  std::vector<std::string> Heard() {
    absl::MutexLock lock(&mutex_);
    return heard_;
  }
  bool HasHeard(size_t count) {
    return WaitFor([&] { return Heard().size() >= count; });
  }

  std::optional<testing::TestDatabase> database_;
  ListenerOptions options_;
  absl::Mutex mutex_;
  std::vector<std::string> heard_;
  std::optional<Listener> listener_;
};

TEST_F(ListenerTest, Notification_ReachesTheCallback) {
  Start();
  ASSERT_TRUE(HasHeard(1));
  EXPECT_TRUE(listener_->Health().ok());
  database_->Execute("NOTIFY \"Bell\", 'ding'; NOTIFY other, 'dong'; NOTIFY \"Bell\", 'dang'");
  ASSERT_TRUE(HasHeard(3));
  EXPECT_THAT(Heard(), ElementsAre("", "ding", "dang"));
}

TEST_F(ListenerTest, LostConnection_IsReplacedAndRungOnce) {
  Start();
  ASSERT_TRUE(HasHeard(1));
  database_->TerminateSessions();
  ASSERT_TRUE(HasHeard(2));
  database_->Execute("NOTIFY \"Bell\", 'ding'");
  ASSERT_TRUE(HasHeard(3));
  EXPECT_THAT(Heard(), ElementsAre("", "", "ding"));
}

TEST_F(ListenerTest, Keepalive_KeepsListening) {
  options_.keepalive = absl::Milliseconds(1);
  Start();
  ASSERT_TRUE(HasHeard(1));
  for (int i = 0; i < 20; ++i) {
    database_->Execute("NOTIFY \"Bell\", 'ding'");
    ASSERT_TRUE(HasHeard(i + 2));
  }
}

TEST_F(ListenerTest, UnreachableServer_IsUnhealthyAndStopsAtOnce) {
  options_.url = "postgresql://nobody@/none?host=/nonexistent";
  Start();
  EXPECT_EQ(listener_->Health().code(), absl::StatusCode::kUnavailable);
  listener_->Stop();
}

TEST_F(ListenerTest, MalformedUrl_FailsToStart) {
  Listener listener({.url = "nonsense nonsense"}, {});
  EXPECT_EQ(listener.Start().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace jobmesh::runtime::postgres
