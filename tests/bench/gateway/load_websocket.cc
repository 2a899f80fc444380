#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"

#include "tests/bench/gateway/board.grpc.pb.h"
#include "tests/bench/gateway/load_report.h"

namespace jobmesh::bench {
namespace {

constexpr std::int64_t kMostSeconds = 30;

// An open WebSocket on `port`, or -1.
int Open(int port, const std::string& path) {
  const int fd = Connect(port, false);
  const std::string request =
      absl::StrCat("GET ", path,
                   " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                   "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  std::string answer;
  std::array<char, 1024> piece;
  if (fd < 0 || send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return -1;
  }
  while (!absl::StrContains(answer, "\r\n\r\n")) {
    const ssize_t size = recv(fd, piece.data(), piece.size(), 0);
    if (size <= 0) {
      close(fd);
      return -1;
    }
    answer.append(piece.data(), static_cast<std::size_t>(size));
  }
  if (!absl::StartsWith(answer, "HTTP/1.1 101")) {
    close(fd);
    return -1;
  }
  return fd;
}

bool Announce(const std::string& backend, const std::string& mesh_token) {
  const auto stub =
      v1::Board::NewStub(grpc::CreateChannel(backend, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.AddMetadata("x-jobmesh-mesh-token", mesh_token);
  v1::ListPostingsResponse response;
  return stub->Announce(&context, v1::ListPostingsRequest(), &response).ok();
}

}  // namespace

// Opens the connections, says so, waits for a line on standard input, has one message sent to all
// of them, and tells when the last one had it.
int LoadWebSocket(int port, const std::string& path, int connections, const std::string& backend,
                  const std::string& mesh_token) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  int open = 0;
  for (int i = 0; i < connections; ++i) {
    const int fd = Open(port, path);
    if (fd >= 0) {
      epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = fd}};
      epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
      ++open;
    }
  }
  std::printf("{\"open\":%d}\n", open);
  std::fflush(stdout);
  std::getchar();
  const std::int64_t begin = NowNanoseconds();
  if (!Announce(backend, mesh_token)) {
    return 1;
  }
  Report report;
  std::array<epoll_event, 512> events;
  std::array<char, 4096> frame;
  while (report.count() < static_cast<std::size_t>(open) &&
         NowNanoseconds() - begin < kMostSeconds * 1'000'000'000) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      // Text frames of the server begin with 0x81 (RFC 6455 section 5.2); pings do not count.
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (recv(fd, frame.data(), frame.size(), MSG_DONTWAIT) > 0 &&
          static_cast<unsigned char>(frame[0]) == 0x81) {
        report.Latency(NowNanoseconds() - begin);
      }
    }
  }
  const double seconds = static_cast<double>(NowNanoseconds() - begin) / 1e9;
  report.Print(seconds, absl::StrCat(",\"open\":", open, ",\"all_seconds\":", seconds));
  return 0;
}

}  // namespace jobmesh::bench
