#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gateway/http/message.h"
#include "gateway/http/websocket.h"

namespace jobmesh::gateway::http {

// One request and the way to answer it. The handler keeps the shared_ptr as long as it works on the
// answer and ends it in exactly one way: Respond, StartStream … Finish, or AcceptWebSocket. Later
// calls are ignored. Dropped unanswered, it answers 500; dropped in mid-stream, it cuts the
// connection, so that the client cannot mistake the part for the whole.
//
// All methods may be called from any thread. `request` belongs to whoever holds the exchange; the
// server does not touch it after the handler was called.
class Exchange {
 public:
  // Told whether the data reached the kernel; false when the connection is gone.
  using WriteDone = std::function<void(bool ok)>;

  virtual ~Exchange() = default;

  Request request;

  // True when the request asks for a WebSocket, which AcceptWebSocket grants.
  bool is_websocket_upgrade() const { return is_websocket_upgrade_; }

  virtual void Respond(Response response) = 0;

  // Calls `callback` once, on an I/O thread, when the client goes away before the answer is
  // complete; at once when it has gone already. Forgotten after the answer.
  virtual void OnCancel(std::function<void()> callback) = 0;
  virtual bool is_cancelled() const = 0;

  // Begins an answer of unknown length: chunked in HTTP/1.1, ended by closing in HTTP/1.0.
  virtual void StartStream(int status, Headers headers) = 0;
  // Appends to the stream. Back-pressure: write the next piece after `done` (called on the I/O
  // thread) of one before.
  virtual void Write(std::string data, WriteDone done) = 0;
  // Ends the stream. Trailer fields (RFC 9110 §6.5) are sent only in chunked answers, so only
  // clients that asked for them (`TE: trailers`) should get any.
  virtual void Finish(Headers trailers) = 0;
  void Finish() { Finish(Headers()); }

  // Completes the WebSocket handshake; `handler` takes over the connection.
  virtual void AcceptWebSocket(std::unique_ptr<WebSocketHandler> handler) = 0;

 protected:
  bool is_websocket_upgrade_ = false;
};

// Called on an I/O thread for every complete request; must not block. Runs concurrently for
// different connections.
using Handler = std::function<void(std::shared_ptr<Exchange>)>;

}  // namespace jobmesh::gateway::http
