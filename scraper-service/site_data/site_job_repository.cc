#include "scraper-service/site_data/site_job_repository.h"

#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "scraper_sql.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "scraper-service/json_value.h"
#include "scraper-service/site_data/site.h"
#include "scraper-service/tasks/task_id.h"
#include "scraper-service/time_text.h"

namespace jobmesh::scraper::site_data {
namespace {

namespace postgres = runtime::postgres;
namespace v1 = jobmesh::site_data::v1;
using nlohmann::json;
using postgres::Tx;
using runtime::ErrorReason;
using tasks::Enqueued;
using tasks::TaskRepository;
using tasks::TaskState;

// Of a job, where its process or the database fails: providers have tries of their own.
constexpr int kAttempts = 3;
constexpr char kCancelled[] = "Job cancelled by user";

absl::Status Unknown(const std::string& id) {
  return runtime::Error(absl::StatusCode::kNotFound, ErrorReason::TASK_NOT_FOUND,
                        absl::StrCat("Job ", id, " not found"));
}

absl::StatusOr<pqxx::row> RowOf(postgres::Pool& pool, const std::string& id) {
  const std::optional<std::string> uuid =
      id.find('-') == std::string::npos ? std::nullopt : tasks::UuidOfTask(id);
  if (!uuid) {
    return Unknown(id);
  }
  ASSIGN_OR_RETURN(pqxx::result rows, pool.Execute(sql::kGetSiteJob, *uuid));
  if (rows.empty()) {
    return Unknown(id);
  }
  return rows[0];
}

std::string TimeOf(const pqxx::field& field) {
  return TimeText(postgres::ParseTimestamp(field.c_str()).value_or(absl::UnixEpoch()));
}

}  // namespace

absl::StatusOr<Enqueued> SiteJobRepository::StartIn(Tx& tx, const std::string& site,
                                                    absl::CivilDay day, const std::string& owner) {
  tasks::TaskSpec spec;
  spec.family = kFamily;
  spec.operation = kFetch;
  spec.queue = kQueue;
  spec.target = site;
  spec.owner = owner;
  spec.unique_key = absl::StrCat(kFamily, "/", site, "/", DayText(day));
  spec.payload = json{{"siteId", site}, {"date", DayText(day)}}.dump();
  spec.max_attempts = kAttempts;
  ASSIGN_OR_RETURN(std::vector<Enqueued> enqueued,
                   TaskRepository::EnqueueIn(tx, std::span(&spec, 1)));
  if (enqueued[0].created) {
    RETURN_IF_ERROR(tx.Execute(sql::kAddSiteJob, enqueued[0].id, site, DayText(day),
                               owner.empty() ? std::nullopt : std::optional(owner))
                        .status());
  }
  return std::move(enqueued[0]);
}

absl::StatusOr<Enqueued> SiteJobRepository::Start(const std::string& site, absl::CivilDay day,
                                                  const std::string& owner) {
  ASSIGN_OR_RETURN(Enqueued job, pool_.InTransaction([&](Tx& tx) -> absl::StatusOr<Enqueued> {
    return StartIn(tx, site, day, owner);
  }));
  if (job.created) {
    tasks_.Ring(kQueue);
  }
  return job;
}

absl::StatusOr<v1::SiteJob> SiteJobRepository::Get(const std::string& id) {
  ASSIGN_OR_RETURN(const pqxx::row row, RowOf(pool_, id));
  v1::SiteJob job;
  job.set_job_id(row["job_id"].c_str());
  job.set_status(row["status"].c_str());
  job.set_created_at(TimeOf(row["create_time"]));
  job.set_updated_at(TimeOf(row["update_time"]));
  job.mutable_input()->set_site_id(row["site_id"].c_str());
  job.mutable_input()->set_date(row["fetch_date"].c_str());
  *job.mutable_stats() =
      ToStruct(json::parse(row["stats"].c_str(), nullptr, /*allow_exceptions=*/false));
  *job.mutable_error() = ToValue(row["error"].is_null() ? json() : json(row["error"].c_str()));
  return job;
}

absl::Status SiteJobRepository::Cancel(const std::string& id, MayChange may_change) {
  ASSIGN_OR_RETURN(const pqxx::row row, RowOf(pool_, id));
  RETURN_IF_ERROR(may_change(row["owner"].is_null() ? "" : row["owner"].c_str()));
  const absl::Status steered = pool_.InTransaction([&](Tx& tx) -> absl::Status {
    return TaskRepository::SteerIn(
               tx, id, {.state = TaskState::kCancelled, .fresh = false, .error = kCancelled})
        .status();
  });
  if (absl::IsFailedPrecondition(steered) || absl::IsNotFound(steered)) {
    ASSIGN_OR_RETURN(const v1::SiteJob job, Get(id));
    return runtime::Error(absl::StatusCode::kFailedPrecondition, ErrorReason::TASK_FINISHED,
                          absl::StrCat("Cannot cancel job in status ", job.status()));
  }
  RETURN_IF_ERROR(steered);
  tasks_.RingStop();  // whoever runs it does so no more
  return absl::OkStatus();
}

absl::Status SiteJobRepository::NoteIn(Tx& tx, const std::string& id, const std::string& stats,
                                       const std::string& error) {
  return tx
      .Execute(sql::kNoteSiteJob, id, stats, error.empty() ? std::nullopt : std::optional(error))
      .status();
}

absl::Status SiteJobRepository::StoreItemsIn(Tx& tx, const std::string& id, const std::string& site,
                                             const std::vector<StoredItem>& items) {
  json rows = json::array();
  for (const StoredItem& item : items) {
    rows.push_back(
        {{"source", item.source},
         {"item_id", item.id},
         {"supplier", item.supplier},
         {"confirm_time",
          item.confirm_time ? json(postgres::TimestampText(*item.confirm_time)) : json()},
         {"status", item.status},
         {"is_confirmed", item.confirmed},
         {"score", item.score}});
  }
  RETURN_IF_ERROR(tx.Execute(sql::kStoreSiteItems, id, site,
                             rows.dump(-1, ' ', false, json::error_handler_t::replace))
                      .status());
  return tx.Execute(sql::kNotify, kItemsChannel).status();
}

absl::Status SiteJobRepository::ForgetIn(Tx& tx, absl::Duration age) {
  return tx.Execute(sql::kForgetSiteJobs, absl::StrCat(absl::ToInt64Seconds(age), " seconds"))
      .status();
}

}  // namespace jobmesh::scraper::site_data
