#pragma once

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace jobmesh::runtime::rpc {

// A status as it goes over the wire: with google.rpc.Status in the details when it carries an
// ErrorInfo, whose domain is set to `domain` ("user-service.jobmesh") unless an earlier process has
// set it.
grpc::Status ToGrpc(const absl::Status& status, const std::string& domain);
// And back, ErrorInfo included.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace jobmesh::runtime::rpc
