#include "scraper-service/site_data/executors.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

#include "runtime/status_macros.h"
#include "scraper-service/json_value.h"
#include "scraper-service/postings/intake.h"
#include "scraper-service/refine/refine.h"
#include "scraper-service/site_data/coordinator.h"
#include "scraper-service/site_data/site_job_repository.h"

namespace jobmesh::scraper::site_data {
namespace {

using nlohmann::json;
using runtime::postgres::Tx;
using tasks::Outcome;
using tasks::TaskRun;

// Of postings, that of a provider.
std::string SourceName(const Site& site, const std::string& provider) {
  return absl::StrCat("site:", site.id, "/", provider);
}

absl::Status StorePostings(const Site& site, const std::vector<ProviderResult>& results,
                           const ExecutorParts& parts, absl::Time now) {
  const auto vocabulary = parts.vocabulary.Get();
  bool changed = false;
  for (const ProviderResult& result : results) {
    std::vector<FoundPosting> found;
    for (const Item& item : result.items) {
      if (!item.posting.title.empty() && !item.posting.company.empty()) {
        found.push_back({.page_url = "", .raw = item.posting});
      }
    }
    if (found.empty()) {
      continue;
    }
    const Intake intake(parts.postings, vocabulary, SourceName(site, result.provider),
                        std::nullopt);
    ASSIGN_OR_RETURN(const Intake::Taken taken, intake.Take(found, now));
    changed = changed || taken.counts.created + taken.counts.updated > 0;
  }
  if (changed) {
    parts.on_postings();
  }
  return absl::OkStatus();
}

std::vector<StoredItem> ItemsOf(const std::vector<ProviderResult>& results,
                                const refine::Vocabulary& vocabulary, absl::Time now) {
  std::vector<StoredItem> items;
  for (const ProviderResult& result : results) {
    for (const Item& item : result.items) {
      items.push_back({.source = result.provider,
                       .id = item.id,
                       .supplier = item.supplier,
                       .confirm_time = item.confirm_time,
                       .status = item.status,
                       .confirmed = item.confirmed,
                       .score = item.score
                                    ? *item.score
                                    : refine::Refine(item.posting, vocabulary, now).quality});
    }
  }
  return items;
}

Outcome FetchSite(TaskRun& run, const ExecutorParts& parts) {
  const std::string id = run.task().id;
  const json payload = json::parse(run.task().payload, nullptr, /*allow_exceptions=*/false);
  const std::string site_id = TextMember(payload, "siteId");
  const std::optional<absl::CivilDay> day = ParseDay(TextMember(payload, "date"));
  const Site* site = FindSite(parts.sites, site_id);
  if (site == nullptr || !day) {
    return Outcome::GiveUp(
        absl::NotFoundError(absl::StrCat("No providers found for site ", site_id)));
  }
  const absl::Time now = absl::Now();
  const std::vector<ProviderResult> results =
      AskProviders(*site, *day, parts.client, run.cancel(), now);
  if (run.cancel().cancelled()) {
    return Outcome::Stop();
  }
  Verdict verdict = Judge(*site, results);
  if (verdict.failed) {
    verdict.stats["stored"] = 0;
    const absl::Status noted = run.Write([&](Tx& tx) {
      return SiteJobRepository::NoteIn(tx, id, verdict.stats.dump(), verdict.error);
    });
    return noted.ok() ? Outcome::GiveUp(absl::UnavailableError(verdict.error))
                      : Outcome::Fail(noted);
  }
  if (absl::Status stored = StorePostings(*site, results, parts, now); !stored.ok()) {
    return Outcome::Fail(stored);
  }
  std::vector<StoredItem> items = ItemsOf(results, *parts.vocabulary.Get(), now);
  verdict.stats["stored"] = items.size();
  return Outcome::CompleteWith(
      [id, site_id, items = std::move(items),
       verdict = std::move(verdict)](Tx& tx) -> absl::StatusOr<std::string> {
        const std::string stats = verdict.stats.dump();
        RETURN_IF_ERROR(SiteJobRepository::StoreItemsIn(tx, id, site_id, items));
        RETURN_IF_ERROR(SiteJobRepository::NoteIn(tx, id, stats, verdict.error));
        return stats;
      });
}

Outcome FetchAll(TaskRun& run, const ExecutorParts& parts) {
  const json payload = json::parse(run.task().payload, nullptr, /*allow_exceptions=*/false);
  absl::Time slot;
  if (!absl::ParseTime(absl::RFC3339_full, TextMember(payload, "slot_time"), &slot, nullptr)) {
    slot = absl::Now();
  }
  return Outcome::CompleteWith([&sites = parts.sites, retention = parts.retention,
                                slot](Tx& tx) -> absl::StatusOr<std::string> {
    json started = json::object();
    for (const Site& site : sites) {
      if (site.enabled) {
        ASSIGN_OR_RETURN(const tasks::Enqueued job,
                         SiteJobRepository::StartIn(tx, site.id, site.DateAt(slot), ""));
        started[site.id] = job.id;
      }
    }
    RETURN_IF_ERROR(SiteJobRepository::ForgetIn(tx, retention));
    return started.dump();
  });
}

}  // namespace

tasks::Handler MakeFetchExecutor(ExecutorParts parts) {
  return [parts = std::move(parts)](TaskRun& run) { return FetchSite(run, parts); };
}

tasks::Handler MakeFetchAllExecutor(ExecutorParts parts) {
  return [parts = std::move(parts)](TaskRun& run) { return FetchAll(run, parts); };
}

}  // namespace jobmesh::scraper::site_data
