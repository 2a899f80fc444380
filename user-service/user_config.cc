#include "user-service/user_config.h"

#include "user-service/accounts/token_repository.h"

namespace jobmesh::user {
namespace {

constexpr int kDefaultRpcPort = 50051;
constexpr int kDefaultAdminPort = 9102;

}  // namespace

std::string LoadDatabaseUrl(runtime::config::ConfigReader& reader) {
  std::string url =
      reader.Secret("JOBMESH_DATABASE_URL", "PostgreSQL URI of the service's own database");
  if (url.empty()) {
    reader.AddProblem("JOBMESH_DATABASE_URL", "is required");
  }
  return url;
}

UserConfig UserConfig::Load(runtime::config::ConfigReader& reader) {
  UserConfig config;
  config.mesh = runtime::MeshConfig::Load(reader, kDefaultRpcPort, kDefaultAdminPort);
  config.database_url = LoadDatabaseUrl(reader);
  config.search_database_url =
      reader.Secret("JOBMESH_SEARCH_DATABASE_URL",
                    "PostgreSQL URI of the postings database, of a role that may read search_v1");
  if (config.search_database_url.empty()) {
    reader.AddProblem("JOBMESH_SEARCH_DATABASE_URL", "is required");
  }
  config.pool_size = static_cast<int>(
      reader.Int("JOBMESH_DATABASE_POOL_SIZE", 8, 1, 200, "connections to each database at most"));
  config.password_cost.passes =
      static_cast<int>(reader.Int("JOBMESH_ARGON2_OPS", config.password_cost.passes, 1, 100,
                                  "passes of Argon2id over its memory for one password"));
  config.password_cost.memory_kib = static_cast<int>(
      reader.Int("JOBMESH_ARGON2_MEMORY_KIB", config.password_cost.memory_kib, 8, 4 * 1024 * 1024,
                 "memory of Argon2id for one password, in KiB; four at a time at most"));
  config.login_limits.account_failures = static_cast<int>(
      reader.Int("JOBMESH_LOGIN_ACCOUNT_FAILURES", config.login_limits.account_failures, 1, 100'000,
                 "failed log-ins of one account in 5 minutes after which it must wait"));
  config.login_limits.address_failures = static_cast<int>(
      reader.Int("JOBMESH_LOGIN_ADDRESS_FAILURES", config.login_limits.address_failures, 1,
                 1'000'000, "failed log-ins of one address in 5 minutes after which it must wait"));
  const int64_t minutes =
      reader.Int("DEFAULT_EXP_DELTA_MIN", 15, 1, absl::ToInt64Minutes(kMaxAccessTokenLife),
                 "life of an access token in minutes, by the name of document 003");
  config.token_lives.access = absl::Seconds(
      reader.Int("JOBMESH_TOKEN_ACCESS_LIFE_SECONDS", minutes * 60, 1,
                 absl::ToInt64Seconds(kMaxAccessTokenLife), "life of an access token; it wins"));
  config.token_lives.refresh =
      absl::Seconds(reader.Int("JOBMESH_TOKEN_REFRESH_LIFE_SECONDS", 30 * 24 * 3600, 1,
                               366 * 24 * 3600, "life of a refresh token that is not used"));
  config.crash_at = reader.String("JOBMESH_CRASH_AT", "",
                                  "fault point at which the process dies, to test what survives");
  return config;
}

}  // namespace jobmesh::user
