#include "runtime/config/config_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/testing/temp_dir.h"

namespace jobmesh::runtime::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Environment Env(std::map<std::string, std::string> values) {
  return Environment(std::move(values));
}

TEST(ConfigReaderTest, Finish_ReportsEveryProblemAtOnce) {
  const Environment environment = Env({{"JOBMESH_HTTP_PORT", "70000"},
                                       {"JOBMESH_RPC_PORT", "eighty"},
                                       {"JOBMESH_LOG_FORMAT", "xml"},
                                       {"JOBMESH_ROLES", "maybe"},
                                       {"JOBMESH_HTTP_PROT", "80"}});
  ConfigReader reader(environment);
  reader.Int("JOBMESH_HTTP_PORT", 8080, 0, 65535, "port");
  reader.Int("JOBMESH_RPC_PORT", 50051, 0, 65535, "port");
  reader.OneOf("JOBMESH_LOG_FORMAT", "json", {"json", "text"}, "format");
  reader.Bool("JOBMESH_ROLES", false, "switch");
  reader.Required("JOBMESH_DATABASE_URL", "where the database is");
  reader.Secret("JOBMESH_MESH_TOKEN", "secret");
  reader.AddProblem("JOBMESH_ZONE", "is wrong in the caller's eyes");

  const absl::Status status = reader.Finish();

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  const std::string text(status.message());
  EXPECT_THAT(text, HasSubstr("JOBMESH_HTTP_PORT: 70000 is not between 0 and 65535"));
  EXPECT_THAT(text, HasSubstr("JOBMESH_RPC_PORT: \"eighty\" is not a whole number"));
  EXPECT_THAT(text, HasSubstr("JOBMESH_LOG_FORMAT: \"xml\" is none of json, text"));
  EXPECT_THAT(text, HasSubstr("JOBMESH_ROLES: \"maybe\" is neither true nor false"));
  EXPECT_THAT(text, HasSubstr("JOBMESH_DATABASE_URL: must be set (where the database is)"));
  EXPECT_THAT(text, HasSubstr("JOBMESH_MESH_TOKEN: must be set, or JOBMESH_MESH_TOKEN_FILE"));
  EXPECT_THAT(text, HasSubstr("JOBMESH_ZONE: is wrong in the caller's eyes"));
  EXPECT_THAT(text, HasSubstr("JOBMESH_HTTP_PROT: is no setting of JobMesh"));
}

TEST(ConfigReaderTest, Finish_AcceptsSettingsOfOtherProcessesAndForeignNames) {
  const Environment environment =
      Env({{"JOBMESH_HTTP_PORT", "x"}, {"JOBMESH_MESH_TOKEN_FILE", "y"}, {"PATH", "/bin"}});
  ConfigReader reader(environment);
  EXPECT_TRUE(reader.Finish().ok());
}

TEST(ConfigReaderTest, UnsetAndEmptyVariables_GetTheDefault) {
  const Environment environment = Env({{"JOBMESH_RPC_ADDRESS", ""}});
  ConfigReader reader(environment);
  EXPECT_EQ(reader.String("JOBMESH_RPC_ADDRESS", "127.0.0.1", "address"), "127.0.0.1");
  EXPECT_EQ(reader.Int("JOBMESH_RPC_PORT", 50051, 0, 65535, "port"), 50051);
  EXPECT_EQ(reader.Bool("JOBMESH_ROLES", true, "switch"), true);
  EXPECT_EQ(reader.Milliseconds("JOBMESH_DRAIN_DELAY_MS", absl::Milliseconds(500),
                                absl::ZeroDuration(), absl::Minutes(5), "delay"),
            absl::Milliseconds(500));
  EXPECT_TRUE(reader.Finish().ok());
}

TEST(ConfigReaderTest, SetVariables_AreParsed) {
  const Environment environment = Env({{"JOBMESH_RPC_PORT", "7"},
                                       {"JOBMESH_DRAIN_DELAY_MS", "1500"},
                                       {"JOBMESH_ROLES", "TRUE"},
                                       {"JOBMESH_ZONE", "0"}});
  ConfigReader reader(environment);
  EXPECT_EQ(reader.Int("JOBMESH_RPC_PORT", 50051, 0, 65535, "port"), 7);
  EXPECT_EQ(reader.Milliseconds("JOBMESH_DRAIN_DELAY_MS", absl::Milliseconds(500),
                                absl::ZeroDuration(), absl::Minutes(5), "delay"),
            absl::Milliseconds(1500));
  EXPECT_TRUE(reader.Bool("JOBMESH_ROLES", false, "switch"));
  EXPECT_FALSE(reader.Bool("JOBMESH_ZONE", true, "switch"));
  EXPECT_TRUE(reader.Finish().ok());
}

TEST(ConfigReaderTest, ClampedInt_IsBroughtIntoRangeWithAWarning) {
  const Environment environment =
      Env({{"JOBMESH_HTTP_THREADS", "99"}, {"JOBMESH_DATABASE_POOL_SIZE", "0"}});
  ConfigReader reader(environment);
  EXPECT_EQ(reader.ClampedInt("JOBMESH_HTTP_THREADS", 3, 1, 10, "threads"), 10);
  EXPECT_EQ(reader.ClampedInt("JOBMESH_DATABASE_POOL_SIZE", 3, 1, 10, "size"), 1);
  EXPECT_EQ(reader.ClampedInt("JOBMESH_ARGON2_OPS", 3, 1, 10, "passes"), 3);
  EXPECT_TRUE(reader.Finish().ok());
  EXPECT_THAT(reader.warnings(),
              ElementsAre("JOBMESH_HTTP_THREADS: 99 is out of range, 10 is used",
                          "JOBMESH_DATABASE_POOL_SIZE: 0 is out of range, 1 is used"));
}

TEST(ConfigReaderTest, List_CutsBlanksAndDropsEmptyMembers) {
  const Environment environment =
      Env({{"JOBMESH_CORS_ORIGINS", " https://a.example ,, https://b.example,"}});
  ConfigReader reader(environment);
  EXPECT_THAT(reader.List("JOBMESH_CORS_ORIGINS", "", "origins"),
              ElementsAre("https://a.example", "https://b.example"));
  EXPECT_THAT(reader.List("JOBMESH_FETCH_ALLOW", "", "addresses"), IsEmpty());
}

TEST(ConfigReaderTest, Secret_ComesFromAFileWithoutWhiteSpaceAndIsNeverShown) {
  const testing::TempDir dir;
  const Environment environment =
      Env({{"JOBMESH_MESH_TOKEN_FILE", dir.Write("token", "  swordfish\n")}});
  ConfigReader reader(environment);
  EXPECT_EQ(reader.Secret("JOBMESH_MESH_TOKEN", "secret"), "swordfish");
  EXPECT_TRUE(reader.Finish().ok());
  ASSERT_EQ(reader.settings().size(), 1u);
  EXPECT_EQ(reader.settings()[0].value, "(set)");
}

TEST(ConfigReaderTest, Secret_InTheVariableWinsOverTheFile) {
  const Environment environment =
      Env({{"JOBMESH_MESH_TOKEN", "direct"}, {"JOBMESH_MESH_TOKEN_FILE", "/nowhere"}});
  ConfigReader reader(environment);
  EXPECT_EQ(reader.Secret("JOBMESH_MESH_TOKEN", "secret"), "direct");
  EXPECT_TRUE(reader.Finish().ok());
}

TEST(ConfigReaderTest, Secret_UnreadableFileIsAProblem) {
  const testing::TempDir dir;
  const Environment environment = Env({{"JOBMESH_MESH_TOKEN_FILE", dir.path() + "/absent"}});
  ConfigReader reader(environment);
  reader.Secret("JOBMESH_MESH_TOKEN", "secret");
  EXPECT_THAT(std::string(reader.Finish().message()),
              HasSubstr("JOBMESH_MESH_TOKEN_FILE: cannot read"));
}

TEST(ConfigReaderTest, Secret_EmptyFileIsAProblem) {
  const testing::TempDir dir;
  const Environment environment = Env({{"JOBMESH_MESH_TOKEN_FILE", dir.Write("token", " \n")}});
  ConfigReader reader(environment);
  reader.Secret("JOBMESH_MESH_TOKEN", "secret");
  EXPECT_THAT(std::string(reader.Finish().message()), HasSubstr("JOBMESH_MESH_TOKEN_FILE: "));
}

TEST(ConfigReaderTest, Problems_DoNotShowSecrets) {
  const Environment environment =
      Env({{"JOBMESH_MESH_TOKEN", "swordfish"}, {"JOBMESH_RPC_PORT", "x"}});
  ConfigReader reader(environment);
  reader.Secret("JOBMESH_MESH_TOKEN", "secret");
  reader.Int("JOBMESH_RPC_PORT", 1, 0, 2, "port");
  EXPECT_THAT(std::string(reader.Finish().message()), Not(HasSubstr("swordfish")));
}

}  // namespace
}  // namespace jobmesh::runtime::config
