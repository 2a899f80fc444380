#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "gateway/routes/route_table.h"
#include "gateway/transcode/message_table.h"

namespace jobmesh::gateway::routes {

// What one version of a service says of itself.
struct CatalogSource {
  // Name in the registry: `user-service`.
  std::string owner;
  // For messages only.
  std::string version;
  // Serialised FileDescriptorSet. Imports it lacks are taken from this process where it has them
  // (google/protobuf, google/api).
  std::string_view descriptors;
  // Full names of the gRPC services it serves; empty means every one in the descriptors.
  std::vector<std::string> grpc_services;
};

// Something of a source that could not be taken in. The rest of the source counts all the same.
struct CatalogProblem {
  std::string owner;
  std::string version;
  std::string message;
};

// A gRPC service that is served through the gateway.
struct CatalogService {
  std::string owner;
  const google::protobuf::ServiceDescriptor* descriptor;
};

// Everything the gateway knows of the services of the mesh: their routes, the tables to translate
// with, and the descriptors for the API page. Immutable and thread-safe; the gateway builds a new
// one when the mesh changes and keeps the old one as long as a request uses it.
//
// Every source has a pool of descriptors of its own, so that versions of one .proto file live side
// by side.
class Catalog {
 public:
  // `sources` of one owner must come newest first: a gRPC service is taken from the first source of
  // its owner that has it. A route or a gRPC service that an earlier owner has is refused and
  // reported.
  static std::shared_ptr<const Catalog> Build(const std::vector<CatalogSource>& sources);

  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  const RouteTable& routes() const { return routes_; }
  const std::vector<CatalogProblem>& problems() const { return problems_; }
  // Those with routes, in the order of the sources.
  const std::vector<CatalogService>& services() const { return services_; }

 private:
  class Pool;

  Catalog();

  void Add(const CatalogSource& source);
  void AddService(const CatalogSource& source, const Pool& pool,
                  const google::protobuf::ServiceDescriptor& service);
  void Report(const CatalogSource& source, std::string message);

  std::vector<std::unique_ptr<const Pool>> pools_;
  RouteTable routes_;
  std::vector<CatalogProblem> problems_;
  std::vector<CatalogService> services_;
  std::set<std::pair<std::string, std::string>> seen_;  // owner and gRPC service, while building
};

}  // namespace jobmesh::gateway::routes
