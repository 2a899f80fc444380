#include "gateway/openapi/document.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "gateway/openapi/comments.h"
#include "gateway/openapi/path_keys.h"
#include "gateway/openapi/request_parts.h"
#include "gateway/openapi/responses.h"
#include "runtime/version.h"

namespace jobmesh::gateway::openapi {
namespace {

using google::protobuf::ServiceDescriptor;
using routes::MethodPolicy;
using routes::Route;

constexpr char kAbout[] =
    "The routes that the services of the mesh announce at this moment.\n\n"
    "- A token goes into `Authorization: Bearer …` or the cookie `authorization`.\n"
    "- Query parameters are names of fields, nested ones with dots (`filter.title=python`), "
    "repeated ones repeated.\n"
    "- 64-bit integers are strings, times are RFC 3339 in UTC, durations are seconds with an `s`, "
    "numbers that are not finite are `\"NaN\"` and `\"Infinity\"`.\n"
    "- A trailing slash does not count, and HEAD works wherever GET does.\n"
    "- Every response has an `X-Request-ID`: the one that was sent, or a new one.";

constexpr std::string_view kMethods[] = {"GET",     "PUT",  "POST",  "DELETE",
                                         "OPTIONS", "HEAD", "PATCH", "TRACE"};
// What a route for any method is listed under.
constexpr std::string_view kCommonMethods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

bool IsWebSocket(const Route& route) { return route.http_method == routes::kWebSocketMethod; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// The routes that clients may call, by the names of their services and then as declared, WebSockets
// last: a plain GET of the same path has its place already.
std::vector<const Route*> RoutesOf(const routes::Catalog& catalog) {
  std::vector<const Route*> list;
  for (const auto& route : catalog.routes().routes()) {
    if (route->policy->auth != options::v1::MESH) list.push_back(route.get());
  }
  const auto place = [](const Route* route) {
    return std::tuple<bool, const std::string&, int>(
        IsWebSocket(*route), route->descriptor->service()->full_name(), route->descriptor->index());
  };
  std::stable_sort(list.begin(), list.end(),
                   [&place](const Route* a, const Route* b) { return place(a) < place(b); });
  return list;
}

std::vector<const google::protobuf::Descriptor*> AnswersOf(const std::vector<const Route*>& list) {
  std::vector<const google::protobuf::Descriptor*> answers;
  answers.reserve(list.size());
  for (const Route* route : list) answers.push_back(route->descriptor->output_type());
  return answers;
}

class DocumentBuilder {
 public:
  explicit DocumentBuilder(const routes::Catalog& catalog)
      : routes_(RoutesOf(catalog)), schemas_(AnswersOf(routes_)), responses_(schemas_) {
    std::map<std::string, std::set<std::string>> full_names;
    for (const Route* route : routes_) {
      const ServiceDescriptor& service = *route->descriptor->service();
      full_names[service.name()].insert(service.full_name());
    }
    for (const auto& [name, services] : full_names) {
      if (services.size() > 1) ambiguous_.insert(name);
    }
  }

  Json Build() {
    for (const Route* route : routes_) Add(*route);
    AddOwn();
    Json document{{"openapi", "3.1.0"},
                  {"info",
                   {{"title", "JobMesh"},
                    {"version", std::string(runtime::kVersion)},
                    {"description", kAbout}}},
                  {"servers", Json::array({{{"url", "/"}}})},
                  {"tags", Tags()},
                  {"paths", std::move(paths_)}};
    document["components"] = Components();
    return document;
  }

 private:
  std::string TagOf(const ServiceDescriptor& service) const {
    return ambiguous_.contains(service.name()) ? service.full_name() : service.name();
  }

  std::string NewId(const Route& route) {
    std::string id = TagOf(*route.descriptor->service()) + "_" + route.descriptor->name();
    std::replace(id.begin(), id.end(), '.', '_');
    std::string unique = id;
    for (int i = 2; !ids_.insert(unique).second; ++i) unique = id + "_" + std::to_string(i);
    return unique;
  }

  void Add(const Route& route) {
    const ServiceDescriptor& service = *route.descriptor->service();
    tags_.emplace(TagOf(service), std::make_pair(&service, route.owner));
    const PathKey key = keys_.KeyOf(route);
    if (IsWebSocket(route)) {
      AddWebSocket(route, key);
    } else if (route.http_method == "*") {
      for (const std::string_view method : kCommonMethods) {
        Json& slot = paths_[key.path][Lower(method)];
        // A route of this very method goes before.
        if (slot.is_null()) slot = Operation(route, key);
      }
    } else if (std::ranges::find(kMethods, route.http_method) == std::end(kMethods)) {
      paths_[key.path]["x-additional-operations"][route.http_method] = Operation(route, key);
    } else {
      paths_[key.path][Lower(route.http_method)] = Operation(route, key);
    }
  }

  Json Frame(const Route& route) {
    const std::string comment = CommentOf(*route.descriptor);
    Json operation{{"tags", Json::array({TagOf(*route.descriptor->service())})},
                   {"operationId", NewId(route)}};
    const std::string sentence = FirstSentence(comment);
    operation["summary"] = sentence.empty() ? route.descriptor->name() : sentence;
    operation = Described(std::move(operation), Description(route, comment));
    if (route.descriptor->options().deprecated() ||
        route.descriptor->service()->options().deprecated()) {
      operation["deprecated"] = true;
    }
    return operation;
  }

  static std::string Description(const Route& route, const std::string& comment) {
    const MethodPolicy& policy = *route.policy;
    std::string notes;
    if (policy.auth == options::v1::USER) notes += "\n- For signed-in users.";
    if (policy.auth == options::v1::ADMIN) notes += "\n- For administrators.";
    if (policy.auth == options::v1::DATA_ADMIN) notes += "\n- For data administrators.";
    if (policy.rate_per_minute > 0) {
      notes += "\n- At most " + std::to_string(policy.rate_per_minute) +
               " requests a minute of one client, " + std::to_string(policy.rate_burst) +
               " of them at once.";
    }
    if (policy.cache_max_age.count() > 0) {
      notes +=
          "\n- An answer may be up to " + std::to_string(policy.cache_max_age.count()) + " s old.";
    }
    if (IsWebSocket(route)) {
      notes += "\n- A WebSocket: each text frame is one message as JSON, both ways.";
    } else if (policy.server_streaming && !IsHttpBody(*route.descriptor->output_type())) {
      notes +=
          "\n- A stream: by `Accept` a JSON array, lines of JSON or server-sent events. The last "
          "line is `{\"@end\":…}`, the last event `end`; one that fails ends in `@error` or "
          "`error`.";
    }
    if (notes.empty()) return comment;
    return comment.empty() ? notes.substr(1) : comment + "\n" + notes;
  }

  // Appends who may call, and what only extensions can say.
  static void AddPolicy(const Route& route, Json& operation) {
    const MethodPolicy& policy = *route.policy;
    Json security = Json::array();
    if (policy.auth != options::v1::PUBLIC) {
      Json roles = Json::array();
      if (policy.auth != options::v1::USER) roles.push_back(options::v1::Auth_Name(policy.auth));
      security.push_back({{"bearer", roles}});
      security.push_back({{"cookie", roles}});
    }
    operation["security"] = std::move(security);
    operation["x-rpc"] = route.rpc;
    operation["x-service"] = route.owner;
    operation["x-auth"] = options::v1::Auth_Name(policy.auth);
    if (IsWebSocket(route)) return;
    operation["x-idempotent"] = policy.IsIdempotent(route.http_method);
    operation["x-deadline-ms"] = policy.deadline.count();
    if (policy.rate_per_minute > 0) {
      operation["x-rate-limit"] = {{"per_minute", policy.rate_per_minute},
                                   {"burst", policy.rate_burst}};
    }
    if (policy.cache_max_age.count() > 0) {
      operation["x-cache"] = {{"max_age_seconds", policy.cache_max_age.count()},
                              {"vary", policy.cache_vary}};
    }
  }

  Json Operation(const Route& route, const PathKey& key) {
    Json operation = Frame(route);
    Json parameters = PathParameters(route, key, schemas_);
    AddQueryParameters(route, schemas_, parameters);
    Json body = RequestBody(route, schemas_);
    const bool takes_values = !parameters.empty() || !body.is_null();
    if (TakesIdempotencyKey(route)) parameters.push_back(IdempotencyKeyParameter());
    if (!parameters.empty()) operation["parameters"] = std::move(parameters);
    if (!body.is_null()) operation["requestBody"] = std::move(body);
    operation["responses"] = responses_.Of(route, takes_values);
    AddPolicy(route, operation);
    return operation;
  }

  void AddWebSocket(const Route& route, const PathKey& key) {
    Json& operation = paths_[key.path]["get"];
    if (operation.is_null()) {
      operation = Frame(route);
      Json parameters = PathParameters(route, key, schemas_);
      if (!parameters.empty()) operation["parameters"] = std::move(parameters);
      operation["responses"] = responses_.OfWebSocket(route);
      AddPolicy(route, operation);
    }
    operation["x-websocket"] = {
        {"client", schemas_.Message(*route.descriptor->input_type(), Direction::kInput)},
        {"server", schemas_.Message(*route.descriptor->output_type(), Direction::kOutput)}};
  }

  // What the gateway answers itself.
  void AddOwn() {
    const auto answer = [](const char* comment, Json schema) {
      return Json{{"description", comment},
                  {"content", {{"application/json", {{"schema", std::move(schema)}}}}}};
    };
    const auto operation = [](const char* id, const char* summary, Json responses) {
      return Json{{"tags", {"Gateway"}},       {"operationId", id},
                  {"summary", summary},        {"responses", std::move(responses)},
                  {"security", Json::array()}, {"x-service", "gateway"},
                  {"x-auth", "PUBLIC"},        {"x-idempotent", true}};
    };
    const Json status{
        {"type", "object"}, {"properties", {{"msg", {{"type", "string"}}}}}, {"required", {"msg"}}};
    paths_["/status"]["get"] = operation(
        "Gateway_GetStatus", "Whether this gateway takes requests",
        {{"200", answer("It does.", status)}, {"503", answer("It is stopping.", status)}});
    paths_["/openapi.json"]["get"] =
        operation("Gateway_GetDescription", "This document",
                  {{"200", answer("OpenAPI 3.1.", {{"type", "object"}})},
                   {"304", {{"description", "It is still the one of `If-None-Match`."}}}});
  }

  Json Tags() const {
    Json tags = Json::array();
    for (const auto& [name, tag] : tags_) {
      const auto& [service, owner] = tag;
      Json entry = Described({{"name", name}}, CommentOf(*service));
      entry["x-service"] = owner;
      tags.push_back(std::move(entry));
    }
    tags.push_back({{"name", "Gateway"}, {"description", "The gateway's own."}});
    return tags;
  }

  Json Components() const {
    Json schemas = Json::object();
    for (const auto& [name, schema] : schemas_.components()) schemas[name] = schema;
    Json responses = Json::object();
    for (const auto& [name, response] : responses_.components()) responses[name] = response;
    return {{"schemas", std::move(schemas)},
            {"responses", std::move(responses)},
            {"headers", Responses::Headers()},
            {"securitySchemes",
             {{"bearer",
               {{"type", "http"},
                {"scheme", "bearer"},
                {"bearerFormat", "JWT"},
                {"description", "The access token."}}},
              {"cookie",
               {{"type", "apiKey"},
                {"in", "cookie"},
                {"name", "authorization"},
                {"description", "The access token, in the cookie that signing in sets."}}}}}};
  }

  const std::vector<const Route*> routes_;
  Schemas schemas_;
  Responses responses_;
  PathKeys keys_;
  std::set<std::string> ambiguous_;  // names that services of several packages have
  std::set<std::string> ids_;
  std::map<std::string, std::pair<const ServiceDescriptor*, std::string>> tags_;
  Json paths_ = Json::object();
};

}  // namespace

Json BuildDocument(const routes::Catalog& catalog) { return DocumentBuilder(catalog).Build(); }

}  // namespace jobmesh::gateway::openapi
