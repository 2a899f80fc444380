#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

namespace jobmesh::scraper::fetch {

// An IPv4 or IPv6 address. IPv4-mapped IPv6 addresses (::ffff:a.b.c.d) become IPv4 when parsed, so
// that no check can be passed by writing an address the other way.
class IpAddress {
 public:
  // Numeric forms only ("10.0.0.1", "fe80::1"); nullopt for anything else.
  static std::optional<IpAddress> Parse(std::string_view text);

  // Whether the address belongs to the public internet: not private, loopback, link-local, shared
  // (RFC 6598), unique-local, multicast, unspecified, documentation, benchmarking, reserved or a
  // translation of such an address (NAT64, 6to4).
  bool IsPublic() const;

  std::string ToString() const;
  bool is_v4() const { return v4_; }
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }  // IPv4: the first four

 private:
  bool v4_ = false;
  std::array<std::uint8_t, 16> bytes_{};
};

// A network, or one port of it: what may be fetched although it is not public.
struct Network {
  IpAddress address;
  int prefix_length = 0;
  std::optional<int> port;  // every port when absent

  bool Contains(const IpAddress& candidate, int candidate_port) const;
};

// Parses a comma-separated list of "10.0.0.0/8", "::1", "127.0.0.1:8099", "[::1]:8099". Empty text
// is an empty list. INVALID_ARGUMENT names the entry.
absl::StatusOr<std::vector<Network>> ParseNetworks(std::string_view text);

// Looks host names up. Implementations are thread-safe.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // At least one address. NOT_FOUND for a name that does not exist, UNAVAILABLE when the lookup
  // failed.
  virtual absl::StatusOr<std::vector<IpAddress>> Resolve(const std::string& host) = 0;
};

class SystemResolver final : public Resolver {
 public:
  absl::StatusOr<std::vector<IpAddress>> Resolve(const std::string& host) override;
};

// The address to connect to for `host`, checked. Every address of the name must be acceptable,
// otherwise a name with one good and one bad address would pass half of the time.
// FAILED_PRECONDITION when an address is not public and not in `allowed`; the resolver's errors
// else.
absl::StatusOr<IpAddress> CheckedAddress(Resolver& resolver, const std::string& host, int port,
                                         const std::vector<Network>& allowed);

}  // namespace jobmesh::scraper::fetch
