#pragma once

#include <cstdint>
#include <string>

namespace jobmesh::runtime::auth {

// Who a verified access token speaks for.
struct Principal {
  int64_t user_id = 0;
  std::string role;    // USER, ADMIN, DATA_ADMIN or RESEARCHER
  std::string family;  // all tokens that come from one log-in

  bool IsAdmin() const { return role == "ADMIN"; }
  // May start and watch data jobs.
  bool IsDataAdmin() const { return role == "DATA_ADMIN" || IsAdmin(); }
};

}  // namespace jobmesh::runtime::auth
