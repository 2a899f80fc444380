#include "runtime/lifecycle/process.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "absl/synchronization/notification.h"
#include "nlohmann/json.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/lifecycle/worker_pool.h"
#include "runtime/testing/temp_dir.h"

namespace jobmesh::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Writes down what is done to it.
class RecordingPart : public lifecycle::Part {
 public:
  RecordingPart(std::string name, std::vector<std::string>& events,
                absl::Status start = absl::OkStatus())
      : name_(std::move(name)), events_(events), start_(std::move(start)) {}
  ~RecordingPart() override { events_.push_back("~" + name_); }

  std::string name() const override { return name_; }
  absl::Status Start() override {
    events_.push_back("start " + name_);
    return start_;
  }
  void BeginDrain() override { events_.push_back("begin drain " + name_); }
  void Drain(absl::Time) override { events_.push_back("drain " + name_); }
  void Stop() override { events_.push_back("stop " + name_); }
  absl::Status Health() const override { return health; }

  absl::Status health;

 private:
  const std::string name_;
  std::vector<std::string>& events_;
  const absl::Status start_;
};

ProcessConfig QuickConfig(std::string announce_file = "") {
  return {.announce_file = std::move(announce_file),
          .drain_delay = absl::ZeroDuration(),
          .drain_deadline = absl::Seconds(1)};
}

TEST(ProcessTest, Parts_StartInOrderAndAreDrainedAndStoppedInReverse) {
  std::vector<std::string> events;
  {
    Process process("demo", QuickConfig());
    process.Add<RecordingPart>("a", events);
    process.Add<RecordingPart>("b", events);
    ASSERT_TRUE(process.Start().ok());
    EXPECT_THAT(events, ElementsAre("start a", "start b"));
    events.clear();
    process.RequestStop();
    process.WaitAndStop();
    EXPECT_THAT(events, ElementsAre("begin drain b", "begin drain a", "drain b", "drain a",
                                    "stop b", "stop a"));
    events.clear();
  }
  EXPECT_THAT(events, ElementsAre("~b", "~a"));
}

TEST(ProcessTest, AFailingStart_StopsThePartsBeforeIt) {
  std::vector<std::string> events;
  Process process("demo", QuickConfig());
  process.Add<RecordingPart>("a", events);
  process.Add<RecordingPart>("b", events);
  process.Add<RecordingPart>("c", events, absl::UnavailableError("no port"));
  process.Add<RecordingPart>("d", events);
  const absl::Status status = process.Start();
  EXPECT_EQ(status, absl::UnavailableError("c: no port"));
  EXPECT_THAT(events, ElementsAre("start a", "start b", "start c", "stop b", "stop a"));
  EXPECT_EQ(process.Readiness(), absl::UnavailableError("starting"));
}

TEST(ProcessTest, AProcessThatGoesAwayWithoutBeingStopped_StopsItsParts) {
  std::vector<std::string> events;
  {
    Process process("demo", QuickConfig());
    process.Add<RecordingPart>("a", events);
    ASSERT_TRUE(process.Start().ok());
    events.clear();
  }
  EXPECT_THAT(events, ElementsAre("stop a", "~a"));
}

TEST(ProcessTest, Readiness_FollowsStartHealthAndDraining) {
  std::vector<std::string> events;
  Process process("demo", QuickConfig());
  auto& part = process.Add<RecordingPart>("a", events);
  EXPECT_EQ(process.Readiness(), absl::UnavailableError("starting"));
  ASSERT_TRUE(process.Start().ok());
  EXPECT_TRUE(process.Readiness().ok());
  part.health = absl::InternalError("lost the database");
  EXPECT_EQ(process.Readiness(), absl::UnavailableError("a: lost the database"));
  EXPECT_THAT(process.PartHealth(), ElementsAre(::testing::Pair("a", part.health)));
  part.health = absl::OkStatus();
  EXPECT_FALSE(process.draining());
  process.RequestStop();
  process.WaitAndStop();
  EXPECT_TRUE(process.draining());
  EXPECT_EQ(process.Readiness(), absl::UnavailableError("draining"));
}

TEST(ProcessTest, WaitAndStop_WaitsForTheRequest) {
  std::vector<std::string> events;
  Process process("demo", QuickConfig());
  process.Add<RecordingPart>("a", events);
  ASSERT_TRUE(process.Start().ok());
  auto waiting = std::async(std::launch::async, [&] { process.WaitAndStop(); });
  EXPECT_FALSE(process.draining());
  process.RequestStop();
  waiting.get();
  EXPECT_TRUE(process.draining());
}

TEST(ProcessTest, AnnounceFile_TellsPidAndPortsAndGoesWithTheProcess) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/announce.json";
  Process process("demo", QuickConfig(path));
  int port = 0;
  process.Announce("rpc_port", [&port] { return port; });
  port = 4242;
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE(process.Start().ok());
  const nlohmann::json content = nlohmann::json::parse(std::ifstream(path));
  EXPECT_EQ(content["service"], "demo");
  EXPECT_EQ(content["instance_id"], process.instance_id());
  EXPECT_EQ(content["pid"], getpid());
  EXPECT_EQ(content["rpc_port"], 4242);
  process.RequestStop();
  process.WaitAndStop();
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(ProcessTest, AnnounceFileThatCannotBeWritten_FailsTheStart) {
  const testing::TempDir dir;
  std::vector<std::string> events;
  Process process("demo", QuickConfig(dir.path() + "/absent/announce.json"));
  EXPECT_EQ(process.Start().code(), absl::StatusCode::kInternal);
}

TEST(ProcessTest, InstanceIds_AreUniqueAndTellTheService) {
  Process one("demo", QuickConfig());
  Process other("demo", QuickConfig());
  EXPECT_NE(one.instance_id(), other.instance_id());
  EXPECT_THAT(one.instance_id(), ::testing::StartsWith("demo-"));
}

TEST(WorkerPoolTest, WorkPastTheLimit_IsRefusedButContinuationsAreNot) {
  absl::Notification started;
  absl::Notification release;
  std::vector<int> order;
  {
    lifecycle::WorkerPool pool(1, 2);
    ASSERT_TRUE(pool.Submit([&] {
      started.Notify();
      release.WaitForNotification();
    }));
    started.WaitForNotification();
    EXPECT_TRUE(pool.Submit([&] { order.push_back(1); }));
    EXPECT_TRUE(pool.Submit([&] { order.push_back(2); }));
    EXPECT_FALSE(pool.Submit([&] { order.push_back(99); }));
    pool.SubmitAlways([&] { order.push_back(3); });
    EXPECT_THAT(order, IsEmpty());
    release.Notify();
  }
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace jobmesh::runtime
