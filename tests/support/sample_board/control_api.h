#pragma once

#include <httplib.h>

#include "tests/support/sample_board/access_log.h"
#include "tests/support/sample_board/board_state.h"
#include "tests/support/sample_board/failure_switch.h"

namespace jobmesh::testing {

// Adds the routes under /_control/ that change the board: add, change, remove, fail; and show it:
// state, postings, log. Bodies are JSON; a mistake is 400 {"error": "..."}, an unknown posting 404.
// The server must allow them to loopback clients only. All arguments must outlive the server.
void AddControlRoutes(httplib::Server* server, BoardState* state, FailureSwitch* failures,
                      AccessLog* log);

}  // namespace jobmesh::testing
