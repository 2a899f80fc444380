#include "scraper-service/refine/remote_mode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

std::optional<RemoteMode> ModeOf(std::string_view text) {
  const auto found = FindRemoteMode(text);
  return found ? std::optional(found->value) : std::nullopt;
}

TEST(FindRemoteModeTest, Header_IsRead) {
  EXPECT_EQ(ModeOf("Acme | Engineer | REMOTE (EU)"), RemoteMode::kRemote);
  EXPECT_EQ(ModeOf("Acme | Oslo (Hybrid) or Remote"), RemoteMode::kRemote);
  EXPECT_EQ(ModeOf("Acme | Oslo | ONSITE (part remote)"), RemoteMode::kHybrid);
  EXPECT_EQ(ModeOf("Acme | Oslo (in office 2-3 days)"), RemoteMode::kHybrid);
  EXPECT_EQ(ModeOf("Acme | Oslo | In person, no remote"), RemoteMode::kOnsite);
}

TEST(FindRemoteModeTest, Text_CountsOnlyWhereItSpeaksOfTheJob) {
  EXPECT_EQ(ModeOf("About us\nThis is a fully remote role."), RemoteMode::kRemote);
  EXPECT_EQ(ModeOf("About us\nRemote: yes"), RemoteMode::kRemote);
  EXPECT_EQ(ModeOf("About us\nWe make remote controls for hybrid cars."), std::nullopt);
}

TEST(ParseRemoteFieldTest, FlagsAndWords_AreRead) {
  EXPECT_EQ(ParseRemoteField("TELECOMMUTE"), RemoteMode::kRemote);
  EXPECT_EQ(ParseRemoteField("true"), RemoteMode::kRemote);
  EXPECT_EQ(ParseRemoteField("on-site"), RemoteMode::kOnsite);
  EXPECT_EQ(ParseRemoteField("unspecified"), std::nullopt);
}

}  // namespace
}  // namespace jobmesh::scraper::refine
