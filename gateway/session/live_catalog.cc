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

routes::PathOptions LoadPathOptions(runtime::config::ConfigReader& reader) {
  using transcode::PercentDecoding;
  const std::string escapes = reader.OneOf(
      "JOBMESH_HTTP_PATH_ESCAPES", "reserved", {"reserved", "slash", "none"},
      "escapes that stay in path variables of several segments: of reserved characters, %2F, none");
  const std::string verbs =
      reader.OneOf("JOBMESH_HTTP_UNKNOWN_VERBS", "text", {"text", "refuse"},
                   "a :verb at the end of a path that no route has: text of the segment, or 404");
  return {.multi_segment = escapes == "reserved" ? PercentDecoding::kKeepReserved
                           : escapes == "slash"  ? PercentDecoding::kKeepSlash
                                                 : PercentDecoding::kAll,
          .unknown_verb_is_text = verbs == "text"};
}

LiveCatalog::LiveCatalog(runtime::discovery::Directory& directory, prometheus::Registry& metrics,
                         const routes::PathOptions& options)
    : directory_(directory),
      options_(options),
      routes_gauge_(prometheus::BuildGauge()
                        .Name("jobmesh_gateway_routes")
                        .Help("Routes the gateway serves.")
                        .Register(metrics)
                        .Add({})),
      problems_counter_(prometheus::BuildCounter()
                            .Name("jobmesh_gateway_route_problems_total")
                            .Help("Versions of services, or rules of theirs, that were refused.")
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
  std::map<std::string, Versions> seen;
  for (const auto& instance : instances) {
    if (instance.descriptors_hash().empty()) {
      continue;
    }
    Version version{instance.version(),
                    instance.descriptors_hash(),
                    {instance.grpc_services().begin(), instance.grpc_services().end()}};
    const auto is_same = [&version](const Version& other) { return other.IsSame(version); };
    Versions& versions = seen[instance.service()];
    if (std::ranges::any_of(versions, is_same)) {
      continue;
    }
    const Versions& known = versions_[instance.service()];
    const auto before = std::ranges::find_if(known, is_same);
    version.appeared = before != known.end() ? before->appeared : ++appeared_;
    versions.push_back(std::move(version));
  }
  bool changed = false;
  for (auto& [owner, versions] : seen) {
    std::ranges::sort(versions, [](const Version& a, const Version& b) {
      return std::pair(VersionNumbers(a.version), a.appeared) >
             std::pair(VersionNumbers(b.version), b.appeared);
    });
    if (std::ranges::find(owners_, owner) == owners_.end()) {
      owners_.push_back(owner);
    }
    Versions& known = versions_[owner];
    changed |= !std::ranges::equal(known, versions, &Version::IsSame);
    known = std::move(versions);
  }
  return changed;
}

const std::string* LiveCatalog::DescriptorsOf(const std::string& owner, const Version& version) {
  auto found = descriptors_.find(version.hash);
  if (found == descriptors_.end()) {
    absl::StatusOr<std::string> fetched = directory_.FetchDescriptors(version.hash);
    if (!fetched.ok()) {
      runtime::telemetry::LogWarn(
          "descriptors_not_fetched",
          {{"owner", owner}, {"error.message", std::string(fetched.status().message())}});
      incomplete_ = true;
      return nullptr;
    }
    found = descriptors_.emplace(version.hash, *std::move(fetched)).first;
  }
  return &found->second;
}

void LiveCatalog::Rebuild() {
  incomplete_ = false;
  std::vector<routes::CatalogSource> sources;
  std::vector<Version> versions;  // of each source
  const auto add = [&](const std::string& owner, const Version& version, bool is_fallback) {
    if (const std::string* descriptors = DescriptorsOf(owner, version); descriptors != nullptr) {
      versions.push_back(version);
      sources.push_back({.owner = owner,
                         .version = version.version,
                         .descriptors = *descriptors,
                         .grpc_services = version.grpc_services,
                         .is_fallback = is_fallback});
    }
  };
  for (const std::string& owner : owners_) {
    for (const Version& version : versions_[owner]) {
      add(owner, version, false);
    }
    if (const auto served = served_.find(owner); served != served_.end()) {
      add(owner, served->second, true);
    }
  }
  std::shared_ptr<const routes::Catalog> catalog = routes::Catalog::Build(sources, options_);
  // Sources are newest first: the newest that was taken is noted last.
  for (std::size_t i = sources.size(); i-- > 0;) {
    if (catalog->taken()[i]) {
      served_.insert_or_assign(sources[i].owner, versions[i]);
    }
  }
  Swap(std::move(catalog));
}

void LiveCatalog::Swap(std::shared_ptr<const routes::Catalog> catalog) {
  const std::shared_ptr<const routes::Catalog> before = Get();
  for (const routes::CatalogProblem& problem : catalog->problems()) {
    if (std::ranges::find(before->problems(), problem) != before->problems().end()) {
      continue;  // told before
    }
    problems_counter_.Increment();
    runtime::telemetry::LogWarn("route_refused", {{"owner", problem.owner},
                                                  {"version", problem.version},
                                                  {"error.message", problem.message}});
  }
  routes_gauge_.Set(static_cast<double>(catalog->routes().routes().size()));
  runtime::telemetry::LogInfo("routes_loaded", {{"routes", catalog->routes().routes().size()}});
  absl::MutexLock lock(&mutex_);
  catalog_ = std::move(catalog);
}

}  // namespace jobmesh::gateway::session
