#include "discovery/registry/registry.h"

#include <arpa/inet.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

#include "runtime/errors.h"
#include "runtime/sha256.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::discovery {
namespace {

using runtime::Error;
using runtime::ErrorReason;
using runtime::InvalidField;

constexpr size_t kMaxDescriptorsBytes = 8 << 20;
// Bounds the memory that registering can take.
constexpr size_t kMaxDescriptorSets = 256;

bool IsIpLiteral(const std::string& text) {
  unsigned char address[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), address) == 1;
}

absl::Status Validate(const v1::Instance& instance) {
  if (instance.service().empty() || instance.service().size() > 100) {
    return InvalidField("instance.service", "must have 1 to 100 characters");
  }
  if (instance.instance_id().empty() || instance.instance_id().size() > 200) {
    return InvalidField("instance.instance_id", "must have 1 to 200 characters");
  }
  if (!IsIpLiteral(instance.address())) {
    return InvalidField("instance.address", "must be an IP literal");
  }
  if (instance.port() < 1 || instance.port() > 65535) {
    return InvalidField("instance.port", "must be between 1 and 65535");
  }
  if (instance.weight() > 1000) {
    return InvalidField("instance.weight", "must be at most 1000");
  }
  return absl::OkStatus();
}

void DropOlder(std::deque<absl::Time>& times, absl::Time limit) {
  while (!times.empty() && times.front() < limit) {
    times.pop_front();
  }
}

}  // namespace

Registry::Registry(RegistryOptions options) : options_(options) {}

absl::StatusOr<bool> Registry::Register(v1::Instance instance, const std::string& descriptors,
                                        absl::Time now) {
  RETURN_IF_ERROR(Validate(instance));
  if (descriptors.size() > kMaxDescriptorsBytes) {
    return InvalidField("descriptors", "must be at most 8 MiB");
  }
  if (!descriptors.empty() && runtime::Sha256Hex(descriptors) != instance.descriptors_hash()) {
    return InvalidField("descriptors",
                        "do not have the hash that instance.descriptors_hash states");
  }
  bool needed = false;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, entry] : entries_) {
      for (const std::string& grpc_service : instance.grpc_services()) {
        const auto& owned = entry.instance.grpc_services();
        if (entry.instance.service() != instance.service() &&
            std::find(owned.begin(), owned.end(), grpc_service) != owned.end()) {
          return Error(
              absl::StatusCode::kPermissionDenied, ErrorReason::ROUTE_CONFLICT,
              absl::StrCat(grpc_service, " is served by ", entry.instance.service(), " already"),
              {{"owner", entry.instance.service()}});
        }
      }
    }
    if (!descriptors.empty() && !descriptors_.contains(instance.descriptors_hash())) {
      if (descriptors_.size() >= kMaxDescriptorSets) {
        DropUnusedDescriptors();
      }
      if (descriptors_.size() >= kMaxDescriptorSets) {
        return absl::ResourceExhaustedError(
            "The registry holds the descriptors of too many versions; deregister old instances");
      }
      descriptors_[instance.descriptors_hash()] = descriptors;
    }
    needed =
        !instance.descriptors_hash().empty() && !descriptors_.contains(instance.descriptors_hash());
    if (needed) {
      return true;  // announced only when its routes can be fetched
    }
    Entry& entry = entries_[instance.instance_id()];
    // A renewal keeps what checks have found; a new instance gets no traffic before its first
    // check.
    instance.set_health(entry.instance.instance_id().empty() ? v1::HEALTH_UNSPECIFIED
                                                             : entry.instance.health());
    entry.lease_end = now + options_.lease;
    entry.instance = std::move(instance);
    ++revision_;
  }
  Publish();
  return false;
}

void Registry::DropUnusedDescriptors() {
  std::set<std::string> used;
  for (const auto& [id, entry] : entries_) {
    used.insert(entry.instance.descriptors_hash());
  }
  std::erase_if(descriptors_, [&used](const auto& set) { return !used.contains(set.first); });
}

absl::Status Registry::Renew(const std::string& instance_id, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  auto it = entries_.find(instance_id);
  if (it == entries_.end()) {
    return Error(absl::StatusCode::kNotFound, ErrorReason::LEASE_NOT_FOUND,
                 "This instance holds no lease");
  }
  it->second.lease_end = now + options_.lease;
  return absl::OkStatus();
}

void Registry::Deregister(const std::string& instance_id) {
  {
    absl::MutexLock lock(&mutex_);
    if (entries_.erase(instance_id) == 0) {
      return;
    }
    ++revision_;
  }
  Publish();
}

absl::Status Registry::Drain(const std::string& instance_id) {
  {
    absl::MutexLock lock(&mutex_);
    auto it = entries_.find(instance_id);
    if (it == entries_.end()) {
      return Error(absl::StatusCode::kNotFound, ErrorReason::LEASE_NOT_FOUND,
                   "This instance holds no lease");
    }
    it->second.instance.set_health(v1::DRAINING);
    ++revision_;
  }
  Publish();
  return absl::OkStatus();
}

void Registry::OnStreamBroken(const std::string& instance_id, absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    auto it = entries_.find(instance_id);
    if (it == entries_.end() || it->second.instance.health() == v1::DRAINING) {
      return;
    }
    it->second.suspect_since = now;
    // One failed check is enough from here on.
    it->second.failed_checks = options_.failures_before_unhealthy - 1;
    SetHealth(it->second, v1::SUSPECT, now);
  }
  Publish();
}

void Registry::OnCheck(const std::string& instance_id, CheckResult result, absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    auto it = entries_.find(instance_id);
    if (it == entries_.end() || it->second.instance.health() == v1::DRAINING) {
      return;
    }
    Entry& entry = it->second;
    if (result == CheckResult::kServing) {
      entry.failed_checks = 0;
      ++entry.passed_checks;
      DropOlder(entry.health_changes, now - options_.flap_window);
      const bool flaps = static_cast<int>(entry.health_changes.size()) >= 2 * options_.flaps;
      if (!flaps || entry.passed_checks >= options_.flaps) {
        SetHealth(entry, v1::HEALTHY, now);
        entry.suspect_since = absl::InfinitePast();
      }
    } else {
      entry.passed_checks = 0;
      ++entry.failed_checks;
      const bool was_suspect = entry.instance.health() == v1::SUSPECT;
      if (result == CheckResult::kNotServing) {
        SetHealth(entry, v1::UNHEALTHY, now);
      } else if (entry.failed_checks >= options_.failures_before_unhealthy) {
        was_suspect ? Lose(it, now) : SetHealth(entry, v1::UNHEALTHY, now);
      }
    }
  }
  Publish();
}

void Registry::Expire(absl::Time now) {
  {
    absl::MutexLock lock(&mutex_);
    for (auto it = entries_.begin(); it != entries_.end();) {
      auto current = it++;
      Entry& entry = current->second;
      if (now < entry.lease_end) {
        continue;
      }
      const bool kept_as_suspect =
          entry.instance.health() == v1::SUSPECT && entry.suspect_since != absl::InfinitePast();
      if (kept_as_suspect && now - entry.suspect_since >= options_.suspect_limit) {
        entries_.erase(current);
        ++revision_;
      } else if (!kept_as_suspect) {
        Lose(current, now);
      }
    }
  }
  Publish();
}

void Registry::SetHealth(Entry& entry, v1::Health health, absl::Time now) {
  if (entry.instance.health() == health) {
    return;
  }
  entry.instance.set_health(health);
  entry.health_changes.push_back(now);
  ++revision_;
}

void Registry::Lose(std::map<std::string, Entry>::iterator it, absl::Time now) {
  Entry& entry = it->second;
  const std::string service = entry.instance.service();
  std::deque<absl::Time>& losses = losses_[service];
  DropOlder(losses, now - options_.mass_loss_window);
  losses.push_back(now);
  if (IsMassLoss(service, now)) {
    if (entry.suspect_since == absl::InfinitePast()) {
      entry.suspect_since = now;
    }
    if (now - entry.suspect_since < options_.suspect_limit) {
      SetHealth(entry, v1::SUSPECT, now);
      losses.pop_back();  // still there
      return;
    }
  }
  runtime::telemetry::LogWarn("instance_lost", {{"service", service}, {"instance", it->first}});
  entries_.erase(it);
  ++revision_;
}

// Whether, with the loss just noted, most of the service is gone.
bool Registry::IsMassLoss(const std::string& service, absl::Time now) const {
  size_t healthy = 0;
  for (const auto& [id, entry] : entries_) {
    healthy += entry.instance.service() == service && entry.instance.health() == v1::HEALTHY &&
               now < entry.lease_end;
  }
  return losses_.at(service).size() > healthy;
}

Registry::Instances Registry::List(const std::string& service, uint64_t* revision) const {
  absl::MutexLock lock(&mutex_);
  if (revision != nullptr) {
    *revision = revision_;
  }
  return ListLocked(service);
}

Registry::Instances Registry::ListLocked(const std::string& service) const {
  Instances result;
  for (const auto& [id, entry] : entries_) {
    if (service.empty() || entry.instance.service() == service) {
      result.push_back(entry.instance);
    }
  }
  std::ranges::stable_sort(result, {}, [](const v1::Instance& i) { return i.service(); });
  return result;
}

uint64_t Registry::revision() const {
  absl::MutexLock lock(&mutex_);
  return revision_;
}

absl::StatusOr<std::string> Registry::Descriptors(const std::string& hash) const {
  absl::MutexLock lock(&mutex_);
  auto it = descriptors_.find(hash);
  if (it == descriptors_.end()) {
    return Error(absl::StatusCode::kNotFound, ErrorReason::SERVICE_NOT_FOUND,
                 "No descriptors have this hash");
  }
  return it->second;
}

int Registry::Subscribe(Subscriber subscriber) {
  absl::MutexLock publish_lock(&publish_mutex_);
  uint64_t revision = 0;
  Instances instances = List("", &revision);
  subscriber(instances, revision);
  subscribers_[next_subscriber_] = std::move(subscriber);
  return next_subscriber_++;
}

void Registry::Unsubscribe(int id) {
  absl::MutexLock publish_lock(&publish_mutex_);
  subscribers_.erase(id);
}

void Registry::Publish() {
  absl::MutexLock publish_lock(&publish_mutex_);
  uint64_t revision = 0;
  Instances instances = List("", &revision);
  if (revision == published_) {
    return;
  }
  published_ = revision;
  for (const auto& [id, subscriber] : subscribers_) {
    subscriber(instances, revision);
  }
}

}  // namespace jobmesh::discovery
