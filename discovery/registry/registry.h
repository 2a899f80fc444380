#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "jobmesh/discovery/v1/registry.pb.h"

namespace jobmesh::discovery {

struct RegistryOptions {
  // Without a heartbeat for this long an instance is taken out.
  absl::Duration lease = absl::Seconds(10);
  absl::Duration heartbeat = absl::Seconds(3);
  // Failed checks in a row that make an instance unhealthy.
  int failures_before_unhealthy = 3;
  // When more than half of a service's instances vanish within the window, the rest of the vanished
  // is kept as suspect: it is more likely that the registry is cut off than that all died.
  absl::Duration mass_loss_window = absl::Seconds(10);
  absl::Duration suspect_limit = absl::Seconds(60);
  // An instance that changed its health this often within the window must pass as many checks in a
  // row.
  int flaps = 3;
  absl::Duration flap_window = absl::Seconds(60);
};

// Outcome of one active health check.
enum class CheckResult { kServing, kNotServing, kFailed };

// The instances of the mesh and their health. Holds no thread and no clock: every time comes as an
// argument. Thread-safe. Subscribers are called in the order of revisions, one at a time, without
// the registry's lock.
class Registry {
 public:
  using Instances = std::vector<v1::Instance>;
  using Subscriber = std::function<void(const Instances&, uint64_t revision)>;

  explicit Registry(RegistryOptions options);

  // True when the descriptors of the instance are not known yet and none were given: ask for them.
  // Errors: INVALID_ARGUMENT for a malformed instance; PERMISSION_DENIED (ROUTE_CONFLICT) when a
  // gRPC service of it belongs to instances of another name; RESOURCE_EXHAUSTED when 256 sets of
  // descriptors are in use already.
  absl::StatusOr<bool> Register(v1::Instance instance, const std::string& descriptors,
                                absl::Time now);
  // NOT_FOUND (LEASE_NOT_FOUND) for an unknown instance.
  absl::Status Renew(const std::string& instance_id, absl::Time now);
  void Deregister(const std::string& instance_id);
  absl::Status Drain(const std::string& instance_id);
  // The heartbeat stream of the instance broke: it is suspect until a check or a heartbeat says
  // otherwise.
  void OnStreamBroken(const std::string& instance_id, absl::Time now);
  void OnCheck(const std::string& instance_id, CheckResult result, absl::Time now);
  // Takes out what expired. Call at least once a second.
  void Expire(absl::Time now);

  // Ordered by service, then instance id. `service` empty = all.
  Instances List(const std::string& service, uint64_t* revision = nullptr) const;
  // Grows with every change.
  uint64_t revision() const;
  absl::StatusOr<std::string> Descriptors(const std::string& hash) const;

  // The subscriber is called at once with the present state, and after each change until
  // Unsubscribe returns.
  int Subscribe(Subscriber subscriber);
  void Unsubscribe(int id);

  const RegistryOptions& options() const { return options_; }

 private:
  struct Entry {
    v1::Instance instance;
    absl::Time lease_end;
    int failed_checks = 0;
    int passed_checks = 0;
    std::deque<absl::Time> health_changes;
    absl::Time suspect_since = absl::InfinitePast();
  };

  void SetHealth(Entry& entry, v1::Health health, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes an instance out, or keeps it as suspect under the mass-loss guard.
  void Lose(std::map<std::string, Entry>::iterator entry, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsMassLoss(const std::string& service, absl::Time now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Forgets the descriptors that no registered instance refers to.
  void DropUnusedDescriptors() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Instances ListLocked(const std::string& service) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Tells subscribers when the revision has grown. Called without mutex_.
  void Publish();

  const RegistryOptions options_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);  // by instance id
  std::map<std::string, std::string> descriptors_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::deque<absl::Time>> losses_ ABSL_GUARDED_BY(mutex_);  // by service
  uint64_t revision_ ABSL_GUARDED_BY(mutex_) = 1;

  absl::Mutex publish_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  std::map<int, Subscriber> subscribers_ ABSL_GUARDED_BY(publish_mutex_);
  int next_subscriber_ ABSL_GUARDED_BY(publish_mutex_) = 1;
  uint64_t published_ ABSL_GUARDED_BY(publish_mutex_) = 0;
};

}  // namespace jobmesh::discovery
