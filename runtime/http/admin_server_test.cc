#include "runtime/http/admin_server.h"

#include "httplib.h"
#include "nlohmann/json.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::runtime::http {
namespace {

using ::testing::HasSubstr;

// A part whose health the test sets.
class MoodyPart : public lifecycle::Part {
 public:
  std::string name() const override { return "moody"; }
  absl::Status Health() const override { return health; }

  absl::Status health;
};

class AdminServerTest : public ::testing::Test {
 protected:
  AdminServerTest()
      : process_("demo", {.announce_file = "",
                          .drain_delay = absl::ZeroDuration(),
                          .drain_deadline = absl::ZeroDuration()}),
        admin_(process_.Add<AdminServer>(AdminConfig{"127.0.0.1", 0}, process_, Settings())),
        moody_(process_.Add<MoodyPart>()) {
    admin_.AddStatus("weather", [] { return std::string("sunny\n"); });
    EXPECT_TRUE(process_.Start().ok());
  }

  static std::vector<config::Setting> Settings() {
    return {{"JOBMESH_ZONE", "east", "", "zone"}, {"JOBMESH_MESH_TOKEN", "(set)", "", "secret"}};
  }
  // Status and body.
  std::pair<int, std::string> Get(const std::string& path) {
    httplib::Client client("127.0.0.1", admin_.port());
    auto result = client.Get(path);
    return result ? std::pair(result->status, result->body) : std::pair(0, std::string());
  }

  Process process_;
  AdminServer& admin_;
  MoodyPart& moody_;
};

TEST_F(AdminServerTest, Readyz_FollowsTheHealthOfEachPart) {
  EXPECT_EQ(Get("/livez").first, 200);
  EXPECT_EQ(Get("/readyz"), std::pair(200, std::string("ready\nadmin-server: ok\nmoody: ok\n")));
  moody_.health = absl::UnavailableError("lost the database");
  const auto [status, body] = Get("/readyz");
  EXPECT_EQ(status, 503);
  EXPECT_THAT(body, HasSubstr("not ready: moody: lost the database"));
  EXPECT_EQ(Get("/livez").first, 200);
}

TEST_F(AdminServerTest, Pages_TellStatusSettingsAndMetrics) {
  EXPECT_EQ(nlohmann::json::parse(Get("/status").second),
            nlohmann::json({{"msg", "demo is running!"}}));
  EXPECT_EQ(nlohmann::json::parse(Get("/configz").second),
            nlohmann::json({{"JOBMESH_ZONE", "east"}, {"JOBMESH_MESH_TOKEN", "(set)"}}));
  EXPECT_THAT(Get("/statusz").second, HasSubstr("== weather\nsunny\n"));
  EXPECT_THAT(Get("/metrics").second, HasSubstr("jobmesh_build_info{version="));
}

TEST_F(AdminServerTest, APortThatIsTaken_FailsTheStart) {
  HttpServer other("other", "127.0.0.1", admin_.port());
  EXPECT_EQ(other.Start().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace jobmesh::runtime::http
