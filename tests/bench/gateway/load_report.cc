#include "tests/bench/gateway/load_report.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace jobmesh::bench {

void Report::Print(double seconds, const std::string& more) {
  std::printf("{\"requests\":%zu,\"per_second\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f%s}\n", count(),
              static_cast<double>(count()) / seconds, Percentile(0.5), Percentile(0.99),
              more.c_str());
}

double Report::Percentile(double share) {
  if (latencies_.empty()) {
    return 0;
  }
  const auto nth =
      latencies_.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(count() - 1));
  std::nth_element(latencies_.begin(), nth, latencies_.end());
  return *nth / 10.0;
}

std::int64_t NowNanoseconds() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

int Connect(int port, bool non_blocking) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    if (fd >= 0) {
      close(fd);
    }
    return -1;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (non_blocking) {
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  }
  return fd;
}

}  // namespace jobmesh::bench
