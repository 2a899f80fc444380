#pragma once

#include <string>

#include "gateway/openapi/path_keys.h"
#include "gateway/openapi/schemas.h"
#include "gateway/routes/route.h"

namespace jobmesh::gateway::openapi {

// The `parameters` of an operation that stand in its path.
Json PathParameters(const routes::Route& route, const PathKey& key, Schemas& schemas);

// Appends the fields that are left for the query: nested ones by their path (`filter.title`), maps
// as `labels[key]`.
void AddQueryParameters(const routes::Route& route, Schemas& schemas, Json& parameters);

// Whether an Idempotency-Key makes the operation happen once.
bool TakesIdempotencyKey(const routes::Route& route);
Json IdempotencyKeyParameter();

// `requestBody` of an operation; null without one.
Json RequestBody(const routes::Route& route, Schemas& schemas);

}  // namespace jobmesh::gateway::openapi
