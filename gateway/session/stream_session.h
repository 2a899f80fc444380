#pragma once

#include <memory>
#include <string>

#include "gateway/session/routed_request.h"
#include "runtime/rpc/client.h"

namespace jobmesh::gateway::session {

// Answers a request with the messages of a server stream, in the form the client accepts
// (StreamForm), or, of rpcs that answer google.api.HttpBody, as the bytes themselves.
//
// An error before the first message is an answer of its own, with its status; one after it is the
// last record of the form, while raw bytes end in a cut connection. At most kWindow bytes wait for
// a slow client; until they have left, nothing more is read from the service. The call ends with
// the client. Streams of events begin, after a second without a word, with a comment, and go on
// with one every 15 s; they end at once when the gateway drains, others shortly before its
// deadline. Does not block.
void StartStream(std::shared_ptr<RoutedRequest> routed, std::string message,
                 const runtime::rpc::CallOptions& options);

}  // namespace jobmesh::gateway::session
