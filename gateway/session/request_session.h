#pragma once

#include <memory>

#include "gateway/http/exchange.h"
#include "gateway/policy/load_shedder.h"
#include "gateway/routes/catalog.h"
#include "gateway/session/gateway.h"

namespace jobmesh::gateway::session {

// Works on one plain HTTP request: authenticates, translates it into a call, makes the call and
// translates the answer back. Does not block; lives until the request is answered, and keeps its
// place among the requests in work as long.
void StartRequest(Gateway& gateway, std::shared_ptr<http::Exchange> exchange,
                  std::shared_ptr<const routes::Catalog> catalog, routes::RouteMatch match,
                  policy::LoadShedder::Ticket ticket);

}  // namespace jobmesh::gateway::session
