#pragma once

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>

#include "gateway/routes/method_policy.h"
#include "gateway/routes/path_template.h"
#include "gateway/transcode/field_path.h"
#include "gateway/transcode/message_table.h"
#include "gateway/transcode/request_builder.h"

namespace jobmesh::gateway::routes {

// The HTTP method of routes that are WebSockets; no client can send it.
inline constexpr char kWebSocketMethod[] = "WEBSOCKET";

// One binding of an rpc to HTTP: what to match and how to translate. Immutable once made; the
// tables and the descriptor belong to the Catalog.
struct Route {
  std::string owner;        // service of the registry: `user-service`
  std::string rpc;          // `/jobmesh.accounts.v1.Accounts/SignUp`
  std::string http_method;  // upper case; `*` for any
  PathTemplate path;
  std::vector<transcode::FieldPath> variables;  // fields of the request, as path.variables
  transcode::BodyRule body;
  const transcode::MessageTable* request = nullptr;
  const transcode::MessageTable* response = nullptr;
  // The one field of the response that is printed (`response_body`), or null.
  const transcode::FieldTable* response_field = nullptr;
  std::shared_ptr<const MethodPolicy> policy;
  const google::protobuf::MethodDescriptor* descriptor = nullptr;

  // `GET /v1/{name=shelves/*} (/library.v1.Library/GetShelf)`, for messages.
  std::string Description() const;
};

// Every route of `method`: its google.api.http rule with the additional bindings, and its
// WebSocket. None for a method without either. Errors: INVALID_ARGUMENT when a rule is wrong: a
// malformed template, a field that is not there or cannot be bound, a route without `auth`.
absl::StatusOr<std::vector<Route>> RoutesOf(const google::protobuf::MethodDescriptor& method,
                                            const transcode::TypeTables& types,
                                            const std::string& owner);

}  // namespace jobmesh::gateway::routes
