// All bytes of one connection, sent to a real server over loopback: requests, pipelines, WebSockets
// or nonsense. The server must answer with responses, end the connection, and take the next one.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "gateway/http/server.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;  // NOLINT(google-build-using-namespace)
using namespace gateway::http;

namespace {

// A connection that is not closed by then hangs.
constexpr int kPatienceMs = 5000;

class EchoSocket final : public WebSocketHandler {
 public:
  void OnOpen(std::shared_ptr<WebSocket> socket) override { socket_ = std::move(socket); }
  void OnMessage(std::string_view text) override { socket_->Send(std::string(text)); }
  void OnClose(std::uint16_t, std::string_view) override { socket_.reset(); }

 private:
  std::shared_ptr<WebSocket> socket_;
};

void Answer(const std::shared_ptr<Exchange>& exchange) {
  if (exchange->is_websocket_upgrade()) {
    exchange->AcceptWebSocket(std::make_unique<EchoSocket>());
  } else if (exchange->request.path() == "/stream") {
    exchange->StartStream(200, {});
    exchange->Write("piece", [](bool) {});
    exchange->Finish();
  } else {
    exchange->Respond(MakeResponse(200, "text/plain", exchange->request.body));
  }
}

std::uint16_t Port() {
  static Server* const server = [] {
    ServerOptions options;
    options.threads = 1;
    options.header_limit = 4096;
    options.body_limit = 4096;
    options.linger_timeout = std::chrono::milliseconds(1);
    auto* made = new Server(options, Answer);
    fuzz::Require(made->Start().ok(), "the server starts");
    return made;
  }();
  return server->port();
}

class Connection {
 public:
  Connection() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(Port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fuzz::Require(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0,
                  "the server takes a connection");
  }
  ~Connection() { ::close(fd_); }

  // Sends all of `bytes` and the end; answers all that comes back.
  std::string Talk(std::string_view bytes) {
    std::string answer;
    bool sending = true;
    while (true) {
      if (sending && bytes.empty()) {
        ::shutdown(fd_, SHUT_WR);
        sending = false;
      }
      pollfd event{fd_, static_cast<short>(POLLIN | (sending ? POLLOUT : 0)), 0};
      fuzz::Require(::poll(&event, 1, kPatienceMs) > 0, "the server ends the connection");
      if ((event.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        char buffer[4096];
        const ssize_t count = ::recv(fd_, buffer, sizeof(buffer), 0);
        if (count <= 0) return answer;
        answer.append(buffer, static_cast<std::size_t>(count));
      } else if ((event.revents & POLLOUT) != 0) {
        const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return answer;
        bytes.remove_prefix(static_cast<std::size_t>(count));
      }
    }
  }

 private:
  const int fd_;
};

}  // namespace

JOBMESH_FUZZ_TARGET(std::string_view input) {
  const std::string answer = Connection().Talk(input);
  fuzz::Require(answer.empty() || answer.starts_with("HTTP/1."), "what comes back is HTTP");
}
