#include "runtime/http/own_address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <memory>

namespace jobmesh::runtime::http {

std::string OwnAddress() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) {
    return "127.0.0.1";
  }
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(first, freeifaddrs);
  for (const ifaddrs* interface = first; interface != nullptr; interface = interface->ifa_next) {
    const bool usable =
        (interface->ifa_flags & IFF_UP) != 0 && (interface->ifa_flags & IFF_LOOPBACK) == 0;
    if (usable && interface->ifa_addr != nullptr && interface->ifa_addr->sa_family == AF_INET) {
      char text[INET_ADDRSTRLEN] = {};
      const auto* address = reinterpret_cast<const sockaddr_in*>(interface->ifa_addr);
      inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
      return text;
    }
  }
  return "127.0.0.1";
}

}  // namespace jobmesh::runtime::http
