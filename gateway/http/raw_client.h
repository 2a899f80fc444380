#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/http/headers.h"

// Test support: a client that sends exactly the bytes it is told.
namespace jobmesh::gateway::http::testing {

inline constexpr std::chrono::seconds kPatience{10};

struct RawResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

class RawClient {
 public:
  // `receive_buffer`: bytes of the kernel's receive buffer, 0 for its default.
  explicit RawClient(std::uint16_t port, int receive_buffer = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      Close();
    }
  }
  RawClient(RawClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), input_(std::move(other.input_)) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { Close(); }

  bool connected() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // False when the server has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void FinishSending() { ::shutdown(fd_, SHUT_WR); }

  void Close() {
    if (fd_ >= 0) {
      ::close(fd_);
      fd_ = -1;
    }
  }

  // The next `size` bytes; nothing when the server closes or patience ends before.
  std::optional<std::string> Read(std::size_t size) {
    while (input_.size() < size) {
      if (!Fill()) {
        return std::nullopt;
      }
    }
    std::string bytes = input_.substr(0, size);
    input_.erase(0, size);
    return bytes;
  }

  // Everything up to and including `end`.
  std::optional<std::string> ReadThrough(std::string_view end) {
    std::size_t position = 0;
    while ((position = input_.find(end)) == std::string::npos) {
      if (!Fill()) {
        return std::nullopt;
      }
    }
    return Read(position + end.size());
  }

  // True when the server closes in an orderly way (no reset); what it sends before is in rest().
  bool ReadToEnd() {
    while (Fill()) {
    }
    return ended_;
  }
  const std::string& rest() const { return input_; }

  // The next response, its body by Content-Length or chunks. `to_head`: a response to HEAD.
  std::optional<RawResponse> ReadResponse(bool to_head = false) {
    const auto head = ReadThrough("\r\n\r\n");
    if (!head) {
      return std::nullopt;
    }
    RawResponse response;
    response.status = std::atoi(head->c_str() + sizeof("HTTP/1.1"));
    std::string_view lines(*head);
    lines.remove_prefix(lines.find("\r\n") + 2);
    while (lines != "\r\n") {
      const std::string_view line = lines.substr(0, lines.find("\r\n"));
      const auto colon = line.find(": ");
      response.headers.Add(line.substr(0, colon), line.substr(colon + 2));
      lines.remove_prefix(line.size() + 2);
    }
    if (to_head) {
      return response;
    }
    if (const auto length = response.headers.Find("Content-Length")) {
      auto body = Read(std::stoul(std::string(*length)));
      if (!body) {
        return std::nullopt;
      }
      response.body = std::move(*body);
    } else if (response.headers.Find("Transfer-Encoding")) {
      if (!ReadChunks(response.body)) {
        return std::nullopt;
      }
    }
    return response;
  }

 private:
  bool ReadChunks(std::string& body) {
    for (;;) {
      const auto line = ReadThrough("\r\n");
      if (!line) {
        return false;
      }
      const std::size_t size = std::stoul(*line, nullptr, 16);
      const auto chunk = Read(size + 2);
      if (!chunk) {
        return false;
      }
      if (size == 0) {
        return true;
      }
      body.append(*chunk, 0, size);
    }
  }

  bool Fill() {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) <= 0) {
      return false;
    }
    char bytes[16 * 1024];
    const ssize_t size = ::recv(fd_, bytes, sizeof(bytes), 0);
    if (size <= 0) {
      ended_ = size == 0;
      return false;
    }
    input_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

  int fd_ = -1;
  std::string input_;
  bool ended_ = false;
};

// A value changed by one thread and awaited by another.
template <class T>
class Awaited {
 public:
  void Change(const std::function<void(T&)>& change) {
    const std::lock_guard lock(mutex_);
    change(value_);
    changed_.notify_all();
  }
  // False when `condition` does not become true in time.
  bool Wait(const std::function<bool(const T&)>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return condition(value_); });
  }
  T Get() {
    const std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  T value_{};
};

}  // namespace jobmesh::gateway::http::testing
