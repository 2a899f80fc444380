#include "scraper-service/site_data/item_store.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "nlohmann/json.hpp"
#include "scraper_sql.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/strings.h"
#include "scraper-service/field_problems.h"
#include "scraper-service/json_value.h"
#include "scraper-service/site_data/site.h"
#include "scraper-service/time_text.h"

namespace jobmesh::scraper::site_data {
namespace {

namespace postgres = runtime::postgres;
namespace v1 = jobmesh::site_data::v1;
using postgres::Tx;

constexpr int kMostListed = 1000;

struct NamedOrder {
  std::string_view name;
  ItemOrder order;
  const char* sql;
};
// The second names are part of the document.
constexpr std::array<NamedOrder, 4> kOrders = {{
    {"sitedataScore desc", ItemOrder::kScoreDown, "i.score DESC"},
    {"sitedataScore asc", ItemOrder::kScoreUp, "i.score"},
    {"comfirmedAt desc", ItemOrder::kConfirmedDown, "i.confirm_time DESC NULLS LAST"},
    {"comfirmedAt asc", ItemOrder::kConfirmedUp, "i.confirm_time NULLS LAST"},
}};

// A day or a time; with `is_end`, the moment after it.
std::optional<absl::Time> ParseMoment(const std::string& text, bool is_end) {
  if (const std::optional<absl::CivilDay> day = ParseDay(text)) {
    return absl::FromCivil(is_end ? *day + 1 : *day, absl::UTCTimeZone());
  }
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr) ||
      time < absl::FromCivil(absl::CivilYear(1), absl::UTCTimeZone()) ||
      time >= absl::FromCivil(absl::CivilYear(10000), absl::UTCTimeZone())) {
    return std::nullopt;
  }
  return is_end ? time + absl::Microseconds(1) : time;
}

v1::SiteItem ItemOf(const pqxx::row& row) {
  v1::SiteItem item;
  item.set_site_id(row[0].c_str());
  item.set_source(row[1].c_str());
  item.set_id(row[2].c_str());
  item.set_supplier(row[3].c_str());
  const std::optional<absl::Time> confirmed =
      row[4].is_null() ? std::nullopt : postgres::ParseTimestamp(row[4].c_str());
  *item.mutable_comfirmed_at() =
      ToValue(confirmed ? nlohmann::json(TimeText(*confirmed)) : nlohmann::json());
  item.set_status(row[5].c_str());
  item.set_confirmed(*row[6].c_str() == 't');
  item.set_sitedata_score(row[7].as<double>());
  return item;
}

}  // namespace

absl::StatusOr<ItemFilter> CheckFilter(const v1::ListSiteItemsRequest& request) {
  FieldProblems problems("query");
  ItemFilter filter;
  const auto text = [&problems](const char* field, const std::string& value) {
    problems.CheckText(field, value);
    return value;
  };
  const auto moment = [&problems](const char* field, const std::string& value, bool is_end) {
    const std::optional<absl::Time> time = ParseMoment(value, is_end);
    if (!time) {
      problems.Add(field, "value_error", "must be YYYY-MM-DD or a time of RFC 3339");
    }
    return time;
  };
  if (request.has_limit()) {
    filter.limit = request.limit();
  }
  if (filter.limit < 1 || filter.limit > kMostListed) {
    problems.Add("limit", "value_error", absl::StrCat("must be between 1 and ", kMostListed));
  }
  filter.offset = request.offset();
  if (filter.offset < 0) {
    problems.Add("offset", "value_error", "must not be negative");
  }
  if (request.has_supplier()) {
    filter.supplier = text("supplier", request.supplier());
  }
  if (request.has_status()) {
    filter.status = text("status", request.status());
  }
  if (request.has_confirmed()) {
    filter.confirmed = request.confirmed();
  }
  if (request.has_from()) {
    filter.from = moment("from", request.from(), false);
  }
  if (request.has_to()) {
    filter.to = moment("to", request.to(), true);
  }
  if (request.has_site_id()) {
    filter.site = text("siteId", request.site_id());
  }
  if (request.has_sort_by()) {
    const auto named = std::ranges::find(kOrders, request.sort_by(), &NamedOrder::name);
    if (named == kOrders.end()) {
      problems.Add("sortBy", "enum",
                   "must be sitedataScore or comfirmedAt, a blank, and asc or desc");
    } else {
      filter.order = named->order;
    }
  }
  if (absl::Status status = problems.status(); !status.ok()) {
    return status;
  }
  return filter;
}

absl::StatusOr<ItemPage> ItemStore::List(const ItemFilter& filter) {
  std::string where;
  postgres::Params params;
  const auto add = [&](const char* condition, postgres::Param value) {
    params.push_back(std::move(value));
    absl::StrAppend(&where, where.empty() ? " WHERE " : " AND ",
                    absl::Substitute(condition, absl::StrCat("$", params.size())));
  };
  if (filter.job) {
    add("EXISTS (SELECT FROM site_job_item j WHERE j.job_id = $0::uuid AND j.site_id = i.site_id"
        " AND j.source = i.source AND j.item_id = i.item_id)",
        *filter.job);
  }
  if (filter.site) {
    add("i.site_id = $0", *filter.site);
  }
  if (filter.supplier) {
    add("strpos(lower(i.supplier), lower($0)) > 0", *filter.supplier);
  }
  if (filter.status) {
    add("i.status = $0", *filter.status);
  }
  if (filter.confirmed) {
    add("i.is_confirmed = $0::boolean", postgres::ToParam(*filter.confirmed));
  }
  if (filter.from) {
    add("i.confirm_time >= $0::timestamptz", postgres::ToParam(*filter.from));
  }
  if (filter.to) {
    add("i.confirm_time < $0::timestamptz", postgres::ToParam(*filter.to));
  }
  const char* order = std::ranges::find(kOrders, filter.order, &NamedOrder::order)->sql;
  const std::string page = absl::StrCat(sql::kListSiteItems.text, where, " ORDER BY ", order,
                                        ", i.site_id, i.source, i.item_id LIMIT ", filter.limit,
                                        " OFFSET ", filter.offset);
  const std::string count = absl::StrCat(sql::kCountSiteItems.text, where);
  return pool_.InTransaction(
      [&](Tx& tx) -> absl::StatusOr<ItemPage> {
        ASSIGN_OR_RETURN(pqxx::result total, tx.ExecuteTextWith(count, params));
        ASSIGN_OR_RETURN(pqxx::result rows, tx.ExecuteTextWith(page, params));
        ItemPage found;
        found.total = total[0][0].as<int64_t>();
        found.items.reserve(static_cast<size_t>(rows.size()));
        for (const pqxx::row& row : rows) {
          found.items.push_back(ItemOf(row));
        }
        return found;
      },
      {.isolation = postgres::TxOptions::Isolation::kRepeatableRead, .read_only = true});
}

absl::StatusOr<v1::ListSiteItemsResponse> ItemPages::List(
    const v1::ListSiteItemsRequest& request, const std::string& job_id,
    absl::FunctionRef<absl::Status()> find_job) {
  ASSIGN_OR_RETURN(ItemFilter filter, CheckFilter(request));
  if (!job_id.empty()) {
    filter.job = job_id;
  }
  ASSIGN_OR_RETURN(const std::string bytes,
                   cache_.GetOrCompute(absl::StrCat(job_id, " ", request.SerializeAsString()),
                                       {.hard = kItemsLife}, [&]() -> absl::StatusOr<std::string> {
                                         RETURN_IF_ERROR(find_job());
                                         ASSIGN_OR_RETURN(ItemPage page, store_.List(filter));
                                         v1::ListSiteItemsResponse response;
                                         for (v1::SiteItem& item : page.items) {
                                           *response.add_items() = std::move(item);
                                         }
                                         response.set_total(static_cast<int32_t>(std::min<int64_t>(
                                             page.total, std::numeric_limits<int32_t>::max())));
                                         response.set_limit(filter.limit);
                                         response.set_offset(filter.offset);
                                         return response.SerializeAsString();
                                       }));
  v1::ListSiteItemsResponse response;
  if (!response.ParseFromString(bytes)) {
    return absl::InternalError("a page in the cache is damaged");
  }
  return response;
}

}  // namespace jobmesh::scraper::site_data
