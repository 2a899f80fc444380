#include "user-service/commands.h"

#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "user_migrations.h"

#include "runtime/postgres/migrate.h"
#include "runtime/status_macros.h"
#include "user-service/accounts/token_command.h"
#include "user-service/user_config.h"

namespace jobmesh::user {
namespace {

int Report(const absl::Status& status) {
  if (status.ok()) {
    return 0;
  }
  std::fprintf(stderr, "user-service: %s\n", std::string(status.message()).c_str());
  return absl::IsInvalidArgument(status) ? 2 : 1;
}

absl::Status MigrateDatabase(const runtime::config::Environment& environment) {
  runtime::config::ConfigReader reader(environment);
  const std::string url = LoadDatabaseUrl(reader);
  RETURN_IF_ERROR(reader.Finish());
  return runtime::postgres::Migrate(url, kMigrations);
}

absl::Status PrintTokens(const runtime::config::Environment& environment,
                         std::span<char* const> arguments) {
  ASSIGN_OR_RETURN(const TokenRequest request, ParseTokenArguments(arguments));
  runtime::config::ConfigReader reader(environment);
  const std::string url = LoadDatabaseUrl(reader);
  RETURN_IF_ERROR(reader.Finish());
  prometheus::Registry registry;
  runtime::postgres::Pool pool({.url = url, .max_connections = 1}, registry);
  ASSIGN_OR_RETURN(const std::string tokens, MakeTokens(pool, request));
  std::printf("%s\n", tokens.c_str());
  return absl::OkStatus();
}

}  // namespace

int RunMigrate(const runtime::config::Environment& environment, std::span<char* const> arguments) {
  return Report(arguments.empty() ? MigrateDatabase(environment)
                                  : absl::InvalidArgumentError("migrate takes no arguments"));
}

int RunToken(const runtime::config::Environment& environment, std::span<char* const> arguments) {
  return Report(PrintTokens(environment, arguments));
}

}  // namespace jobmesh::user
