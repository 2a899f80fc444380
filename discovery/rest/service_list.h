#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"

#include "discovery/registry/registry.h"

namespace httplib {
class Server;
}  // namespace httplib

namespace jobmesh::discovery {

// Discovery over plain HTTP: POST /add-service, GET /get-service?name=, GET /status. What is added
// here is told by /get-service only: it is not authenticated, so it never gets traffic of the mesh.
// Thread-safe.
class ServiceList {
 public:
  explicit ServiceList(const Registry& registry) : registry_(registry) {}

  // Adds the routes; the list must outlive the server.
  void AddRoutes(httplib::Server& server);

 private:
  struct Address {
    std::string address;
    int port;
    bool operator==(const Address&) const = default;
  };

  std::vector<Address> Find(const std::string& name) const;

  const Registry& registry_;
  mutable absl::Mutex mutex_;
  std::map<std::string, std::vector<Address>> added_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace jobmesh::discovery
