#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"

#include "gateway/routes/catalog.h"
#include "jobmesh/discovery/v1/registry.pb.h"
#include "runtime/config/config_reader.h"
#include "runtime/discovery/directory.h"
#include "runtime/lifecycle/part.h"

namespace jobmesh::gateway::session {

// JOBMESH_HTTP_PATH_ESCAPES, JOBMESH_HTTP_UNKNOWN_VERBS.
routes::PathOptions LoadPathOptions(runtime::config::ConfigReader& reader);

// Hands out the catalog that one request is to be served by; never null. Thread-safe.
using CurrentCatalog = std::function<std::shared_ptr<const routes::Catalog>()>;

// The catalog of the mesh as it is now: follows the registry, fetches the descriptors of new
// versions, and swaps in a new catalog when they change. A service without instances keeps its
// routes, so that its callers get 503 and not 404. A version that is refused (see Catalog::Build)
// is logged and counted, and what its service had before stays. Get is thread-safe.
class LiveCatalog : public runtime::lifecycle::Part {
 public:
  // Must be made before the directory starts.
  LiveCatalog(runtime::discovery::Directory& directory, prometheus::Registry& metrics,
              const routes::PathOptions& options = {});
  ~LiveCatalog() override;

  // Never null; without routes until the registry was heard.
  std::shared_ptr<const routes::Catalog> Get() const;
  // Routes and problems, for /statusz.
  std::string Describe() const;

  std::string name() const override { return "routes"; }
  absl::Status Start() override;
  void Stop() override;

 private:
  // A version of a service that has been seen.
  struct Version {
    std::string version;
    std::string hash;
    std::vector<std::string> grpc_services;
    // Grows with each version that appears: of equal numbers, the latest is the newest.
    std::uint64_t appeared = 0;

    bool IsSame(const Version& other) const {
      return version == other.version && hash == other.hash && grpc_services == other.grpc_services;
    }
  };
  using Versions = std::vector<Version>;
  using Instances = std::vector<jobmesh::discovery::v1::Instance>;

  void Follow();
  // Brings the seen versions up to date; true when a new catalog is due.
  bool Note(const Instances& instances);
  void Rebuild();
  // Null, and incomplete_, when they cannot be had now.
  const std::string* DescriptorsOf(const std::string& owner, const Version& version);
  void Swap(std::shared_ptr<const routes::Catalog> catalog);

  runtime::discovery::Directory& directory_;
  const routes::PathOptions options_;
  prometheus::Gauge& routes_gauge_;
  prometheus::Counter& problems_counter_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const routes::Catalog> catalog_ ABSL_GUARDED_BY(mutex_);
  bool changed_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Following thread only.
  std::vector<std::string> owners_;           // in the order they appeared: the first keeps a route
  std::map<std::string, Versions> versions_;  // by owner, newest first
  std::map<std::string, Version> served_;     // by owner: the newest that was taken
  std::map<std::string, std::string> descriptors_;  // by hash
  std::uint64_t appeared_ = 0;
  bool incomplete_ = false;  // descriptors could not be fetched: try again
  std::thread thread_;
};

}  // namespace jobmesh::gateway::session
