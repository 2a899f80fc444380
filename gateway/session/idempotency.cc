#include "gateway/session/idempotency.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "jobmesh/idempotency/v1/idempotency.pb.h"
#include "runtime/errors.h"
#include "runtime/sha256.h"
#include "runtime/strings.h"
#include "runtime/telemetry/log.h"
#include "runtime/telemetry/trace.h"

namespace jobmesh::gateway::session {
namespace {

namespace v1 = idempotency::v1;

constexpr size_t kLongestKey = 255;
constexpr size_t kLargestStored = 256 * 1024;
constexpr absl::Duration kTimeout = absl::Seconds(5);
constexpr char kService[] = "jobmesh.idempotency.v1.IdempotencyService/";

runtime::rpc::CallOptions Options() {
  // Every call names its lock, so that a repeated one finds its own work done.
  return {.timeout = kTimeout, .idempotent = true, .as_mesh = true};
}

absl::Status BadKey(std::string_view problem) {
  return runtime::InvalidField("Idempotency-Key", problem);
}

bool IsStored(const http::Response& response) {
  static constexpr std::array kMayStillSucceed = {400, 401, 403, 408, 422, 429, 499};
  return response.status < 500 &&
         std::ranges::find(kMayStillSucceed, response.status) == kMayStillSucceed.end() &&
         !response.headers.Find("set-cookie") && response.content().size() <= kLargestStored;
}

http::Response ReplayOf(const v1::StoredResponse& stored) {
  http::Response response;
  response.status = stored.status();
  for (const v1::StoredResponse::Header& header : stored.headers()) {
    response.headers.Add(header.name(), header.value());
  }
  response.headers.Add("Idempotency-Replayed", "true");
  response.body = stored.body();
  return response;
}

IdempotencyBegun ToBegun(const IdempotentRequest& request, const std::string& token,
                         const runtime::rpc::RawResult& result) {
  IdempotencyBegun begun;
  v1::BeginResponse response;
  if (!result.status.ok()) {
    // Without its key the request could have its effect twice.
    begun.status = absl::UnavailableError("Idempotency keys cannot be checked now; try again");
    return begun;
  }
  if (!response.ParseFromString(result.body)) {
    begun.status = absl::InternalError("the idempotency key's answer cannot be read");
    return begun;
  }
  switch (response.outcome()) {
    case v1::BeginResponse::LOCKED:
      begun.lock = IdempotencyLock{request.caller, request.key, token};
      break;
    case v1::BeginResponse::DONE:
      begun.replay = ReplayOf(response.response());
      break;
    case v1::BeginResponse::OTHER_REQUEST:
      begun.is_misuse = true;
      begun.status = BadKey("was used with another request");
      break;
    default:
      begun.status = runtime::Error(
          absl::StatusCode::kAborted, runtime::ErrorReason::ALREADY_RUNNING,
          "A request with this Idempotency-Key is being worked on",
          {{"retry_after_seconds", std::to_string(std::max(response.retry_after_seconds(), 1))}});
  }
  return begun;
}

}  // namespace

absl::StatusOr<std::string> ParseIdempotencyKey(std::string_view field) {
  std::string key;
  if (!field.empty() && field.front() == '"') {
    size_t i = 1;
    for (; i < field.size() && field[i] != '"'; ++i) {
      if (field[i] == '\\' && ++i == field.size()) {
        break;
      }
      key += field[i];
    }
    if (i + 1 != field.size()) {
      return BadKey("is not a well-formed quoted string");
    }
  } else {
    key = field;
  }
  if (key.empty() || key.size() > kLongestKey ||
      !std::ranges::all_of(key, [](char c) { return c >= 0x20 && c < 0x7f; })) {
    return BadKey("must have 1 to 255 printable ASCII characters");
  }
  return key;
}

std::string RequestHash(const routes::Route& route, std::string_view wire) {
  return runtime::Sha256(absl::StrCat(route.rpc, "\n", runtime::Av(wire)));
}

void Idempotency::Begin(IdempotentRequest request, std::function<void(IdempotencyBegun)> done) {
  const std::string token = runtime::telemetry::RandomHex(16);
  v1::BeginRequest begin;
  begin.set_caller(request.caller);
  begin.set_key(request.key);
  begin.set_request_hash(request.request_hash);
  begin.set_lock_token(token);
  begin.set_lock_seconds(static_cast<int>(absl::ToInt64Seconds(request.lock)));
  keeper_.CallRaw(
      absl::StrCat(kService, "Begin"), begin.SerializeAsString(), Options(),
      [request = std::move(request), token, done = std::move(done)](
          const runtime::rpc::RawResult& result) { done(ToBegun(request, token, result)); });
}

void Idempotency::End(IdempotencyLock lock, http::Response response,
                      std::function<void(http::Response)> done) {
  v1::EndRequest end;
  end.set_caller(std::move(lock.caller));
  end.set_key(std::move(lock.key));
  end.set_lock_token(std::move(lock.token));
  if (IsStored(response)) {
    v1::StoredResponse& stored = *end.mutable_response();
    stored.set_status(response.status);
    for (const http::Headers::Field field : response.headers) {
      v1::StoredResponse::Header& header = *stored.add_headers();
      header.set_name(std::string(field.name));
      header.set_value(std::string(field.value));
    }
    stored.set_body(response.content());
  }
  auto kept = std::make_shared<http::Response>(std::move(response));
  keeper_.CallRaw(absl::StrCat(kService, "End"), end.SerializeAsString(), Options(),
                  [kept, done = std::move(done)](const runtime::rpc::RawResult& result) {
                    if (!result.status.ok()) {
                      runtime::telemetry::LogWarn("idempotent_response_not_stored",
                                                  {{"error", result.status.ToString()}});
                    }
                    done(std::move(*kept));
                  });
}

}  // namespace jobmesh::gateway::session
