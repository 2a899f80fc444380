#include "gateway/routes/method_policy.h"

namespace jobmesh::gateway::routes {

namespace v1 = options::v1;

bool MethodPolicy::IsIdempotent(const std::string& http_method) const {
  if (idempotency != v1::BY_HTTP_METHOD) return idempotency == v1::IDEMPOTENT;
  return http_method == "GET" || http_method == "HEAD" || http_method == "PUT" ||
         http_method == "DELETE";
}

MethodPolicy MethodPolicyOf(const google::protobuf::MethodDescriptor& method) {
  // Descriptors that come from another process live in a pool that knows nothing of our generated
  // extensions; their bytes do.
  google::protobuf::MethodOptions options;
  options.ParseFromString(method.options().SerializeAsString());
  google::protobuf::ServiceOptions service_options;
  service_options.ParseFromString(method.service()->options().SerializeAsString());

  MethodPolicy policy;
  policy.auth = options.GetExtension(v1::auth);
  if (const auto status = options.GetExtension(v1::success_status); status != 0) {
    policy.success_status = static_cast<int>(status);
  }
  if (const auto status = options.GetExtension(v1::invalid_status); status != 0) {
    policy.invalid_status = static_cast<int>(status);
  }
  for (const auto status : options.GetRepeatedExtension(v1::other_success_status)) {
    policy.other_success_statuses.push_back(static_cast<int>(status));
  }
  const v1::Cache& cache = options.GetExtension(v1::cache);
  policy.cache_max_age = std::chrono::seconds(cache.max_age_seconds());
  policy.cache_vary.assign(cache.vary().begin(), cache.vary().end());
  const v1::RateLimit& rate = options.GetExtension(v1::rate_limit);
  policy.rate_per_minute = rate.per_minute();
  policy.rate_burst = rate.burst() != 0 ? rate.burst() : rate.per_minute();
  policy.idempotency = options.GetExtension(v1::idempotency);
  if (const auto deadline = options.GetExtension(v1::deadline_ms); deadline != 0) {
    policy.deadline = std::chrono::milliseconds(deadline);
  } else if (method.server_streaming()) {
    policy.deadline = std::chrono::milliseconds::zero();
  }
  policy.error_style = options.HasExtension(v1::method_error_style)
                           ? options.GetExtension(v1::method_error_style)
                           : service_options.GetExtension(v1::error_style);
  if (service_options.GetExtension(v1::unknown_fields) == v1::IGNORE) {
    policy.unknown_fields = transcode::UnknownFields::kIgnore;
  }
  policy.form_is_json = options.GetExtension(v1::form_is_json);
  for (const std::string& cookie : options.GetRepeatedExtension(v1::forward_cookies)) {
    policy.forward_cookies.push_back(cookie);
  }
  policy.websocket = options.GetExtension(v1::websocket);
  policy.client_streaming = method.client_streaming();
  policy.server_streaming = method.server_streaming();
  return policy;
}

}  // namespace jobmesh::gateway::routes
