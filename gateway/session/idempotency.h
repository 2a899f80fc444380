#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "gateway/http/message.h"
#include "gateway/routes/route.h"
#include "runtime/rpc/client.h"

namespace jobmesh::gateway::session {

// The key of an Idempotency-Key field: a structured string (`"8e03…"`, RFC 8941 §3.3.3) or the bare
// text, 1 to 255 printable ASCII characters. INVALID_ARGUMENT otherwise.
absl::StatusOr<std::string> ParseIdempotencyKey(std::string_view field);

// What makes two requests the same: SHA-256 of rpc and request bytes.
std::string RequestHash(const routes::Route& route, std::string_view wire);

// A request that is to have its effect once.
struct IdempotentRequest {
  std::string caller;  // keys of different callers are different keys
  std::string key;
  std::string request_hash;
  // After which the request counts as lost, with the process that made it.
  absl::Duration lock;
};

// The right to carry out a request.
struct IdempotencyLock {
  std::string caller;
  std::string key;
  std::string token;
};

// What Begin came to: exactly one of the members says it.
struct IdempotencyBegun {
  std::optional<IdempotencyLock> lock;   // carry it out, then call End
  std::optional<http::Response> replay;  // it was carried out: answer with this
  absl::Status status;                   // ABORTED while it runs, INVALID_ARGUMENT, UNAVAILABLE
  bool is_misuse = false;                // the key came with another request before: 422
};

// Carries out requests with an Idempotency-Key once, whichever gateway they come to. The keys are
// rows of the user-service (jobmesh.idempotency.v1), so that they outlive any process here.
//
// Stored and replayed for 24 hours are answers that tell what became of the request: every success,
// and refusals such as 404 and 409. Not stored are those after which the same request may succeed
// (400, 401, 403, 408, 422, 429 and 5xx), those that sign somebody in (Set-Cookie), and bodies
// above 256 KiB. Thread-safe.
class Idempotency {
 public:
  // `keeper`: client of the service that has the rows; must outlive this.
  explicit Idempotency(runtime::rpc::Client& keeper) : keeper_(keeper) {}

  // `done` may run on a thread of gRPC.
  void Begin(IdempotentRequest request, std::function<void(IdempotencyBegun)> done);
  // Stores the response, or frees the key where it is not to be stored; then calls `done` with it.
  // When the user-service cannot be reached the response goes out all the same: the key then frees
  // itself after the lock's time.
  void End(IdempotencyLock lock, http::Response response, std::function<void(http::Response)> done);

 private:
  runtime::rpc::Client& keeper_;
};

}  // namespace jobmesh::gateway::session
