#pragma once

#include <map>
#include <string>

#include "gateway/openapi/schemas.h"
#include "gateway/routes/route.h"

namespace jobmesh::gateway::openapi {

// Makes the `responses` of operations; errors, which many share, become components. Not
// thread-safe.
class Responses {
 public:
  explicit Responses(Schemas& schemas) : schemas_(schemas) {}

  // Of a plain request: the success, the errors that its policy or comment names, and `default`.
  // `takes_values`: the request has parameters or a body, which may be wrong.
  Json Of(const routes::Route& route, bool takes_values);
  // Of a WebSocket.
  Json OfWebSocket(const routes::Route& route);

  // `components.responses` and `components.headers`.
  const std::map<std::string, Json>& components() const { return components_; }
  static Json Headers();

 private:
  Json Success(const routes::Route& route, int status);
  // Refers to the error of a family with this status.
  Json Error(int status, options::v1::ErrorStyle style);
  // Refers to what answers a request that reaches no rpc.
  Json EdgeError(int status);
  Json ErrorSchema(options::v1::ErrorStyle style);
  Json ErrorContent(options::v1::ErrorStyle style);

  Schemas& schemas_;
  std::map<std::string, Json> components_;
};

}  // namespace jobmesh::gateway::openapi
