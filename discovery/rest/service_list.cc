#include "discovery/rest/service_list.h"

#include <algorithm>

#include "httplib.h"
#include "nlohmann/json.hpp"

namespace jobmesh::discovery {
namespace {

constexpr size_t kMaxAdded = 10'000;

void Answer(httplib::Response& response, int status, const nlohmann::json& body) {
  response.status = status;
  response.set_content(body.dump(), "application/json");
}

void AnswerText(httplib::Response& response, int status, const std::string& message) {
  Answer(response, status, nlohmann::json{{"msg", message}});
}

// The first problem of the body of /add-service, or empty.
std::string Problem(const nlohmann::json& body) {
  if (!body.is_object()) {
    return "the body must be a JSON object";
  }
  for (const char* field : {"name", "address"}) {
    if (!body.contains(field) || !body[field].is_string() ||
        body[field].get<std::string>().empty()) {
      return std::string(field) + ": is required and must be a string";
    }
  }
  const nlohmann::json& port = body.contains("port") ? body["port"] : nlohmann::json();
  if (!port.is_number_integer() || port.get<int64_t>() < 1 || port.get<int64_t>() > 65535) {
    return "port: is required and must be between 1 and 65535";
  }
  return "";
}

}  // namespace

void ServiceList::AddRoutes(httplib::Server& server) {
  server.Post("/add-service", [this](const httplib::Request& request, httplib::Response& response) {
    const nlohmann::json body = nlohmann::json::parse(request.body, nullptr, false);
    const std::string problem = Problem(body);
    if (!problem.empty()) {
      AnswerText(response, 400, problem);
      return;
    }
    const Address address{body["address"].get<std::string>(), body["port"].get<int>()};
    absl::MutexLock lock(&mutex_);
    if (added_.size() >= kMaxAdded) {
      AnswerText(response, 429, "Too many services were added");
      return;
    }
    std::vector<Address>& known = added_[body["name"].get<std::string>()];
    if (std::ranges::find(known, address) == known.end()) {
      known.push_back(address);
    }
    AnswerText(response, 201, "Service added");
  });
  server.Get("/get-service", [this](const httplib::Request& request, httplib::Response& response) {
    const std::string name = request.get_param_value("name");
    if (name.empty()) {
      AnswerText(response, 400, "name: is required");
      return;
    }
    nlohmann::json found = nlohmann::json::array();
    for (const Address& address : Find(name)) {
      found.push_back({{"serviceAddress", address.address}, {"servicePort", address.port}});
    }
    found.empty() ? AnswerText(response, 404, "Service not found") : Answer(response, 200, found);
  });
  server.Get("/status", [](const httplib::Request&, httplib::Response& response) {
    AnswerText(response, 200, "Service discovery is running!");
  });
}

std::vector<ServiceList::Address> ServiceList::Find(const std::string& name) const {
  std::vector<Address> found;
  for (const v1::Instance& instance : registry_.List(name)) {
    if (instance.health() == v1::HEALTHY) {
      found.push_back({instance.address(), static_cast<int>(instance.port())});
    }
  }
  absl::MutexLock lock(&mutex_);
  auto added = added_.find(name);
  if (added != added_.end()) {
    found.insert(found.end(), added->second.begin(), added->second.end());
  }
  return found;
}

}  // namespace jobmesh::discovery
