#include "scraper-service/tasks/task_id.h"

#include "gtest/gtest.h"

namespace jobmesh::scraper::tasks {
namespace {

TEST(TaskIdTest, ShortIdsAndTheirUuidsStandForEachOther) {
  const std::string uuid = "0193546e-2f1a-7fed-9bcd-fffffc000000";
  const std::string id = PublicTaskId(uuid, "004");
  EXPECT_EQ(id.size(), 24u);
  EXPECT_EQ(UuidOfTask(id), uuid);
  EXPECT_EQ(UuidOfTask("0193546e2f1a000000000000"), "0193546e-2f1a-7000-8000-000000000000");
}

TEST(TaskIdTest, OtherFamiliesShowTheUuid) {
  const std::string uuid = "0193546e-2f1a-7fed-9bcd-0123456789ab";
  EXPECT_EQ(PublicTaskId(uuid, "002"), uuid);
  EXPECT_EQ(UuidOfTask(uuid), uuid);
}

TEST(TaskIdTest, MalformedIdsStandForNothing) {
  for (const char* id :
       {"", "nope", "123", "0193546E2F1A000000000000", "0193546e2f1a00000000000",
        "0193546e-2f1a-7fed-9bcd-0123456789aB", "0193546e-2f1a-7fed-9bcd-0123456789ag",
        "0193546e12f1a-7fed-9bcd-0123456789ab", "------------------------------------"}) {
    EXPECT_EQ(UuidOfTask(id), std::nullopt) << id;
  }
}

}  // namespace
}  // namespace jobmesh::scraper::tasks
