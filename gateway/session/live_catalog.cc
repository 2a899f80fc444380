#include "gateway/session/live_catalog.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "runtime/telemetry/log.h"

namespace jobmesh::gateway::session {
namespace {

constexpr absl::Duration kRetry = absl::Milliseconds(500);

// "1.10.2" is newer than "1.9.0".
std::vector<int> VersionNumbers(const std::string& version) {
  std::vector<int> numbers;
  for (absl::string_view part : absl::StrSplit(version, '.')) {
    int number = 0;
    numbers.push_back(absl::SimpleAtoi(part, &number) ? number : 0);
  }
  return numbers;
}

}  // namespace

LiveCatalog::LiveCatalog(runtime::discovery::Directory& directory, prometheus::Registry& metrics)
    : directory_(directory),
      routes_gauge_(prometheus::BuildGauge()
                        .Name("jobmesh_gateway_routes")
                        .Help("Routes the gateway serves.")
                        .Register(metrics)
                        .Add({})),
      problems_counter_(
          prometheus::BuildCounter()
              .Name("jobmesh_gateway_route_problems_total")
              .Help("Routes or services that were refused when the catalog was built.")
              .Register(metrics)
              .Add({})),
      catalog_(routes::Catalog::Build({})) {
  directory_.OnChange([this](const Instances&) {
    absl::MutexLock lock(&mutex_);
    changed_ = true;
  });
}

LiveCatalog::~LiveCatalog() { Stop(); }

std::shared_ptr<const routes::Catalog> LiveCatalog::Get() const {
  absl::MutexLock lock(&mutex_);
  return catalog_;
}

std::string LiveCatalog::Describe() const {
  std::shared_ptr<const routes::Catalog> catalog = Get();
  std::string text;
  for (const auto& route : catalog->routes().routes()) {
    absl::StrAppend(&text, route->Description(), "  ", route->owner, "\n");
  }
  for (const routes::CatalogProblem& problem : catalog->problems()) {
    absl::StrAppend(&text, "refused: ", problem.owner, " ", problem.version, ": ", problem.message,
                    "\n");
  }
  return text;
}

absl::Status LiveCatalog::Start() {
  thread_ = std::thread([this] { Follow(); });
  return absl::OkStatus();
}

void LiveCatalog::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void LiveCatalog::Follow() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      auto due = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return changed_ || stopping_; };
      mutex_.AwaitWithTimeout(absl::Condition(&due),
                              incomplete_ ? kRetry : absl::InfiniteDuration());
      if (stopping_) {
        return;
      }
      changed_ = false;
    }
    if (Note(directory_.Instances()) || incomplete_) {
      Rebuild();
    }
  }
}

bool LiveCatalog::Note(const Instances& instances) {
  std::map<std::string, std::vector<Version>> seen;
  for (const auto& instance : instances) {
    if (instance.descriptors_hash().empty()) {
      continue;
    }
    Version version{instance.version(),
                    instance.descriptors_hash(),
                    {instance.grpc_services().begin(), instance.grpc_services().end()}};
    std::vector<Version>& versions = seen[instance.service()];
    if (std::ranges::find(versions, version) == versions.end()) {
      versions.push_back(std::move(version));
    }
  }
  bool changed = false;
  for (auto& [owner, versions] : seen) {
    std::ranges::stable_sort(versions, [](const Version& a, const Version& b) {
      return VersionNumbers(a.version) > VersionNumbers(b.version);
    });
    if (std::ranges::find(owners_, owner) == owners_.end()) {
      owners_.push_back(owner);
    }
    std::vector<Version>& known = versions_[owner];
    changed |= known != versions;
    known = std::move(versions);
  }
  return changed;
}

void LiveCatalog::Rebuild() {
  incomplete_ = false;
  std::vector<routes::CatalogSource> sources;
  for (const std::string& owner : owners_) {
    for (const Version& version : versions_[owner]) {
      auto found = descriptors_.find(version.hash);
      if (found == descriptors_.end()) {
        absl::StatusOr<std::string> fetched = directory_.FetchDescriptors(version.hash);
        if (!fetched.ok()) {
          runtime::telemetry::LogWarn(
              "descriptors_not_fetched",
              {{"owner", owner}, {"error.message", std::string(fetched.status().message())}});
          incomplete_ = true;
          continue;
        }
        found = descriptors_.emplace(version.hash, *std::move(fetched)).first;
      }
      sources.push_back({.owner = owner,
                         .version = version.version,
                         .descriptors = found->second,
                         .grpc_services = version.grpc_services});
    }
  }
  std::shared_ptr<const routes::Catalog> catalog = routes::Catalog::Build(sources);
  for (const routes::CatalogProblem& problem : catalog->problems()) {
    problems_counter_.Increment();
    runtime::telemetry::LogWarn("route_refused",
                                {{"owner", problem.owner}, {"error.message", problem.message}});
  }
  routes_gauge_.Set(static_cast<double>(catalog->routes().routes().size()));
  runtime::telemetry::LogInfo("routes_loaded", {{"routes", catalog->routes().routes().size()}});
  absl::MutexLock lock(&mutex_);
  catalog_ = std::move(catalog);
}

}  // namespace jobmesh::gateway::session
