#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "runtime/config/config_reader.h"
#include "runtime/lifecycle/part.h"
#include "runtime/lifecycle/process.h"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace jobmesh::runtime::http {

// A small HTTP server for a few trusted clients, on cpp-httplib: one thread a connection, 64 at
// most. Not for the public.
class HttpServer : public lifecycle::Part {
 public:
  HttpServer(std::string part_name, std::string address, int port);
  ~HttpServer() override;

  // To add routes, before Start.
  httplib::Server& routes() { return *server_; }
  // After Start.
  int port() const { return bound_port_; }

  std::string name() const override { return part_name_; }
  absl::Status Start() override;
  void Stop() override;

 private:
  const std::string part_name_;
  const std::string address_;
  const int configured_port_;
  std::unique_ptr<httplib::Server> server_;
  int bound_port_ = 0;
  std::thread thread_;
};

struct AdminConfig {
  std::string address;
  int port = 0;
  // JOBMESH_ADMIN_ADDRESS, JOBMESH_ADMIN_PORT (default `default_port`).
  static AdminConfig Load(config::ConfigReader& reader, int default_port);
};

// The operators' port of a process: /livez, /readyz (each part), /metrics, /statusz, /configz,
// /status. Add it first, so that it answers while the other parts start. Never to be offered to the
// public.
class AdminServer : public HttpServer {
 public:
  // `settings` are shown by /configz, secrets already hidden.
  AdminServer(const AdminConfig& config, const Process& process,
              std::vector<config::Setting> settings);

  // Adds a titled block of text to /statusz; before Start. `text` is called by any thread.
  void AddStatus(std::string title, std::function<std::string()> text);

 private:
  const Process& process_;
  const std::vector<config::Setting> settings_;
  std::vector<std::pair<std::string, std::function<std::string()>>> statuses_;
};

}  // namespace jobmesh::runtime::http
