#include "gateway/session/client_stream.h"

#include <memory>
#include <utility>

#include "runtime/rpc/raw_stream.h"

namespace jobmesh::gateway::session {

using runtime::rpc::Metadata;
using runtime::rpc::RawResult;

runtime::rpc::CancelCall CallClientStream(runtime::rpc::Client& client, std::string_view method,
                                          std::vector<std::string> messages,
                                          const runtime::rpc::CallOptions& options,
                                          std::function<void(RawResult)> done) {
  // Filled by callbacks that run one at a time.
  auto result = std::make_shared<RawResult>();
  runtime::rpc::RawStreamEvents events;
  events.on_headers = [result](Metadata headers) { result->headers = std::move(headers); };
  events.on_message = [result](std::string message) { result->body = std::move(message); };
  events.on_trailers = [result](Metadata trailers) { result->trailers = std::move(trailers); };
  events.on_closed = [result, done = std::move(done)](const absl::Status& status) {
    result->status = status;
    done(std::move(*result));
  };
  std::shared_ptr<runtime::rpc::RawStream> stream =
      client.OpenStream(method, options, std::move(events));
  if (stream == nullptr) {
    return [] {};  // `done` has been told why
  }
  for (std::string& message : messages) {
    stream->Send(std::move(message));
  }
  stream->HalfClose();
  return [stream] { stream->Cancel(); };
}

}  // namespace jobmesh::gateway::session
