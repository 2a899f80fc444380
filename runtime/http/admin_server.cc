#include "runtime/http/admin_server.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "httplib.h"
#include "nlohmann/json.hpp"

#include "runtime/telemetry/metrics.h"
#include "runtime/version.h"

namespace jobmesh::runtime::http {
namespace {

constexpr char kText[] = "text/plain; charset=utf-8";
constexpr char kJson[] = "application/json";

}  // namespace

HttpServer::HttpServer(std::string part_name, std::string address, int port)
    : part_name_(std::move(part_name)),
      address_(std::move(address)),
      configured_port_(port),
      server_(std::make_unique<httplib::Server>()) {
  // cpp-httplib's defaults (8 threads, 5 requests a connection) starve a handful of idle keep-alive
  // clients.
  server_->new_task_queue = [] { return new httplib::ThreadPool(64); };
  server_->set_keep_alive_max_count(100000);
  server_->set_keep_alive_timeout(5);
  server_->set_tcp_nodelay(true);
  server_->set_payload_max_length(1 << 20);
  // Instead of its SO_REUSEPORT, with which two processes share a port without noticing.
  server_->set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  });
}

HttpServer::~HttpServer() {
  if (thread_.joinable()) {
    Stop();
  }
}

absl::Status HttpServer::Start() {
  if (configured_port_ == 0) {
    bound_port_ = server_->bind_to_any_port(address_.c_str());
  } else if (server_->bind_to_port(address_.c_str(), configured_port_)) {
    bound_port_ = configured_port_;
  } else {
    bound_port_ = -1;
  }
  if (bound_port_ <= 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address_, ":", configured_port_, "; is the port taken?"));
  }
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  // Before it listens, cpp-httplib's stop() does nothing, and Stop would wait for the thread for
  // ever.
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (!server_->is_running() && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  return absl::OkStatus();
}

void HttpServer::Stop() {
  server_->stop();
  if (thread_.joinable()) {
    thread_.join();
  }
}

AdminConfig AdminConfig::Load(config::ConfigReader& reader, int default_port) {
  return {
      .address = reader.String("JOBMESH_ADMIN_ADDRESS", "127.0.0.1", "address of the admin port"),
      .port =
          static_cast<int>(reader.Int("JOBMESH_ADMIN_PORT", default_port, 0, 65535,
                                      "admin port (health, metrics, status pages); 0 = free port")),
  };
}

AdminServer::AdminServer(const AdminConfig& config, const Process& process,
                         std::vector<config::Setting> settings)
    : HttpServer("admin-server", config.address, config.port),
      process_(process),
      settings_(std::move(settings)) {
  routes().Get("/livez", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("ok\n", kText);
  });
  routes().Get("/readyz", [this](const httplib::Request&, httplib::Response& response) {
    const absl::Status readiness = process_.Readiness();
    std::string text =
        readiness.ok() ? "ready\n" : absl::StrCat("not ready: ", readiness.message(), "\n");
    for (const auto& [part, health] : process_.PartHealth()) {
      absl::StrAppend(&text, part, ": ", health.ok() ? "ok" : health.message(), "\n");
    }
    response.status = readiness.ok() ? 200 : 503;
    response.set_content(text, kText);
  });
  routes().Get("/status", [this](const httplib::Request&, httplib::Response& response) {
    const bool draining = process_.draining();
    response.status = draining ? 503 : 200;
    const std::string state = draining ? " is draining" : " is running!";
    response.set_content(nlohmann::json{{"msg", process_.name() + state}}.dump(), kJson);
  });
  routes().Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
    telemetry::UpdateProcessMetrics();
    response.set_content(telemetry::Exposition(*process_.metrics()),
                         "text/plain; version=0.0.4; charset=utf-8");
  });
  routes().Get("/configz", [this](const httplib::Request&, httplib::Response& response) {
    nlohmann::ordered_json content;
    for (const config::Setting& setting : settings_) {
      content[setting.name] = setting.value;
    }
    response.set_content(content.dump(2) + "\n", kJson);
  });
  routes().Get("/statusz", [this](const httplib::Request&, httplib::Response& response) {
    std::string text =
        absl::StrCat(process_.name(), " ", kVersion, "  ", process_.instance_id(), "\n");
    for (const auto& [title, block] : statuses_) {
      absl::StrAppend(&text, "\n== ", title, "\n", block());
    }
    response.set_content(text, kText);
  });
}

void AdminServer::AddStatus(std::string title, std::function<std::string()> text) {
  statuses_.emplace_back(std::move(title), std::move(text));
}

}  // namespace jobmesh::runtime::http
