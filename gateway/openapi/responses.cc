#include "gateway/openapi/responses.h"

#include <set>
#include <utility>

#include "gateway/http/message.h"
#include "gateway/openapi/comments.h"
#include "gateway/openapi/request_parts.h"
#include "gateway/session/error_response.h"
#include "gateway/session/traffic.h"

namespace jobmesh::gateway::openapi {
namespace {

using google::protobuf::Descriptor;
using options::v1::ErrorStyle;
using routes::MethodPolicy;
using routes::Route;

constexpr char kJson[] = "application/json";
constexpr char kProblem[] = "application/problem+json";

Json HeaderRef(const std::string& name) { return {{"$ref", "#/components/headers/" + name}}; }
Json ResponseRef(const std::string& name) { return {{"$ref", "#/components/responses/" + name}}; }

const Json& Text() {
  static const Json schema{{"type", "string"}};
  return schema;
}

// Names of component schemas of the gateway's own; the dash keeps them apart from messages.
struct Style {
  const char* component;
  const char* member;
};
Style StyleOf(ErrorStyle style) {
  switch (style) {
    case options::v1::MSG:
      return {"Error-Msg", "msg"};
    case options::v1::MESSAGE:
      return {"Error-Message", "message"};
    case options::v1::DETAIL:
      return {"Error-Detail", "detail"};
    case options::v1::ERROR:
      return {"Error-Error", "error"};
    default:
      return {"Error-Problem", "detail"};
  }
}

Json ProblemSchema() {
  const auto described = [](const char* type, const char* comment) {
    return Json{{"type", type}, {"description", comment}};
  };
  Json field_error{
      {"type", "object"},
      {"properties",
       {{"field", described("string", "Path of the field.")},
        {"location", described("string", "`path`, `query` or `body`.")},
        {"description", described("string", "What is wrong with it.")}}},
      {"required", {"field", "location", "description"}},
  };
  Json metadata = described("object", "Everything variable in the message.");
  metadata["additionalProperties"] = Text();
  Json errors = described("array", "The fields of the request that are wrong.");
  errors["items"] = std::move(field_error);
  Json properties{
      {"type", {{"type", "string"}, {"format", "uri-reference"}}},
      {"title", described("string", "Name of the status.")},
      {"status", described("integer", "The HTTP status.")},
      {"detail", described("string", "What happened, for people.")},
      {"code", described("string", "Name of the gRPC code.")},
      {"reason", described("string", "What happened, for programs.")},
      {"metadata", std::move(metadata)},
      {"errors", std::move(errors)},
      {"msg", described("string", "`detail` once more, where no route took the request.")},
  };
  return {{"type", "object"},
          {"description", "A problem of RFC 9457."},
          {"properties", std::move(properties)},
          {"required", {"type", "title", "status", "detail"}}};
}

std::string SuccessText(const Descriptor& message, int status) {
  std::string comment = CommentOf(message);
  return comment.empty() ? std::string(http::ReasonPhrase(status)) : comment;
}

}  // namespace

Json Responses::ErrorSchema(ErrorStyle style) {
  const auto [component, member] = StyleOf(style);
  if (!schemas_.components().contains(component)) {
    if (style == options::v1::PROBLEM) {
      schemas_.Define(component, ProblemSchema());
    } else {
      Json properties;
      properties[member] = Described(Text(), "What happened, for people.");
      if (style == options::v1::ERROR) properties["details"] = Text();
      schemas_.Define(component, {{"type", "object"},
                                  {"properties", std::move(properties)},
                                  {"required", Json::array({member})}});
    }
  }
  return Schemas::Ref(component);
}

Json Responses::ErrorContent(ErrorStyle style) {
  return {{style == options::v1::PROBLEM ? kProblem : kJson, {{"schema", ErrorSchema(style)}}}};
}

Json Responses::Error(int status, ErrorStyle style) {
  const std::string name = std::string(StyleOf(style).component) + "-" + std::to_string(status);
  Json& response = components_[name];
  if (response.is_null()) {
    Json headers{{"X-Request-ID", HeaderRef("X-Request-ID")}};
    if (status == 401) headers["WWW-Authenticate"] = HeaderRef("WWW-Authenticate");
    if (status == 429 || status == 503) headers["Retry-After"] = HeaderRef("Retry-After");
    response = {{"description", http::ReasonPhrase(status)},
                {"headers", std::move(headers)},
                {"content", ErrorContent(style)}};
  }
  return ResponseRef(name);
}

Json Responses::EdgeError(int status) { return Error(status, options::v1::PROBLEM); }

Json Responses::Success(const Route& route, int status) {
  const auto* field = route.response_field == nullptr
                          ? nullptr
                          : route.descriptor->output_type()->FindFieldByNumber(
                                static_cast<int>(route.response_field->number));
  const Descriptor& message = *route.descriptor->output_type();
  const Descriptor* whole = field == nullptr ? &message : field->message_type();
  Json headers{{"X-Request-ID", HeaderRef("X-Request-ID")}};
  Json content;
  if (whole != nullptr && IsHttpBody(*whole)) {
    content = {{"*/*", {{"schema", {{"type", "string"}, {"format", "binary"}}}}}};
  } else {
    Json schema = field == nullptr ? schemas_.Message(message, Direction::kOutput)
                                   : schemas_.Field(*field, Direction::kOutput);
    if (route.policy->server_streaming) {
      content = {{kJson, {{"schema", {{"type", "array"}, {"items", schema}}}}},
                 {"application/x-ndjson", {{"schema", schema}}},
                 {"text/event-stream", {{"schema", schema}}}};
    } else {
      content = {{kJson, {{"schema", std::move(schema)}}}};
    }
  }
  if (session::IsCached(route)) {
    for (const char* name : {"Age", "Cache-Control", "ETag", "X-Cache"}) {
      headers[name] = HeaderRef(name);
    }
  }
  if (route.policy->rate_per_minute > 0) {
    for (const char* name : {"RateLimit", "RateLimit-Policy"}) headers[name] = HeaderRef(name);
  }
  return {{"description", SuccessText(message, status)},
          {"headers", std::move(headers)},
          {"content", std::move(content)}};
}

Json Responses::Of(const Route& route, bool takes_values) {
  const MethodPolicy& policy = *route.policy;
  std::set<int> statuses{503};
  for (const absl::StatusCode code : ErrorCodesIn(CommentOf(*route.descriptor))) {
    statuses.insert(session::HttpStatusOf(code, policy.invalid_status));
  }
  if (takes_values) statuses.insert(policy.invalid_status);
  const bool has_body = route.body.kind != transcode::BodyRule::Kind::kNone;
  if (has_body) statuses.insert({413, 415});
  if (policy.auth != options::v1::PUBLIC) statuses.insert(401);
  if (policy.auth != options::v1::PUBLIC && policy.auth != options::v1::USER) statuses.insert(403);
  if (policy.rate_per_minute > 0) statuses.insert(429);
  if (TakesIdempotencyKey(route)) statuses.insert({policy.invalid_status, 409, 422});

  Json responses;
  responses[std::to_string(policy.success_status)] = Success(route, policy.success_status);
  for (const int status : policy.other_success_statuses) {
    responses[std::to_string(status)] = Success(route, status);
  }
  if (session::IsCached(route)) {
    responses["304"] = {{"description", "The answer is still the one of `If-None-Match`."}};
  }
  for (const int status : statuses) {
    responses[std::to_string(status)] =
        status == 413 ? EdgeError(status) : Error(status, policy.error_style);
  }
  Json any = ErrorContent(policy.error_style);
  any.update(ErrorContent(options::v1::PROBLEM));
  responses["default"] = {{"description", "Any other error."}, {"content", std::move(any)}};
  return responses;
}

Json Responses::OfWebSocket(const Route& route) {
  Json responses;
  responses["101"] = {{"description", "The WebSocket is open."}};
  if (route.policy->auth != options::v1::PUBLIC) {
    responses["101"]["description"] =
        "The WebSocket is open. Without a good token, from the handshake or the first message, it "
        "is closed with 4401.";
  }
  responses["426"] = EdgeError(426);
  responses["503"] = EdgeError(503);
  return responses;
}

Json Responses::Headers() {
  const auto header = [](const char* comment, Json schema) {
    return Json{{"description", comment}, {"schema", std::move(schema)}};
  };
  const Json seconds{{"type", "integer"}, {"minimum", 0}};
  return {
      {"Age", header("Seconds since the service gave the answer.", seconds)},
      {"Cache-Control", header("How long the answer may be used again.", Text())},
      {"ETag", header("Names this very answer, for `If-None-Match`.", Text())},
      {"RateLimit", header("What is left of the limits, and the seconds to the next.", Text())},
      {"RateLimit-Policy", header("The limits: requests (`q`) in so many seconds (`w`).", Text())},
      {"Retry-After", header("Seconds to wait before another try.", seconds)},
      {"WWW-Authenticate", header("`Bearer`.", Text())},
      {"X-Cache", header("`hit`, `miss` or `stale`.", Text())},
      {"X-Request-ID", header("The id of the request: the client's, or a new one.", Text())},
  };
}

}  // namespace jobmesh::gateway::openapi
