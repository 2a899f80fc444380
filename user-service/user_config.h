#pragma once

#include <string>

#include "runtime/config/config_reader.h"
#include "runtime/mesh_process.h"
#include "user-service/accounts/account_repository.h"
#include "user-service/accounts/password_hasher.h"
#include "user-service/accounts/sign_in.h"

namespace jobmesh::user {

// Settings of the user-service; README.md explains each.
struct UserConfig {
  runtime::MeshConfig mesh;
  std::string database_url;
  std::string search_database_url;
  int pool_size = 0;
  PasswordCost password_cost;
  LoginLimits login_limits;
  TokenLives token_lives;
  std::string crash_at;

  // Problems stay in `reader`.
  static UserConfig Load(runtime::config::ConfigReader& reader);
};

// The URL of the service's own database, for commands that need nothing else.
std::string LoadDatabaseUrl(runtime::config::ConfigReader& reader);

}  // namespace jobmesh::user
