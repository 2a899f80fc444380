#include "insights-service/commands.h"

#include <cstdio>
#include <string>

#include "insights_migrations.h"

#include "insights-service/insights_config.h"
#include "insights-service/load/warehouse.h"
#include "runtime/postgres/migrate.h"
#include "runtime/status_macros.h"

namespace jobmesh::insights {
namespace {

using runtime::config::ConfigReader;
using runtime::config::Environment;

constexpr int kDefaultRpcPort = 50053;
constexpr int kDefaultAdminPort = 9104;

std::string LoadDatabaseUrl(ConfigReader& reader) {
  std::string url =
      reader.Secret("JOBMESH_DATABASE_URL", "PostgreSQL URI of the service's own database");
  if (url.empty()) {
    reader.AddProblem("JOBMESH_DATABASE_URL", "is required");
  }
  return url;
}

int Report(const absl::Status& status) {
  if (status.ok()) {
    return 0;
  }
  std::fprintf(stderr, "insights-service: %s\n", std::string(status.message()).c_str());
  return absl::IsInvalidArgument(status) ? 2 : 1;
}

absl::Status MigrateDatabase(const Environment& environment) {
  ConfigReader reader(environment);
  const std::string url = LoadDatabaseUrl(reader);
  RETURN_IF_ERROR(reader.Finish());
  return runtime::postgres::Migrate(url, kMigrations);
}

absl::Status ClearWarehouse(const Environment& environment) {
  ConfigReader reader(environment);
  const std::string url = LoadDatabaseUrl(reader);
  RETURN_IF_ERROR(reader.Finish());
  prometheus::Registry registry;
  runtime::postgres::Pool pool({.url = url, .max_connections = 1}, registry);
  return Warehouse(pool).Clear();
}

}  // namespace

InsightsConfig InsightsConfig::Load(ConfigReader& reader) {
  InsightsConfig config;
  config.mesh = runtime::MeshConfig::Load(reader, kDefaultRpcPort, kDefaultAdminPort);
  config.database_url = LoadDatabaseUrl(reader);
  config.pool_size = static_cast<int>(
      reader.Int("JOBMESH_DATABASE_POOL_SIZE", 8, 1, 200, "connections to each database at most"));
  return config;
}

int RunMigrate(const Environment& environment, std::span<char* const> arguments) {
  return Report(arguments.empty() ? MigrateDatabase(environment)
                                  : absl::InvalidArgumentError("migrate takes no arguments"));
}

int RunRebuild(const Environment& environment, std::span<char* const> arguments) {
  return Report(arguments.empty() ? ClearWarehouse(environment)
                                  : absl::InvalidArgumentError("rebuild takes no arguments"));
}

}  // namespace jobmesh::insights
