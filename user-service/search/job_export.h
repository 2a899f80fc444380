#pragma once

#include <memory>
#include <string>

#include "google/api/httpbody.pb.h"

#include "jobmesh/search/v1/search.pb.h"
#include "runtime/rpc/stream.h"
#include "user-service/search/job_search.h"

namespace jobmesh::user {

// One export under way: reads page after page of the jobs and sends each, as far as the client has
// taken what was sent before. Holds no connection and no transaction in between, and never more
// than a page. Used by one thread at a time.
class JobExport {
 public:
  using Writer = runtime::rpc::StreamWriter<google::api::HttpBody>;

  // `search` must outlive the export.
  JobExport(JobSearch& search, search::v1::ExportJobsRequest request,
            std::shared_ptr<Writer> writer);

  // Checks the request and finds the first job. INVALID_ARGUMENT (INVALID_FIELD).
  absl::Status Begin();
  // Of the file, for Content-Disposition.
  std::string FileName() const;
  // Sends the next page; after the last one it finishes the stream.
  void SendNext();

 private:
  bool is_csv() const { return request_.format() != "ndjson"; }
  void Send(std::string piece);

  JobSearch& search_;
  const search::v1::ExportJobsRequest request_;
  const std::shared_ptr<Writer> writer_;
  PagePosition position_;
  int sent_ = 0;
  bool has_begun_ = false;  // the first piece was sent
  bool is_done_ = false;
};

}  // namespace jobmesh::user
