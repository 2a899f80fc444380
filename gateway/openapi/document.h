#pragma once

#include <string>

#include "gateway/openapi/schemas.h"
#include "gateway/routes/catalog.h"

namespace jobmesh::gateway::openapi {

// The OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0) of every route of the catalog
// that clients may call, and of the gateway's own. Its order depends on the names of services and
// rpcs only, not on when services came into the mesh: the same descriptors give the same bytes.
//
// What OpenAPI has no word for stands in extensions: `x-rpc`, `x-service`, `x-auth`, `x-cache`,
// `x-rate-limit`, `x-idempotent` and `x-deadline-ms` of operations; `x-websocket` with the schemas
// of messages `client` to server and `server` to client; `x-many-segments` of a path parameter
// whose value may hold slashes; `x-additional-operations` of paths, for HTTP methods it does not
// know.
Json BuildDocument(const routes::Catalog& catalog);

}  // namespace jobmesh::gateway::openapi
