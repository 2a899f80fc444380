#include "gateway/session/front_door.h"

#include <algorithm>

#include "absl/time/clock.h"

#include "gateway/session/error_response.h"
#include "runtime/rpc/event_loop.h"
#include "runtime/telemetry/trace.h"

namespace jobmesh::gateway::session {
namespace {

http::ServerOptions WithHooks(http::ServerOptions options) {
  options.error_response = [](int status, std::string_view detail) {
    http::Response response = EdgeError(status, detail);
    // The request was never read to the end, so its own id is not known.
    response.headers.Set("X-Request-ID", runtime::telemetry::RandomHex(16));
    return response;
  };
  // Calls to services go out and come back on the thread of their request.
  options.on_loop_start = runtime::rpc::EventLoop::Adopt;
  options.on_loop_end = runtime::rpc::EventLoop::Abandon;
  return options;
}

}  // namespace

http::ServerOptions LoadServerOptions(runtime::config::ConfigReader& reader) {
  http::ServerOptions options;
  options.address =
      reader.String("JOBMESH_HTTP_ADDRESS", "127.0.0.1", "IP address the gateway listens on");
  options.port = static_cast<uint16_t>(
      reader.Int("JOBMESH_HTTP_PORT", 8080, 0, 65535, "public port of the gateway; 0 = free port"));
  options.threads = static_cast<int>(
      reader.Int("JOBMESH_HTTP_THREADS", 0, 0, 1024, "threads of the HTTP front; 0 = one a core"));
  options.body_limit =
      static_cast<size_t>(reader.Int("JOBMESH_HTTP_BODY_LIMIT_BYTES", 1 << 20, 1024, 1 << 30,
                                     "longest request body, beyond which 413"));
  options.tls_certificate_file = reader.String("JOBMESH_TLS_CERT_FILE", "",
                                               "PEM certificate chain; with the key: serve HTTPS");
  options.tls_key_file = reader.String("JOBMESH_TLS_KEY_FILE", "", "PEM private key");
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    reader.AddProblem("JOBMESH_TLS_CERT_FILE", "and JOBMESH_TLS_KEY_FILE belong together");
  }
  return options;
}

FrontDoor::FrontDoor(http::ServerOptions options, Gateway& gateway)
    : gateway_(gateway),
      server_(WithHooks(std::move(options)), [&gateway](std::shared_ptr<http::Exchange> exchange) {
        gateway.Handle(std::move(exchange));
      }) {}

void FrontDoor::Drain(absl::Time deadline) {
  gateway_.BeginDrain(deadline);
  const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
  server_.Drain(std::chrono::milliseconds(absl::ToInt64Milliseconds(left)));
}

}  // namespace jobmesh::gateway::session
