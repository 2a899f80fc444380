#include "gateway/routes/route.h"

#include <utility>

#include <google/api/annotations.pb.h>
#include <google/api/http.pb.h>

#include "runtime/status_macros.h"

namespace jobmesh::gateway::routes {
namespace {

using google::api::HttpRule;
using transcode::BodyRule;
using transcode::FieldTable;
using transcode::MessageTable;

// Makes the routes of one method, which share all but the rule.
class RouteMaker {
 public:
  explicit RouteMaker(Route common) : common_(std::move(common)) {}

  absl::Status AddRule(const HttpRule& rule) {
    RETURN_IF_ERROR(AddBinding(rule));
    for (const HttpRule& additional : rule.additional_bindings()) {
      if (additional.additional_bindings_size() > 0) {
        return Error("additional_bindings inside additional_bindings");
      }
      RETURN_IF_ERROR(AddBinding(additional));
    }
    return absl::OkStatus();
  }

  absl::Status AddWebSocket() {
    if (!common_.policy->client_streaming || !common_.policy->server_streaming) {
      return Error("a WebSocket must be a stream in both directions");
    }
    Route route = common_;
    route.http_method = kWebSocketMethod;
    return Add(std::move(route), common_.policy->websocket, "", "");
  }

  std::vector<Route> Take() { return std::move(routes_); }

 private:
  absl::Status Error(const std::string& problem) const {
    return absl::InvalidArgumentError(common_.rpc + ": " + problem);
  }

  absl::Status AddBinding(const HttpRule& rule) {
    Route route = common_;
    std::string path;
    switch (rule.pattern_case()) {
      case HttpRule::kGet:
        route.http_method = "GET";
        path = rule.get();
        break;
      case HttpRule::kPut:
        route.http_method = "PUT";
        path = rule.put();
        break;
      case HttpRule::kPost:
        route.http_method = "POST";
        path = rule.post();
        break;
      case HttpRule::kDelete:
        route.http_method = "DELETE";
        path = rule.delete_();
        break;
      case HttpRule::kPatch:
        route.http_method = "PATCH";
        path = rule.patch();
        break;
      case HttpRule::kCustom:
        route.http_method = rule.custom().kind();
        path = rule.custom().path();
        break;
      case HttpRule::PATTERN_NOT_SET:
        return Error("an http rule without a path");
    }
    if (route.http_method.empty() || route.http_method == kWebSocketMethod) {
      return Error("\"" + route.http_method + "\" is no HTTP method");
    }
    if (!rule.body().empty() && (route.http_method == "GET" || route.http_method == "HEAD")) {
      return Error("a " + route.http_method + " has no body");
    }
    return Add(std::move(route), path, rule.body(), rule.response_body());
  }

  absl::Status Add(Route route, const std::string& path, const std::string& body,
                   const std::string& response_body) {
    auto parsed = ParsePathTemplate(path);
    if (!parsed.ok()) return Error(std::string(parsed.status().message()));
    route.path = *std::move(parsed);
    for (const TemplateVariable& variable : route.path.variables) {
      ASSIGN_OR_RETURN(auto field, Field(variable.field_path));
      if (field.leaf().repeated || !transcode::IsBindable(field.leaf())) {
        return Error("the field " + variable.field_path + " cannot stand in a path");
      }
      route.variables.push_back(std::move(field));
    }
    RETURN_IF_ERROR(SetBody(body, &route));
    if (!response_body.empty()) {
      route.response_field = route.response->FindName(response_body);
      if (route.response_field == nullptr) {
        return Error("response_body: no field " + response_body);
      }
    }
    routes_.push_back(std::move(route));
    return absl::OkStatus();
  }

  absl::StatusOr<transcode::FieldPath> Field(const std::string& path) const {
    auto field = transcode::ResolveFieldPath(*common_.request, path);
    if (!field.ok()) return Error(path + ": " + std::string(field.status().message()));
    return field;
  }

  absl::Status SetBody(const std::string& body, Route* route) const {
    if (body.empty()) return absl::OkStatus();
    if (body == "*") {
      route->body.kind = BodyRule::Kind::kWhole;
      return absl::OkStatus();
    }
    route->body.kind = BodyRule::Kind::kField;
    ASSIGN_OR_RETURN(route->body.field, Field(body));
    if (route->body.field.leaf().repeated) return Error("the body cannot be the list " + body);
    if (route->http_method == "PATCH") route->body.update_mask = UpdateMask();
    return absl::OkStatus();
  }

  // The only FieldMask of the request, or null.
  const FieldTable* UpdateMask() const {
    const FieldTable* mask = nullptr;
    for (const FieldTable& field : common_.request->fields()) {
      const MessageTable* message = field.message;
      if (message == nullptr || message->well_known() != transcode::WellKnown::kFieldMask ||
          field.repeated) {
        continue;
      }
      if (mask != nullptr) return nullptr;
      mask = &field;
    }
    return mask;
  }

  const Route common_;
  std::vector<Route> routes_;
};

}  // namespace

std::string Route::Description() const {
  return http_method + ' ' + path.text + " (" + rpc + " of " + owner + ')';
}

absl::StatusOr<std::vector<Route>> RoutesOf(const google::protobuf::MethodDescriptor& method,
                                            const transcode::TypeTables& types,
                                            const std::string& owner) {
  google::protobuf::MethodOptions options;
  options.ParseFromString(method.options().SerializeAsString());
  auto policy = std::make_shared<const MethodPolicy>(MethodPolicyOf(method));
  const bool has_rule = options.HasExtension(google::api::http);
  if (!has_rule && policy->websocket.empty()) return std::vector<Route>();

  Route common;
  common.owner = owner;
  common.rpc = '/' + method.service()->full_name() + '/' + method.name();
  common.request = types.Find(method.input_type()->full_name());
  common.response = types.Find(method.output_type()->full_name());
  common.policy = std::move(policy);
  common.descriptor = &method;
  if (common.policy->auth == options::v1::AUTH_UNSPECIFIED) {
    return absl::InvalidArgumentError(common.rpc +
                                      ": a public route must say who may call it (auth)");
  }
  const bool is_websocket = !common.policy->websocket.empty();
  RouteMaker maker(std::move(common));
  if (has_rule) RETURN_IF_ERROR(maker.AddRule(options.GetExtension(google::api::http)));
  if (is_websocket) RETURN_IF_ERROR(maker.AddWebSocket());
  return maker.Take();
}

}  // namespace jobmesh::gateway::routes
