#include "gateway/session/idempotent_call.h"

#include <utility>

#include "gateway/session/error_response.h"

namespace jobmesh::gateway::session {
namespace {

// Beyond the deadline of the call, the time in which its answer is stored.
constexpr absl::Duration kLockSlack = absl::Seconds(10);
constexpr int kUnprocessable = 422;

}  // namespace

void CallOnce(std::shared_ptr<RoutedRequest> routed, std::string wire,
              std::function<void(std::string wire)> call) {
  absl::StatusOr<std::string> key =
      ParseIdempotencyKey(routed->request().headers.Find("idempotency-key").value_or(""));
  if (!key.ok()) {
    routed->Fail(key.status());
    return;
  }
  IdempotentRequest request{.caller = routed->ClientName(),
                            .key = *std::move(key),
                            .request_hash = RequestHash(routed->route(), wire),
                            .lock = absl::FromChrono(routed->policy().deadline) + kLockSlack};
  routed->gateway().idempotency().Begin(
      std::move(request),
      [routed, wire = std::move(wire), call = std::move(call)](IdempotencyBegun begun) mutable {
        if (begun.replay) {
          routed->Answer(*std::move(begun.replay));
        } else if (begun.lock) {
          routed->set_lock(*std::move(begun.lock));
          call(std::move(wire));
        } else {
          const routes::MethodPolicy& policy = routed->policy();
          routed->Answer(ErrorResponse(begun.status, policy.error_style,
                                       begun.is_misuse ? kUnprocessable : policy.invalid_status));
        }
      });
}

}  // namespace jobmesh::gateway::session
