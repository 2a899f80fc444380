#include "runtime/rpc/status_conversion.h"

#include "absl/strings/cord.h"
#include "google/rpc/status.pb.h"

#include "runtime/errors.h"

namespace jobmesh::runtime::rpc {

grpc::Status ToGrpc(const absl::Status& status, const std::string& domain) {
  if (status.ok()) {
    return grpc::Status::OK;
  }
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  status.ForEachPayload([&](absl::string_view type_url, const absl::Cord& payload) {
    google::protobuf::Any& any = *details.add_details();
    any.set_type_url(std::string(type_url));
    any.set_value(std::string(payload));
    errors::v1::ErrorInfo info;
    if (type_url == kErrorInfoUrl && info.ParseFromString(any.value()) && info.domain().empty()) {
      info.set_domain(domain);
      any.set_value(info.SerializeAsString());
    }
  });
  const auto code = static_cast<grpc::StatusCode>(status.code());
  if (details.details().empty()) {
    return {code, details.message()};
  }
  return {code, details.message(), details.SerializeAsString()};
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) {
    return absl::OkStatus();
  }
  // gRPC says "Received message larger than max" and "Sent message larger than max" with the code
  // of a limit on the caller, which would read as "too many requests".
  if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED &&
      status.error_message().find(" message larger than max") != std::string::npos) {
    return absl::InternalError("the answer is larger than a message may be");
  }
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status details;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& any : details.details()) {
      result.SetPayload(any.type_url(), absl::Cord(any.value()));
    }
  }
  return result;
}

}  // namespace jobmesh::runtime::rpc
