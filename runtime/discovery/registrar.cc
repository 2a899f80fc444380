#include "runtime/discovery/registrar.h"

#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "prometheus/registry.h"

#include "runtime/rpc/client.h"
#include "runtime/rpc/raw_stream.h"
#include "runtime/sha256.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::runtime::discovery {
namespace {

namespace v1 = jobmesh::discovery::v1;

constexpr char kRegistry[] = "jobmesh.discovery.v1.Registry/";
constexpr absl::Duration kRegisterAgainAfter = absl::Milliseconds(300);
const rpc::CallOptions kMeshCall{.timeout = absl::Seconds(2), .idempotent = true, .as_mesh = true};

// Keeps one instance registered with one registry replica.
class Registration {
 public:
  Registration(const std::string& registry, const auth::MeshToken& mesh_token,
               v1::Instance instance, const std::string& descriptors)
      : endpoints_({{.instance_id = registry, .target = registry, .weight = 100, .version = ""}}),
        client_("discovery", endpoints_, mesh_token, std::make_shared<prometheus::Registry>(),
                RegistryClientOptions()),
        instance_(std::move(instance)),
        descriptors_(descriptors),
        thread_([this] { Run(); }) {}

  ~Registration() {
    std::shared_ptr<rpc::RawStream> stream;
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
      stream = stream_;
    }
    if (stream != nullptr) {
      stream->Cancel();
    }
    thread_.join();
    v1::DeregisterRequest request;
    request.set_instance_id(instance_.instance_id());
    // A registry that is down learns of it by the lease.
    client_.Call<v1::DeregisterResponse>(Method("Deregister"), request, kMeshCall)
        .status()
        .IgnoreError();
  }

  void Drain() {
    v1::DrainRequest request;
    request.set_instance_id(instance_.instance_id());
    client_.Call<v1::DrainResponse>(Method("Drain"), request, kMeshCall).status().IgnoreError();
  }

 private:
  static std::string Method(const char* name) { return std::string(kRegistry) + name; }

  void Run() {
    while (true) {
      absl::StatusOr<v1::RegisterResponse> registered = Register();
      if (registered.ok()) {
        Heartbeat(absl::Milliseconds(registered->heartbeat_ms()));
      } else {
        telemetry::LogWarn("register_failed",
                           {{"error.message", std::string(registered.status().message())}});
      }
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kRegisterAgainAfter)) {
        return;
      }
    }
  }

  absl::StatusOr<v1::RegisterResponse> Register() {
    v1::RegisterRequest request;
    *request.mutable_instance() = instance_;
    auto response = client_.Call<v1::RegisterResponse>(Method("Register"), request, kMeshCall);
    if (response.ok() && response->descriptors_needed()) {
      request.set_descriptors(descriptors_);
      response = client_.Call<v1::RegisterResponse>(Method("Register"), request, kMeshCall);
    }
    return response;
  }

  // Renews the lease until the stream breaks or the process stops.
  void Heartbeat(absl::Duration period) {
    {
      absl::MutexLock lock(&mutex_);
      ended_ = false;
    }
    rpc::RawStreamEvents events;
    events.on_closed = [this](const absl::Status&) {
      absl::MutexLock lock(&mutex_);
      ended_ = true;
    };
    std::shared_ptr<rpc::RawStream> stream = client_.OpenStream(
        Method("Renew"), {.timeout = absl::InfiniteDuration(), .as_mesh = true}, std::move(events));
    v1::RenewRequest beat;
    beat.set_instance_id(instance_.instance_id());
    absl::MutexLock lock(&mutex_);
    stream_ = stream;
    auto over = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ended_ || stopping_; };
    do {
      if (stream == nullptr || !stream->Send(beat.SerializeAsString())) {
        break;
      }
    } while (!mutex_.AwaitWithTimeout(absl::Condition(&over), period));
    if (stream != nullptr) {
      stream->Cancel();
      mutex_.Await(absl::Condition(&ended_));
    }
    stream_ = nullptr;
  }

  rpc::FixedEndpoints endpoints_;
  rpc::Client client_;
  const v1::Instance instance_;
  const std::string& descriptors_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<rpc::RawStream> stream_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace

class Registrar::Impl {
 public:
  DiscoveryConfig config;
  const auth::MeshToken& mesh_token;
  std::function<v1::Instance()> instance;
  std::string descriptors;
  std::vector<std::unique_ptr<Registration>> registrations;
};

Registrar::Registrar(DiscoveryConfig config, const auth::MeshToken& mesh_token,
                     std::function<v1::Instance()> instance, std::string descriptors)
    : impl_(new Impl{
          std::move(config), mesh_token, std::move(instance), std::move(descriptors), {}}) {}

Registrar::~Registrar() = default;

absl::Status Registrar::Start() {
  v1::Instance instance = impl_->instance();
  instance.set_zone(impl_->config.zone);
  if (!impl_->descriptors.empty()) {
    instance.set_descriptors_hash(Sha256Hex(impl_->descriptors));
  }
  for (const std::string& registry : impl_->config.registries) {
    impl_->registrations.push_back(
        std::make_unique<Registration>(registry, impl_->mesh_token, instance, impl_->descriptors));
  }
  return absl::OkStatus();
}

void Registrar::BeginDrain() {
  for (const auto& registration : impl_->registrations) {
    registration->Drain();
  }
}

void Registrar::Stop() { impl_->registrations.clear(); }

}  // namespace jobmesh::runtime::discovery
