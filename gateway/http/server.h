#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <absl/status/status.h>

#include "gateway/http/exchange.h"

namespace boost::asio {
class io_context;
}

namespace jobmesh::gateway::http {

struct ServerOptions {
  // Numeric IPv4 or IPv6 address; "::" takes both.
  std::string address = "127.0.0.1";
  // 0: the kernel's choice, see Server::port().
  std::uint16_t port = 0;
  // I/O threads; 0: one a core.
  int threads = 0;
  // PEM files; both or none. With them the server speaks only TLS (1.2 and 1.3).
  std::string tls_certificate_file;
  std::string tls_key_file;

  // Request line and header fields together, beyond which 431.
  std::size_t header_limit = 60 * 1024;
  // Header fields, beyond which 431: looking one up takes time by their number.
  std::size_t max_fields = 200;
  // Request-target, beyond which 414.
  std::size_t target_limit = 16 * 1024;
  // Body, beyond which 413: by Content-Length before any of it is read, chunked while reading.
  std::size_t body_limit = 1024 * 1024;
  // Open connections, WebSockets included, beyond which a new one gets 503 and is closed.
  int max_connections = 20'000;
  // Requests of one connection in work at a time; more wait in the kernel's buffer.
  int max_pipelined = 32;

  // First byte of a request to its last header byte, and accept to first byte.
  std::chrono::milliseconds header_timeout{10'000};
  // End of header to end of body.
  std::chrono::milliseconds body_timeout{30'000};
  // Between requests.
  std::chrono::milliseconds idle_timeout{75'000};
  // Longest stand-still of a response, stream piece or WebSocket message the peer does not read.
  std::chrono::milliseconds write_timeout{30'000};
  // How long a closed connection goes on discarding input, so that the client gets to read the
  // response that closed it.
  std::chrono::milliseconds linger_timeout{2'000};

  // A WebSocket silent that long is pinged, and dropped when nothing comes back within the pong
  // timeout.
  std::chrono::milliseconds websocket_ping_interval{30'000};
  std::chrono::milliseconds websocket_pong_timeout{10'000};
  // From our close frame to the peer's.
  std::chrono::milliseconds websocket_close_timeout{5'000};
  // Message from a client, beyond which 1009.
  std::size_t websocket_message_limit = 64 * 1024;
  // Bytes waiting for a slow consumer, beyond which 1013.
  std::size_t websocket_queue_limit = 256 * 1024;

  // Builds the answer to what never reaches the handler (malformed, too large, too slow).
  // Called on any I/O thread.
  std::function<Response(int status, std::string_view detail)> error_response = MakeProblem;

  // Called on each I/O thread: before its loop runs, with the loop and what keeps it alive, so that
  // other connections can live on it; and when it ends, to end them.
  std::function<void(boost::asio::io_context& io, std::shared_ptr<void> owner)> on_loop_start;
  std::function<void()> on_loop_end;
};

// Totals since Start, and gauges. Each value is exact; together they are no snapshot.
struct ServerCounters {
  std::int64_t connections = 0;  // open, WebSockets included
  std::int64_t websockets = 0;   // open
  std::int64_t in_flight = 0;    // requests handed to the handler and not answered
  std::uint64_t accepted_total = 0;
  std::uint64_t refused_total = 0;  // beyond max_connections
  std::uint64_t requests_total = 0;
  std::uint64_t rejected_total = 0;  // malformed, too large, too slow
};

// HTTP/1.1 server: keep-alive, pipelining, chunked bodies both ways, WebSocket, TLS by option. One
// event loop a thread; a connection stays on the loop that got it. Start, Drain and Stop are called
// from one thread that is none of the server's; port() and counters() from any.
class Server {
 public:
  Server(ServerOptions options, Handler handler);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  // Stops.
  ~Server();

  // Binds and begins to serve. INVALID_ARGUMENT for a bad address or certificate, UNAVAILABLE when
  // the port is taken.
  absl::Status Start();

  // The bound port; 0 before Start.
  std::uint16_t port() const;

  // Accepts no more, closes idle connections and WebSockets (1001), lets requests in work finish
  // with `Connection: close`. True when every connection ended within `timeout`.
  bool Drain(std::chrono::milliseconds timeout);

  // Cuts every connection and joins the threads. Exchanges still held stay safe to use, and lead
  // nowhere.
  void Stop();

  ServerCounters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jobmesh::gateway::http
