#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

#include "gateway/http/message.h"

namespace jobmesh::gateway::policy {

// The proxies whose word on the client is believed. Immutable, thread-safe.
class TrustedProxies {
 public:
  TrustedProxies() = default;
  // Addresses and networks (`10.0.0.0/8`, `fd00::/8`, `192.0.2.7`). INVALID_ARGUMENT names the one
  // that is none.
  static absl::StatusOr<TrustedProxies> Parse(const std::vector<std::string>& networks);

  // Where the request comes from one of them, makes it what it was before it passed the proxies:
  // `remote_address` becomes the last address of X-Forwarded-For that is no trusted proxy (the
  // field keeps what stands before it), `is_tls` follows X-Forwarded-Proto and Host
  // X-Forwarded-Host. Other requests are left alone: what a client claims of itself counts for
  // nothing.
  void Unwrap(http::Request& request) const;

 private:
  struct Network {
    std::array<std::uint8_t, 16> address;  // IPv4 as ::ffff:a.b.c.d
    int bits;
  };

  bool Has(std::string_view address) const;

  std::vector<Network> networks_;
};

// What limits count an address by: IPv4 whole, of IPv6 the /64 that one subscriber has.
std::string AddressKey(std::string_view address);

}  // namespace jobmesh::gateway::policy
