#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "absl/strings/str_cat.h"

#include "tests/bench/gateway/load_report.h"

namespace jobmesh::bench {
namespace {

// One keep-alive connection: its next request goes out when its answer is in.
struct Connection {
  int fd = -1;
  std::string received;
  std::size_t expected = 0;  // whole answer; 0 while its head is incomplete
  std::int64_t sent_at = 0;
  std::uint64_t answers = 0;
};

// Size of the answer whose head is in `text`; 0 when the head is incomplete, -1 when it is none of
// 200 with a length.
long AnswerSize(const std::string& text) {
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string::npos) {
    return 0;
  }
  const std::size_t length = text.find("Content-Length: ");
  if (!text.starts_with("HTTP/1.1 200") || length > head) {
    return -1;
  }
  return static_cast<long>(head) + 4 + std::atol(text.c_str() + length + 16);
}

class Load {
 public:
  Load(int port, const std::string& path, int connections)
      : request_(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        connections_(static_cast<std::size_t>(connections)) {
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].fd = Connect(port, true);
      if (connections_[i].fd < 0) {
        ++errors_;
        continue;
      }
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].fd, &event);
    }
  }
  ~Load() {
    for (Connection& connection : connections_) {
      Drop(connection);
    }
    close(epoll_);
  }

  void Run(double seconds) {
    const std::int64_t begin = NowNanoseconds();
    const std::int64_t end = begin + static_cast<std::int64_t>(seconds * 1e9);
    for (Connection& connection : connections_) {
      Send(connection, NowNanoseconds());
    }
    std::array<epoll_event, 512> events;
    for (std::int64_t now = begin; now < end; now = NowNanoseconds()) {
      const int count =
          epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 50 /* ms */);
      for (int i = 0; i < count; ++i) {
        Receive(connections_[events[static_cast<std::size_t>(i)].data.u64]);
      }
    }
    const auto starved = std::count_if(connections_.begin(), connections_.end(),
                                       [](const Connection& c) { return c.answers == 0; });
    const auto [least, most] =
        std::minmax_element(connections_.begin(), connections_.end(),
                            [](const auto& a, const auto& b) { return a.answers < b.answers; });
    report_.Print(seconds, absl::StrCat(",\"errors\":", errors_, ",\"starved\":", starved,
                                        ",\"least_of_a_connection\":", least->answers,
                                        ",\"most_of_a_connection\":", most->answers));
  }

 private:
  void Send(Connection& connection, std::int64_t now) {
    if (connection.fd < 0) {
      return;
    }
    connection.received.clear();
    connection.expected = 0;
    connection.sent_at = now;
    // A request fits into any socket's buffer.
    if (send(connection.fd, request_.data(), request_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request_.size())) {
      Fail(connection);
    }
  }

  void Receive(Connection& connection) {
    if (connection.fd < 0) {
      return;
    }
    std::array<char, 16 * 1024> piece;
    const ssize_t size = recv(connection.fd, piece.data(), piece.size(), 0);
    if (size <= 0) {
      if (size == 0 || errno != EAGAIN) {
        Fail(connection);
      }
      return;
    }
    connection.received.append(piece.data(), static_cast<std::size_t>(size));
    if (connection.expected == 0) {
      const long expected = AnswerSize(connection.received);
      if (expected < 0) {
        Fail(connection);
        return;
      }
      connection.expected = static_cast<std::size_t>(expected);
    }
    if (connection.expected > 0 && connection.received.size() >= connection.expected) {
      const std::int64_t now = NowNanoseconds();
      report_.Latency(now - connection.sent_at);
      ++connection.answers;
      Send(connection, now);
    }
  }

  void Fail(Connection& connection) {
    ++errors_;
    Drop(connection);
  }
  static void Drop(Connection& connection) {
    if (connection.fd >= 0) {
      close(connection.fd);
      connection.fd = -1;
    }
  }

  const std::string request_;
  const int epoll_;
  std::vector<Connection> connections_;
  Report report_;
  std::uint64_t errors_ = 0;
};

}  // namespace

int LoadHttp(int port, const std::string& path, int connections, double seconds) {
  Load(port, path, connections).Run(seconds);
  return 0;
}

}  // namespace jobmesh::bench
