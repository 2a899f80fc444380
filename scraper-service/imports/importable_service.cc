#include "scraper-service/imports/importable_service.h"

#include "absl/strings/str_cat.h"

#include "runtime/status_macros.h"
#include "scraper-service/imports/job_status.h"

namespace jobmesh::scraper::imports {

namespace v1 = jobmesh::imports::v1;
using runtime::rpc::CallContext;

absl::StatusOr<v1::ListImportableDatasetsResponse> ImportableHandlers::List(
    const CallContext&, const v1::ListImportableDatasetsRequest&) {
  v1::ListImportableDatasetsResponse response;
  for (const datasets::ImportableFile& file : input_.List()) {
    v1::ImportableDataset* dataset = response.add_datasets();
    dataset->set_dataset_name(file.name);
    dataset->set_has_metadata(true);
    dataset->set_has_data(file.has_data);
    dataset->set_is_archived(file.is_archived);
  }
  return response;
}

absl::StatusOr<v1::DeleteImportableDatasetResponse> ImportableHandlers::Delete(
    const CallContext& call, const v1::DeleteImportableDatasetRequest& request) {
  RETURN_IF_ERROR(auth_.CheckDataAdmin(call));
  const std::string& name = request.name();
  if (!IsDatasetName(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", name,
                     "\" contains invalid characters. Please use only uppercase A-Z, numbers 0-9 "
                     "or \"_\""));
  }
  ASSIGN_OR_RETURN(const bool is_importing, jobs_.IsImporting(name));
  if (is_importing) {
    return absl::FailedPreconditionError(
        absl::StrCat("A job is importing ", name, "; it cannot be deleted now"));
  }
  RETURN_IF_ERROR(input_.Delete(name));
  v1::DeleteImportableDatasetResponse response;
  response.set_message(absl::StrCat("OK, ", name, " deleted"));
  return response;
}

std::unique_ptr<runtime::rpc::Service> MakeImportableService(ImportableHandlers& handlers) {
  auto service =
      std::make_unique<runtime::rpc::Service>("jobmesh.imports.v1.ImportableDatasetService");
  service->Unary("ListImportableDatasets", &handlers, &ImportableHandlers::List)
      .Unary("DeleteImportableDataset", &handlers, &ImportableHandlers::Delete);
  return service;
}

}  // namespace jobmesh::scraper::imports
