#include "scraper-service/fetch/network.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include <absl/status/status.h>

#include "scraper-service/fetch/text.h"

namespace jobmesh::scraper::fetch {
namespace {

struct SpecialBlock {
  std::string_view address;
  int prefix_length;
};

// IANA special-purpose address registries (RFC 6890 and its updates), and multicast.
constexpr SpecialBlock kNotPublic[] = {
    {"0.0.0.0", 8},      {"10.0.0.0", 8},     {"100.64.0.0", 10}, {"127.0.0.0", 8},
    {"169.254.0.0", 16}, {"172.16.0.0", 12},  {"192.0.0.0", 24},  {"192.0.2.0", 24},
    {"192.88.99.0", 24}, {"192.168.0.0", 16}, {"198.18.0.0", 15}, {"198.51.100.0", 24},
    {"203.0.113.0", 24}, {"224.0.0.0", 4},    {"240.0.0.0", 4},   {"::", 96},
    {"64:ff9b::", 96},   {"64:ff9b:1::", 48}, {"100::", 64},      {"2001::", 23},
    {"2001:db8::", 32},  {"2002::", 16},      {"3fff::", 20},     {"5f00::", 16},
    {"fc00::", 7},       {"fe80::", 10},      {"fec0::", 10},     {"ff00::", 8},
};

bool SamePrefix(const IpAddress& a, const IpAddress& b, int prefix_length) {
  if (a.is_v4() != b.is_v4()) {
    return false;
  }
  for (int bit = 0; bit < prefix_length; bit += 8) {
    const int bits = std::min(8, prefix_length - bit);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits));
    const auto index = static_cast<std::size_t>(bit / 8);
    if (((a.bytes()[index] ^ b.bytes()[index]) & mask) != 0) {
      return false;
    }
  }
  return true;
}

const std::vector<Network>& NotPublic() {
  static const auto& networks = *new std::vector<Network>([] {
    std::vector<Network> parsed;
    for (const auto& block : kNotPublic) {
      parsed.push_back({*IpAddress::Parse(block.address), block.prefix_length, std::nullopt});
    }
    return parsed;
  }());
  return networks;
}

std::optional<int> ParseNumber(std::string_view text, int min, int max) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < min || value > max) {
    return std::nullopt;
  }
  return value;
}

std::optional<Network> ParseNetwork(std::string_view entry) {
  Network network;
  if (const auto slash = entry.find('/'); slash != std::string_view::npos) {
    const auto address = IpAddress::Parse(entry.substr(0, slash));
    if (!address) {
      return std::nullopt;
    }
    const auto length = ParseNumber(entry.substr(slash + 1), 0, address->is_v4() ? 32 : 128);
    if (!length) {
      return std::nullopt;
    }
    network.address = *address;
    network.prefix_length = *length;
    return network;
  }
  std::string_view address_text = entry;
  std::string_view port_text;
  if (!entry.empty() && entry.front() == '[') {
    const auto close = entry.find("]:");
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    address_text = entry.substr(1, close - 1);
    port_text = entry.substr(close + 2);
  } else if (std::count(entry.begin(), entry.end(), ':') == 1) {
    const auto colon = entry.find(':');
    address_text = entry.substr(0, colon);
    port_text = entry.substr(colon + 1);
  }
  const auto address = IpAddress::Parse(address_text);
  if (!address) {
    return std::nullopt;
  }
  network.address = *address;
  network.prefix_length = address->is_v4() ? 32 : 128;
  if (address_text.size() != entry.size()) {
    network.port = ParseNumber(port_text, 1, 65535);
    if (!network.port) {
      return std::nullopt;
    }
  }
  return network;
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  const std::string copy(text);
  IpAddress address;
  if (inet_pton(AF_INET, copy.c_str(), address.bytes_.data()) == 1) {
    address.v4_ = true;
    return address;
  }
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes_.data()) != 1) {
    return std::nullopt;
  }
  constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(kMapped.begin(), kMapped.end(), address.bytes_.begin())) {
    std::copy(address.bytes_.begin() + 12, address.bytes_.end(), address.bytes_.begin());
    std::fill(address.bytes_.begin() + 4, address.bytes_.end(), std::uint8_t{0});
    address.v4_ = true;
  }
  return address;
}

bool IpAddress::IsPublic() const {
  return std::none_of(NotPublic().begin(), NotPublic().end(),
                      [this](const Network& network) { return network.Contains(*this, 0); });
}

std::string IpAddress::ToString() const {
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), buffer, sizeof(buffer));
  return buffer;
}

bool Network::Contains(const IpAddress& candidate, int candidate_port) const {
  return (!port || *port == candidate_port) && SamePrefix(address, candidate, prefix_length);
}

absl::StatusOr<std::vector<Network>> ParseNetworks(std::string_view text) {
  std::vector<Network> networks;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto entry = TrimSpace(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    if (entry.empty()) {
      continue;
    }
    const auto network = ParseNetwork(entry);
    if (!network) {
      return absl::InvalidArgumentError(
          "not a network: \"" + std::string(entry) +
          "\" (expected an address, an address with a port, or address/prefix length)");
    }
    networks.push_back(*network);
  }
  return networks;
}

absl::StatusOr<std::vector<IpAddress>> SystemResolver::Resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error == EAI_NONAME || error == EAI_NODATA) {
    return absl::NotFoundError("host " + host + " does not exist");
  }
  if (error != 0) {
    return absl::UnavailableError("looking up " + host + ": " + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  std::vector<IpAddress> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    char buffer[NI_MAXHOST];
    if (getnameinfo(entry->ai_addr, entry->ai_addrlen, buffer, sizeof(buffer), nullptr, 0,
                    NI_NUMERICHOST) != 0) {
      continue;
    }
    // A scope ("fe80::1%eth0") is cut: such an address is refused in any case.
    const std::string_view text(buffer);
    if (const auto address = IpAddress::Parse(text.substr(0, text.find('%')))) {
      addresses.push_back(*address);
    }
  }
  if (addresses.empty()) {
    return absl::NotFoundError("host " + host + " has no IP address");
  }
  return addresses;
}

absl::StatusOr<IpAddress> CheckedAddress(Resolver& resolver, const std::string& host, int port,
                                         const std::vector<Network>& allowed) {
  auto addresses = resolver.Resolve(host);
  if (!addresses.ok()) {
    return addresses.status();
  }
  for (const auto& address : *addresses) {
    const bool listed = std::any_of(allowed.begin(), allowed.end(), [&](const Network& network) {
      return network.Contains(address, port);
    });
    if (!listed && !address.IsPublic()) {
      return absl::FailedPreconditionError("host " + host + " has the address " +
                                           address.ToString() +
                                           ", which is not public and not allowed");
    }
  }
  return addresses->front();
}

}  // namespace jobmesh::scraper::fetch
