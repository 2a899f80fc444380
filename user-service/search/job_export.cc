#include "user-service/search/job_export.h"

#include <algorithm>
#include <utility>

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "user-service/search/job_file.h"

namespace jobmesh::user {
namespace {

constexpr int kPage = 200;
constexpr size_t kPieceBytes = 64 * 1024;

}  // namespace

JobExport::JobExport(JobSearch& search, search::v1::ExportJobsRequest request,
                     std::shared_ptr<Writer> writer)
    : search_(search), request_(std::move(request)), writer_(std::move(writer)) {}

absl::Status JobExport::Begin() {
  if (!request_.format().empty() && request_.format() != "csv" && request_.format() != "ndjson") {
    return runtime::InvalidField("format", "must be csv or ndjson");
  }
  if (request_.limit() < 0) {
    return runtime::InvalidField("limit", "must not be negative");
  }
  ASSIGN_OR_RETURN(position_, search_.BeginWalk(request_.filter()));
  return absl::OkStatus();
}

std::string JobExport::FileName() const { return is_csv() ? "jobs.csv" : "jobs.ndjson"; }

void JobExport::SendNext() {
  if (is_done_) {
    return;
  }
  const int wanted = request_.limit() == 0 ? kPage : std::min(kPage, request_.limit() - sent_);
  absl::StatusOr<WalkStep> step = search_.Walk(request_.filter(), position_, wanted);
  if (!step.ok()) {
    is_done_ = true;
    writer_->Finish(step.status());
    return;
  }
  std::string piece = is_csv() && !has_begun_ ? CsvHeader() : "";
  for (const search::v1::Job& job : step->jobs) {
    is_csv() ? AppendCsv(job, &piece) : AppendNdjson(job, &piece);
    if (piece.size() >= kPieceBytes) {
      Send(std::exchange(piece, {}));
    }
  }
  sent_ += static_cast<int>(step->jobs.size());
  if (!piece.empty() || !has_begun_) {
    Send(std::move(piece));
  }
  is_done_ = step->is_last || sent_ == request_.limit();
  if (is_done_) {
    writer_->Finish(absl::OkStatus());
  }
}

void JobExport::Send(std::string piece) {
  has_begun_ = true;
  google::api::HttpBody body;
  body.set_content_type(is_csv() ? "text/csv; charset=utf-8; header=present"
                                 : "application/x-ndjson");
  body.set_data(std::move(piece));
  writer_->Send(std::move(body));
}

}  // namespace jobmesh::user
