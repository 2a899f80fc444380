#include "scraper-service/postings/posting_repository.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "scraper_sql.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "runtime/timestamp.h"

namespace jobmesh::scraper {
namespace {

namespace postgres = runtime::postgres;
namespace v1 = jobmesh::postings::v1;

absl::Status HoldLease(postgres::Tx& tx, const Fence& fence) {
  ASSIGN_OR_RETURN(pqxx::result held, tx.Execute(sql::kHoldLease, fence.source, fence.lease_token));
  return held.empty() ? absl::AbortedError("another replica has taken the source over")
                      : absl::OkStatus();
}

void SetTime(const pqxx::field& field, google::protobuf::Timestamp* timestamp) {
  if (std::optional<absl::Time> time = postgres::ParseTimestamp(field.c_str())) {
    *timestamp = runtime::ToTimestamp(*time);
  }
}

v1::Salary SalaryOf(const pqxx::row& row) {
  v1::Salary salary;
  const auto set = [&row](const char* column, auto setter) {
    if (!row[column].is_null()) {
      setter(row[column].as<double>());
    }
  };
  set("salary_min", [&](double v) { salary.set_min(v); });
  set("salary_max", [&](double v) { salary.set_max(v); });
  set("annual_min", [&](double v) { salary.set_annual_min(v); });
  set("annual_max", [&](double v) { salary.set_annual_max(v); });
  set("annual_min_usd", [&](double v) { salary.set_annual_min_usd(v); });
  set("annual_max_usd", [&](double v) { salary.set_annual_max_usd(v); });
  salary.set_currency(row["salary_currency"].c_str());
  salary.set_period(row["salary_period"].c_str());
  return salary;
}

void SetOptionals(const pqxx::row& row, v1::Posting* posting) {
  const auto set = [&row](const char* column, auto setter) {
    if (!row[column].is_null()) {
      setter(row[column].c_str());
    }
  };
  set("city", [&](const char* v) { posting->set_city(v); });
  set("region", [&](const char* v) { posting->set_region(v); });
  set("country", [&](const char* v) { posting->set_country(v); });
  set("employment_type", [&](const char* v) { posting->set_employment_type(v); });
  set("seniority", [&](const char* v) { posting->set_seniority(v); });
  set("remote_mode", [&](const char* v) { posting->set_remote_mode(v); });
  set("language", [&](const char* v) { posting->set_language(v); });
}

void SetPosting(const pqxx::row& row, v1::Posting* posting) {
  posting->set_job_id(row["job_id"].c_str());
  posting->set_source(row["source"].c_str());
  posting->set_native_id(row["native_id"].c_str());
  posting->set_url(row["url"].c_str());
  posting->set_title(row["title"].c_str());
  posting->set_company(row["company"].c_str());
  posting->set_location(row["location"].c_str());
  posting->set_description(row["description"].c_str());
  SetOptionals(row, posting);
  for (std::string& skill : postgres::ParseTextArray(row["skills"].c_str())) {
    posting->add_skills(std::move(skill));
  }
  if (!row["salary_currency"].is_null()) {
    *posting->mutable_salary() = SalaryOf(row);
  }
  if (!row["experience_min_years"].is_null()) {
    posting->mutable_experience()->set_min_years(row["experience_min_years"].as<double>());
    if (!row["experience_max_years"].is_null()) {
      posting->mutable_experience()->set_max_years(row["experience_max_years"].as<double>());
    }
  }
  if (!row["posted_time"].is_null()) {
    SetTime(row["posted_time"], posting->mutable_posted_time());
  }
  if (!row["valid_through_time"].is_null()) {
    SetTime(row["valid_through_time"], posting->mutable_valid_through_time());
  }
  SetTime(row["first_seen_time"], posting->mutable_first_seen_time());
  posting->set_quality_score(row["quality_score"].as<int>());
  posting->set_open(row["open"].as<bool>());
}

v1::Change ChangeOf(const pqxx::row& row) {
  v1::Change change;
  change.mutable_posting()->set_posting_id(row["posting_id"].c_str());
  if (row["version"].is_null()) {
    change.set_kind(v1::Change::DELETED);
    return change;
  }
  // The state is the present one, which may be newer than this change: the kind says the same.
  const auto kind = static_cast<v1::Change::Kind>(row["kind"].as<int>());
  const bool open = row["open"].as<bool>();
  change.set_kind(!open                        ? v1::Change::CLOSED
                  : kind == v1::Change::CLOSED ? v1::Change::UPDATED
                                               : kind);
  change.set_version(row["version"].as<int64_t>());
  SetPosting(row, change.mutable_posting());
  return change;
}

}  // namespace

absl::StatusOr<FeedPosition> FeedPosition::Parse(const std::string& cursor) {
  FeedPosition position;
  if (cursor.empty()) {
    return position;
  }
  const size_t dot = cursor.find('.');
  uint64_t xid = 0;
  if (dot == std::string::npos || !absl::SimpleAtoi(cursor.substr(0, dot), &xid) ||
      !absl::SimpleAtoi(cursor.substr(dot + 1), &position.change_id)) {
    return runtime::Error(absl::StatusCode::kInvalidArgument, runtime::ErrorReason::CURSOR_INVALID,
                          "cursor: is none that this feed gave out", {{"field", "cursor"}});
  }
  position.xid = absl::StrCat(xid);
  return position;
}

std::string FeedPosition::Cursor() const { return absl::StrCat(xid, ".", change_id); }

absl::StatusOr<WriteCounts> PostingRepository::Upsert(const std::vector<StoredPosting>& postings,
                                                      const std::optional<Fence>& fence) {
  std::string rows = "[";
  for (const StoredPosting& posting : postings) {
    absl::StrAppend(&rows, rows.size() > 1 ? "," : "", posting.json);
  }
  rows += "]";
  return pool_.InTransaction([&](postgres::Tx& tx) -> absl::StatusOr<WriteCounts> {
    if (fence) {
      RETURN_IF_ERROR(HoldLease(tx, *fence));
    }
    RETURN_IF_ERROR(LockIn(tx, fence.has_value()));
    return UpsertIn(tx, rows);
  });
}

absl::StatusOr<std::vector<size_t>> PostingRepository::FindUnchanged(
    const std::string& source, const std::vector<KnownPosting>& postings) {
  std::vector<std::string> keys;
  std::vector<std::string> hashes;
  std::vector<std::string> pages;
  for (const KnownPosting& posting : postings) {
    keys.push_back(posting.identity_key);
    hashes.push_back(posting.raw_hash);
    pages.push_back(posting.page_url);
  }
  ASSIGN_OR_RETURN(pqxx::result rows,
                   pool_.Execute(sql::kFindUnchangedPostings, source, keys, hashes, pages));
  std::vector<size_t> places;
  places.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    places.push_back(row["place"].as<size_t>() - 1);
  }
  return places;
}

absl::Status PostingRepository::LockIn(postgres::Tx& tx, bool alone) {
  return tx.Execute(sql::kLockJobs, alone).status();
}

absl::StatusOr<WriteCounts> PostingRepository::UpsertIn(postgres::Tx& tx, const std::string& rows) {
  ASSIGN_OR_RETURN(pqxx::result result, tx.Execute(sql::kUpsertPostings, rows));
  return WriteCounts{.created = result[0]["created"].as<int>(),
                     .updated = result[0]["updated"].as<int>()};
}

absl::StatusOr<int> PostingRepository::CloseOthersIn(postgres::Tx& tx, const std::string& source,
                                                     const std::string& keys) {
  ASSIGN_OR_RETURN(pqxx::result result, tx.Execute(sql::kCloseMissingPostings, source, keys, "{}"));
  return result[0]["closed"].as<int>();
}

absl::StatusOr<int> PostingRepository::CloseMissing(
    const Fence& fence, const std::vector<std::string>& seen_keys,
    const std::vector<std::string>& unchanged_pages) {
  return pool_.InTransaction([&](postgres::Tx& tx) -> absl::StatusOr<int> {
    RETURN_IF_ERROR(HoldLease(tx, fence));
    RETURN_IF_ERROR(LockIn(tx, true));
    ASSIGN_OR_RETURN(pqxx::result result, tx.Execute(sql::kCloseMissingPostings, fence.source,
                                                     seen_keys, unchanged_pages));
    return result[0]["closed"].as<int>();
  });
}

absl::StatusOr<int> PostingRepository::CountOpen(const std::string& source) {
  ASSIGN_OR_RETURN(pqxx::result result, pool_.Execute(sql::kCountOpenPostings, source));
  return result[0]["open"].as<int>();
}

absl::StatusOr<std::vector<v1::Change>> PostingRepository::ReadChanges(FeedPosition& position,
                                                                       int limit) {
  ASSIGN_OR_RETURN(pqxx::result rows,
                   pool_.Execute(sql::kReadChanges, position.xid, position.change_id, limit));
  std::vector<v1::Change> changes;
  changes.reserve(rows.size());
  for (const pqxx::row& row : rows) {
    changes.push_back(ChangeOf(row));
    position = {.xid = row["xid"].c_str(), .change_id = row["change_id"].as<int64_t>()};
  }
  return changes;
}

}  // namespace jobmesh::scraper
