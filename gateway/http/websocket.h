#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace jobmesh::gateway::http {

// Close codes of RFC 6455 §7.4.1 and the private one of this project.
inline constexpr std::uint16_t kCloseNormal = 1000;
inline constexpr std::uint16_t kCloseGoingAway = 1001;
inline constexpr std::uint16_t kCloseUnsupported = 1003;
inline constexpr std::uint16_t kCloseNoStatus = 1005;  // never on the wire: the peer gave none
inline constexpr std::uint16_t kCloseAbnormal = 1006;  // never on the wire: the peer vanished
inline constexpr std::uint16_t kClosePolicy = 1008;
inline constexpr std::uint16_t kCloseTooBig = 1009;
inline constexpr std::uint16_t kCloseTryAgainLater = 1013;
inline constexpr std::uint16_t kCloseUnauthenticated = 4401;

// The server's end of one open WebSocket. Every method may be called from any thread, at any time,
// also after the connection has gone.
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  // Queues a text message (valid UTF-8). False when the connection is closing or when its queue has
  // passed ServerOptions::websocket_queue_limit: such a slow consumer loses what is queued and is
  // closed with 1013.
  virtual bool Send(std::shared_ptr<const std::string> text) = 0;
  bool Send(std::string text) { return Send(std::make_shared<const std::string>(std::move(text))); }

  // Sends what is queued, then a close frame. `reason` is at most 123 bytes; longer ones are cut.
  virtual void Close(std::uint16_t code, std::string_view reason) = 0;

  // Bytes queued and not yet handed to the kernel.
  virtual std::size_t queued_bytes() const = 0;
};

// What the application does with one WebSocket. Called on the connection's I/O thread, one call at
// a time; must not block. Destroyed after OnClose, or without any call when the handshake fails.
class WebSocketHandler {
 public:
  virtual ~WebSocketHandler() = default;

  virtual void OnOpen(std::shared_ptr<WebSocket> socket) = 0;
  virtual void OnMessage(std::string_view text) = 0;
  // Last call. `code` is the peer's close code, 1005 when it gave none, 1006 when it vanished.
  virtual void OnClose(std::uint16_t code, std::string_view reason) = 0;
};

}  // namespace jobmesh::gateway::http
