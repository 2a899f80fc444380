#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "jobmesh/site_data/v1/site_data.pb.h"
#include "runtime/cache/cache.h"
#include "runtime/postgres/pool.h"

namespace jobmesh::scraper::site_data {

inline constexpr absl::Duration kItemsLife = absl::Seconds(300);

enum class ItemOrder { kScoreDown, kScoreUp, kConfirmedDown, kConfirmedUp };

// Which items a page holds; what is absent filters nothing.
struct ItemFilter {
  int limit = 50;
  int offset = 0;
  std::optional<std::string> supplier;  // part of the name, in any case
  std::optional<std::string> status;
  std::optional<bool> confirmed;
  std::optional<absl::Time> from;  // confirmed at or after
  std::optional<absl::Time> to;    // confirmed before
  std::optional<std::string> site;
  std::optional<std::string> job;  // UUID of a job that exists
  ItemOrder order = ItemOrder::kScoreDown;
};

// Checks a request. INVALID_ARGUMENT that lists everything that is wrong.
absl::StatusOr<ItemFilter> CheckFilter(const jobmesh::site_data::v1::ListSiteItemsRequest& request);

struct ItemPage {
  std::vector<jobmesh::site_data::v1::SiteItem> items;
  int64_t total = 0;  // of all pages
};

// Stored items. Thread-safe.
class ItemStore {
 public:
  explicit ItemStore(runtime::postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<ItemPage> List(const ItemFilter& filter);

 private:
  runtime::postgres::Pool& pool_;
};

// Pages of items, remembered for kItemsLife or until Forget, which whoever hears of new items
// calls. Thread-safe.
class ItemPages {
 public:
  // All references outlive it.
  ItemPages(ItemStore& store, runtime::cache::Cache& cache) : store_(store), cache_(cache) {}

  // Without a page in the cache, `job` is asked first; its error is the answer and not remembered.
  absl::StatusOr<jobmesh::site_data::v1::ListSiteItemsResponse> List(
      const jobmesh::site_data::v1::ListSiteItemsRequest& request, const std::string& job_id,
      absl::FunctionRef<absl::Status()> find_job);
  void Forget() { cache_.InvalidateAll(); }
  runtime::cache::CacheStats Stats() const { return cache_.Stats(); }

 private:
  ItemStore& store_;
  runtime::cache::Cache& cache_;
};

}  // namespace jobmesh::scraper::site_data
