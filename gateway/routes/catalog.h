#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/status/status.h>
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
  // What the owner served before: counts only where none of its other sources could be taken.
  bool is_fallback = false;
};

// A source that was refused, or a rule of it that is wrong and was left out.
struct CatalogProblem {
  std::string owner;
  std::string version;
  std::string message;

  bool operator==(const CatalogProblem&) const = default;
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
  // `sources` of one owner must come newest first: a gRPC service and a route are taken from the
  // first source of their owner that has them.
  //
  // A source is taken whole or not at all. One that has two routes of one shape, or a route or gRPC
  // service of an earlier owner, is refused and reported, so that nobody takes over a part of
  // another service, and no half of a service is served.
  static std::shared_ptr<const Catalog> Build(const std::vector<CatalogSource>& sources,
                                              const PathOptions& options = {});
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  const RouteTable& routes() const { return routes_; }
  const std::vector<CatalogProblem>& problems() const { return problems_; }
  // Those with routes, in the order of the sources.
  const std::vector<CatalogService>& services() const { return services_; }
  // Whether each source was taken, in their order.
  const std::vector<bool>& taken() const { return taken_; }

 private:
  class Pool;

  using Shape = std::pair<std::string, std::string>;  // HTTP method and shape of the template

  // Routes and services of one source, before they are taken.
  struct Candidate {
    std::vector<Route> routes;
    std::vector<CatalogService> services;
  };

  explicit Catalog(const PathOptions& options);

  // Errors: what makes the source one to be refused.
  absl::Status Add(const CatalogSource& source);
  // Leaves out rules that are wrong, and reports them.
  void Collect(const CatalogSource& source, const Pool& pool,
               const google::protobuf::ServiceDescriptor& service, Candidate* candidate);
  absl::Status CheckConflicts(const Candidate& candidate) const;
  void Take(Candidate candidate);
  void Report(const CatalogSource& source, std::string message);

  std::vector<std::unique_ptr<const Pool>> pools_;
  RouteTable routes_;
  std::vector<CatalogProblem> problems_;
  std::vector<CatalogService> services_;
  std::vector<bool> taken_;
  // While building.
  std::map<Shape, const Route*> shapes_;
  std::set<std::string> owners_;  // with a source that was taken
};

}  // namespace jobmesh::gateway::routes
