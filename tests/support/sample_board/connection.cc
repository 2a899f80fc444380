#include "tests/support/sample_board/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace jobmesh::testing {
namespace {

// Descriptors are numbered from the lowest free one, so a server of some hundred connections has
// none above.
constexpr int kHighestDescriptor = 4096;

int Port(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof(v4));
    return ntohs(v4.sin_port);
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof(v6));
    return ntohs(v6.sin6_port);
  }
  return -1;
}

using NameFunction = int(int, sockaddr*, socklen_t*);

int PortBy(NameFunction* name, int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (name(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return -1;
  return Port(address);
}

int EndOfDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kHighestDescriptor;
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, kHighestDescriptor));
}

}  // namespace

int ConnectionOf(const httplib::Request& request) {
  const int end = EndOfDescriptors();
  for (int descriptor = 0; descriptor < end; ++descriptor) {
    if (PortBy(getpeername, descriptor) == request.remote_port &&
        PortBy(getsockname, descriptor) == request.local_port) {
      return descriptor;
    }
  }
  return -1;
}

bool ClosedByPeer(int connection) {
  char byte;
  ssize_t got = recv(connection, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

void EndReading(int local_port) {
  const int end = EndOfDescriptors();
  for (int descriptor = 0; descriptor < end; ++descriptor) {
    if (PortBy(getsockname, descriptor) == local_port && PortBy(getpeername, descriptor) > 0) {
      shutdown(descriptor, SHUT_RD);
    }
  }
}

void ResetConnection(int connection) {
  // Dissolving the association is how Linux aborts a connection without closing the descriptor
  // (tcp(7)).
  sockaddr none{};
  none.sa_family = AF_UNSPEC;
  // What cannot be dissolved is gone already.
  static_cast<void>(connect(connection, &none, sizeof(none)));
}

}  // namespace jobmesh::testing
