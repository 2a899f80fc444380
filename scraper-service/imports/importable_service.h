#pragma once

#include <memory>

#include "jobmesh/imports/v1/importable_datasets.pb.h"
#include "runtime/rpc/service.h"
#include "scraper-service/datasets/input_directory.h"
#include "scraper-service/imports/job_auth.h"
#include "scraper-service/imports/job_repository.h"

namespace jobmesh::scraper::imports {

// jobmesh.imports.v1.ImportableDatasetService: see the proto. Thread-safe.
class ImportableHandlers {
 public:
  ImportableHandlers(const datasets::InputDirectory& input, JobRepository& jobs,
                     const JobAuth& auth)
      : input_(input), jobs_(jobs), auth_(auth) {}

  absl::StatusOr<jobmesh::imports::v1::ListImportableDatasetsResponse> List(
      const runtime::rpc::CallContext& call,
      const jobmesh::imports::v1::ListImportableDatasetsRequest& request);
  absl::StatusOr<jobmesh::imports::v1::DeleteImportableDatasetResponse> Delete(
      const runtime::rpc::CallContext& call,
      const jobmesh::imports::v1::DeleteImportableDatasetRequest& request);

 private:
  const datasets::InputDirectory& input_;
  JobRepository& jobs_;
  const JobAuth& auth_;
};

std::unique_ptr<runtime::rpc::Service> MakeImportableService(ImportableHandlers& handlers);

}  // namespace jobmesh::scraper::imports
