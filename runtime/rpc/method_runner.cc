#include "runtime/rpc/method_runner.h"

#include <chrono>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "runtime/errors.h"
#include "runtime/rpc/metadata.h"
#include "runtime/rpc/status_conversion.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::runtime::rpc {
namespace {

constexpr char kBearer[] = "Bearer ";

const char* TypeName(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) {
    return method.server_streaming() ? "bidi_stream" : "client_stream";
  }
  return method.server_streaming() ? "server_stream" : "unary";
}

options::v1::Auth AuthOf(const google::protobuf::MethodDescriptor& method) {
  const options::v1::Auth auth = method.options().GetExtension(options::v1::auth);
  return auth == options::v1::AUTH_UNSPECIFIED ? options::v1::MESH : auth;
}

absl::Status Refused(std::string_view message) {
  return Error(absl::StatusCode::kUnauthenticated, ErrorReason::TOKEN_INVALID, message);
}

}  // namespace

MethodRunner::MethodRunner(ServerCore& core, const google::protobuf::MethodDescriptor& method)
    : core_(core),
      full_name_(method.full_name()),
      auth_(AuthOf(method)),
      metrics_(*core.metrics, telemetry::RpcMetrics::Side::kServer, TypeName(method),
               method.service()->full_name(), method.name()) {}

grpc::ServerUnaryReactor* MethodRunner::RunUnary(
    grpc::CallbackServerContext* context, std::function<absl::Status(const CallContext&)> handler) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const absl::Time start = absl::Now();
  metrics_.Started();
  metrics_.MessageReceived();
  const bool accepted =
      workers().Submit([this, context, reactor, start, handler = std::move(handler)] {
        telemetry::TraceContext trace;
        absl::StatusOr<CallContext> call = Begin(*context);
        absl::Status status = call.status();
        if (call.ok()) {
          trace = call->trace();
          telemetry::TraceScope scope(trace);
          status = Guard([&] { return handler(*call); });
          for (const auto& [name, value] : call->response_headers()) {
            context->AddInitialMetadata(name, value);
          }
          if (status.ok()) {
            metrics_.MessageSent();
          }
        }
        reactor->Finish(End(status, start, trace));
      });
  if (!accepted) {
    reactor->Finish(
        End(Error(absl::StatusCode::kResourceExhausted, ErrorReason::RATE_LIMITED,
                  "Too many calls are waiting; try again shortly", {{"retry_after_seconds", "1"}}),
            start, {}));
  }
  return reactor;
}

absl::StatusOr<CallContext> MethodRunner::Begin(const grpc::CallbackServerContext& context) {
  CallContext::Builder call;
  for (const auto& [name, value] : context.client_metadata()) {
    call.headers.emplace(std::string(name.data(), name.size()),
                         std::string(value.data(), value.size()));
  }
  // A deadline that gRPC does not know is the clock's maximum.
  if (context.deadline() < std::chrono::system_clock::now() + std::chrono::hours(24 * 365)) {
    call.deadline = absl::FromChrono(context.deadline());
  }
  call.peer = context.peer();
  auto header = [&](const char* name) {
    auto it = call.headers.find(name);
    return it == call.headers.end() ? std::string() : it->second;
  };
  call.request_id = header(kRequestIdHeader);
  std::optional<telemetry::TraceContext> parent =
      telemetry::TraceContext::Parse(header(kTraceparentHeader));
  call.trace = parent ? parent->Child() : telemetry::TraceContext::New();
  RETURN_IF_ERROR(Authenticate(call, &call.principal));
  if (call.deadline <= absl::Now()) {
    return absl::DeadlineExceededError("The deadline passed before the call was started");
  }
  return CallContext(std::move(call));
}

absl::Status MethodRunner::Authenticate(const CallContext::Builder& call,
                                        std::optional<auth::Principal>* principal) {
  auto header = [&](const char* name) -> std::string_view {
    auto it = call.headers.find(name);
    return it == call.headers.end() ? std::string_view() : std::string_view(it->second);
  };
  if (auth_ == options::v1::PUBLIC) {
    return absl::OkStatus();
  }
  if (auth_ == options::v1::MESH) {
    return core_.mesh_token.Check(header(kMeshTokenHeader))
               ? absl::OkStatus()
               : Refused(
                     "This call is for processes of the mesh; the mesh token is missing or wrong");
  }
  const std::string_view authorization = header(kAuthorizationHeader);
  if (!authorization.starts_with(kBearer)) {
    return Refused("Sign in first: no bearer token was sent");
  }
  if (core_.verifier == nullptr) {
    return absl::InternalError("the server cannot check tokens");
  }
  ASSIGN_OR_RETURN(*principal, core_.verifier->Verify(authorization.substr(sizeof(kBearer) - 1)));
  const bool allowed = auth_ == options::v1::USER ||
                       (auth_ == options::v1::ADMIN && (*principal)->IsAdmin()) ||
                       (auth_ == options::v1::DATA_ADMIN && (*principal)->IsDataAdmin());
  return allowed ? absl::OkStatus()
                 : Error(absl::StatusCode::kPermissionDenied, ErrorReason::NOT_PERMITTED,
                         "Your role does not allow this");
}

absl::Status MethodRunner::Guard(const std::function<absl::Status()>& work) {
  try {
    return work();
  } catch (const std::exception& exception) {
    // The text may hold data of the request or the database: for the log only.
    telemetry::LogError("handler_exception",
                        {{"rpc.method", full_name_}, {"error.message", exception.what()}});
    return absl::InternalError("An internal error occurred");
  }
}

grpc::Status MethodRunner::End(const absl::Status& status, absl::Time start,
                               const telemetry::TraceContext& trace) {
  const absl::Duration duration = absl::Now() - start;
  metrics_.Handled(static_cast<int>(status.code()), absl::ToDoubleSeconds(duration));
  const bool server_fault = status.code() == absl::StatusCode::kInternal ||
                            status.code() == absl::StatusCode::kUnknown ||
                            status.code() == absl::StatusCode::kDataLoss;
  const telemetry::LogLevel level =
      server_fault ? telemetry::LogLevel::kError : telemetry::LogLevel::kDebug;
  if (telemetry::LogEnabled(level)) {
    telemetry::TraceScope scope(trace);
    telemetry::Log(level, "rpc",
                   {{"rpc.method", full_name_},
                    {"rpc.grpc.status", telemetry::CodeName(static_cast<int>(status.code()))},
                    {"event.duration", absl::ToInt64Nanoseconds(duration)},
                    {"error.message", std::string(status.message())}});
  }
  return ToGrpc(status, core_.domain);
}

}  // namespace jobmesh::runtime::rpc
