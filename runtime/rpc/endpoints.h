#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"

namespace jobmesh::runtime::rpc {

// One address that serves a service.
struct Endpoint {
  std::string instance_id;
  std::string target;  // "127.0.0.1:50051"
  uint32_t weight = 100;
  std::string version;

  bool operator==(const Endpoint&) const = default;
};

// Immutable list of the endpoints of one service. `revision` differs whenever the list does.
struct EndpointList {
  uint64_t revision = 0;
  std::vector<Endpoint> endpoints;
};

// Where a client learns the instances of a service. Thread-safe; Get is called for every call and
// must be cheap.
class Endpoints {
 public:
  virtual ~Endpoints() = default;
  // Never null; empty when the service is unknown.
  virtual std::shared_ptr<const EndpointList> Get(const std::string& service) const = 0;
};

// A list that never changes: for tests, and for the registry's own address.
class FixedEndpoints : public Endpoints {
 public:
  explicit FixedEndpoints(std::vector<Endpoint> endpoints)
      : list_(std::make_shared<EndpointList>(EndpointList{1, std::move(endpoints)})) {}
  std::shared_ptr<const EndpointList> Get(const std::string&) const override { return list_; }

 private:
  std::shared_ptr<const EndpointList> list_;
};

}  // namespace jobmesh::runtime::rpc
