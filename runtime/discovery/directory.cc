#include "runtime/discovery/directory.h"

#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "prometheus/gauge.h"

#include "runtime/rpc/client.h"
#include "runtime/rpc/raw_stream.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::runtime::discovery {
namespace {

namespace v1 = jobmesh::discovery::v1;

constexpr char kWatch[] = "jobmesh.discovery.v1.Registry/Watch";
constexpr char kGetDescriptors[] = "jobmesh.discovery.v1.Registry/GetDescriptors";
constexpr absl::Duration kWatchAgainAfter = absl::Milliseconds(300);

std::vector<rpc::Endpoint> RegistryEndpoints(const DiscoveryConfig& config) {
  std::vector<rpc::Endpoint> endpoints;
  for (const std::string& address : config.registries) {
    endpoints.push_back({.instance_id = address, .target = address, .weight = 100, .version = ""});
  }
  return endpoints;
}

// Instances that may get traffic, by service.
std::map<std::string, std::vector<rpc::Endpoint>> Routable(
    const std::vector<v1::Instance>& instances) {
  std::map<std::string, std::vector<rpc::Endpoint>> healthy;
  std::map<std::string, std::vector<rpc::Endpoint>> suspect;
  for (const v1::Instance& instance : instances) {
    rpc::Endpoint endpoint{.instance_id = instance.instance_id(),
                           .target = absl::StrCat(instance.address(), ":", instance.port()),
                           .weight = instance.weight() == 0 ? 100 : instance.weight(),
                           .version = instance.version()};
    if (instance.health() == v1::HEALTHY) {
      healthy[instance.service()].push_back(std::move(endpoint));
    } else if (instance.health() == v1::SUSPECT) {
      suspect[instance.service()].push_back(std::move(endpoint));
    }
  }
  // A suspect instance is better than none: it may be the registry that is cut off.
  healthy.merge(suspect);
  return healthy;
}

}  // namespace

DiscoveryConfig DiscoveryConfig::Load(config::ConfigReader& reader) {
  DiscoveryConfig config;
  config.registries = reader.List("JOBMESH_DISCOVERY_ENDPOINTS", "127.0.0.1:50050",
                                  "comma list of the registry's replicas, HOST:PORT each");
  config.zone = reader.String("JOBMESH_ZONE", "", "availability zone of this process");
  if (config.registries.empty()) {
    reader.AddProblem("JOBMESH_DISCOVERY_ENDPOINTS", "names no registry");
  }
  for (const std::string& address : config.registries) {
    if (!absl::StrContains(address, ":")) {
      reader.AddProblem("JOBMESH_DISCOVERY_ENDPOINTS", absl::StrCat(address, " has no port"));
    }
  }
  return config;
}

class Directory::Impl {
 public:
  Impl(const DiscoveryConfig& config, const auth::MeshToken& mesh_token,
       std::shared_ptr<prometheus::Registry> metrics)
      : registries_(RegistryEndpoints(config)),
        client_("discovery", registries_, mesh_token, metrics, RegistryClientOptions()),
        instances_family_(prometheus::BuildGauge()
                              .Name("jobmesh_discovery_instances")
                              .Help("Instances this process knows, by service and health.")
                              .Register(*metrics)),
        revision_gauge_(prometheus::BuildGauge()
                            .Name("jobmesh_discovery_revision")
                            .Help("Revision of the registry that this process has seen.")
                            .Register(*metrics)
                            .Add({})) {}

  void Start() {
    thread_ = std::thread([this] { Follow(); });
  }

  void Stop() {
    std::shared_ptr<rpc::RawStream> stream;
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      stream = stream_;
    }
    if (stream != nullptr) {
      stream->Cancel();
    }
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  std::shared_ptr<const rpc::EndpointList> Get(const std::string& service) const {
    static const auto& empty = *new std::shared_ptr<const rpc::EndpointList>(new rpc::EndpointList);
    absl::ReaderMutexLock lock(&mutex_);
    auto it = lists_.find(service);
    return it == lists_.end() ? empty : it->second;
  }

  std::vector<v1::Instance> Instances() const {
    absl::ReaderMutexLock lock(&mutex_);
    return instances_;
  }

  bool Known() const {
    absl::ReaderMutexLock lock(&mutex_);
    return known_;
  }

  absl::StatusOr<std::string> FetchDescriptors(const std::string& hash) {
    v1::GetDescriptorsRequest request;
    request.set_hash(hash);
    auto response = client_.Call<v1::GetDescriptorsResponse>(kGetDescriptors, request,
                                                             {.idempotent = true, .as_mesh = true});
    if (!response.ok()) {
      return response.status();
    }
    return std::move(*response->mutable_descriptors());
  }

  std::vector<std::function<void(const std::vector<v1::Instance>&)>> callbacks_;

 private:
  // Watches until Stop; opens a new stream whenever one ends.
  void Follow() {
    while (true) {
      {
        absl::MutexLock lock(&mutex_);
        if (stopping_) {
          return;
        }
        ended_ = false;
      }
      rpc::RawStreamEvents events;
      events.on_message = [this](const std::string& bytes) { OnMessage(bytes); };
      events.on_closed = [this](const absl::Status& status) {
        absl::MutexLock lock(&mutex_);
        ended_ = true;
        if (!stopping_) {
          telemetry::LogWarn("registry_watch_ended",
                             {{"error.message", std::string(status.message())}});
        }
      };
      std::shared_ptr<rpc::RawStream> stream = client_.OpenStream(
          kWatch, {.timeout = absl::InfiniteDuration(), .as_mesh = true}, std::move(events));
      if (stream != nullptr) {
        stream->Send(v1::WatchRequest().SerializeAsString());
        stream->HalfClose();
      }
      absl::MutexLock lock(&mutex_);
      stream_ = stream;
      if (stopping_ && stream != nullptr) {
        stream->Cancel();
      }
      mutex_.Await(absl::Condition(&ended_));
      stream_ = nullptr;
      auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_; };
      mutex_.AwaitWithTimeout(absl::Condition(&stopping), kWatchAgainAfter);
    }
  }

  void OnMessage(const std::string& bytes) {
    v1::WatchResponse update;
    if (!update.ParseFromString(bytes)) {
      telemetry::LogError("registry_update_malformed");
      return;
    }
    std::vector<v1::Instance> instances(update.instances().begin(), update.instances().end());
    {
      absl::MutexLock lock(&mutex_);
      Replace(instances);
    }
    revision_gauge_.Set(static_cast<double>(update.revision()));
    UpdateMetrics(instances);
    for (const auto& callback : callbacks_) {
      callback(instances);
    }
  }

  // Lists that have not changed stay the same object, so that clients notice a change by the
  // pointer.
  void Replace(const std::vector<v1::Instance>& instances) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::map<std::string, std::shared_ptr<const rpc::EndpointList>> next;
    for (auto& [service, endpoints] : Routable(instances)) {
      auto old = lists_.find(service);
      if (old != lists_.end() && old->second->endpoints == endpoints) {
        next[service] = old->second;
      } else {
        next[service] = std::make_shared<rpc::EndpointList>(
            rpc::EndpointList{++revision_, std::move(endpoints)});
      }
    }
    lists_ = std::move(next);
    instances_ = instances;
    known_ = true;
  }

  void UpdateMetrics(const std::vector<v1::Instance>& instances) {
    std::map<std::pair<std::string, std::string>, int> counts;
    for (const v1::Instance& instance : instances) {
      counts[{instance.service(), v1::Health_Name(instance.health())}] += 1;
      seen_services_.insert({instance.service(), 0});
    }
    for (const auto& [service, unused] : seen_services_) {
      for (int health = v1::Health_MIN; health <= v1::Health_MAX; ++health) {
        const std::string name = v1::Health_Name(static_cast<v1::Health>(health));
        instances_family_.Add({{"service", service}, {"health", name}})
            .Set(counts[{service, name}]);
      }
    }
  }

  rpc::FixedEndpoints registries_;
  rpc::Client client_;
  prometheus::Family<prometheus::Gauge>& instances_family_;
  prometheus::Gauge& revision_gauge_;
  std::map<std::string, int> seen_services_;  // watching thread only
  mutable absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<const rpc::EndpointList>> lists_ ABSL_GUARDED_BY(mutex_);
  std::vector<v1::Instance> instances_ ABSL_GUARDED_BY(mutex_);
  uint64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
  bool known_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<rpc::RawStream> stream_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

Directory::Directory(const DiscoveryConfig& config, const auth::MeshToken& mesh_token,
                     std::shared_ptr<prometheus::Registry> metrics)
    : impl_(std::make_unique<Impl>(config, mesh_token, std::move(metrics))) {}

Directory::~Directory() { impl_->Stop(); }

std::shared_ptr<const rpc::EndpointList> Directory::Get(const std::string& service) const {
  return impl_->Get(service);
}

std::vector<v1::Instance> Directory::Instances() const { return impl_->Instances(); }

void Directory::OnChange(std::function<void(const std::vector<v1::Instance>&)> callback) {
  impl_->callbacks_.push_back(std::move(callback));
}

absl::StatusOr<std::string> Directory::FetchDescriptors(const std::string& hash) const {
  return impl_->FetchDescriptors(hash);
}

absl::Status Directory::Start() {
  impl_->Start();
  return absl::OkStatus();
}

void Directory::Stop() { impl_->Stop(); }

absl::Status Directory::Health() const {
  return impl_->Known() ? absl::OkStatus() : absl::UnavailableError("no registry has answered yet");
}

}  // namespace jobmesh::runtime::discovery
