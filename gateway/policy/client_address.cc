#include "gateway/policy/client_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"

#include "gateway/http/headers.h"

namespace jobmesh::gateway::policy {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr Bytes kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<Bytes> ParseAddress(std::string_view text) {
  const std::string copy(text);
  Bytes bytes = kMappedPrefix;
  if (inet_pton(AF_INET, copy.c_str(), bytes.data() + 12) == 1 ||
      inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) {
    return bytes;
  }
  return std::nullopt;
}

bool IsIpv4(const Bytes& bytes) {
  return std::equal(bytes.begin(), bytes.begin() + 12, kMappedPrefix.begin());
}

// An address of X-Forwarded-For without what some proxies put around it: brackets and a port.
std::string_view BareAddress(std::string_view text) {
  text = http::Trimmed(text);
  if (!text.empty() && text[0] == '[') {
    const auto end = text.find(']');
    return end == std::string_view::npos ? text : text.substr(1, end - 1);
  }
  const auto colon = text.find(':');
  return colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos
             ? text.substr(0, colon)
             : text;
}

// The last member of a list, which is what the nearest proxy wrote.
std::string_view LastMember(std::string_view list) {
  return http::Trimmed(list.substr(list.rfind(',') + 1));  // npos + 1 is 0
}

}  // namespace

absl::StatusOr<TrustedProxies> TrustedProxies::Parse(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  for (const std::string& text : networks) {
    const auto slash = text.find('/');
    const std::optional<Bytes> address = ParseAddress(std::string_view(text).substr(0, slash));
    if (!address) {
      return absl::InvalidArgumentError(absl::StrCat("'", text, "' is no address or network"));
    }
    const bool is_ipv4 = text.find(':') == std::string::npos;
    int bits = is_ipv4 ? 32 : 128;
    if (slash != std::string::npos) {
      const char* end = text.data() + text.size();
      int given = -1;
      const auto result = std::from_chars(text.data() + slash + 1, end, given);
      if (result.ec != std::errc() || result.ptr != end || given < 0 || given > bits) {
        return absl::InvalidArgumentError(absl::StrCat("'", text, "' has no valid prefix length"));
      }
      bits = given;
    }
    proxies.networks_.push_back({*address, is_ipv4 ? bits + 96 : bits});
  }
  return proxies;
}

bool TrustedProxies::Has(std::string_view text) const {
  const std::optional<Bytes> address = ParseAddress(text);
  return address && std::ranges::any_of(networks_, [&](const Network& network) {
           const int whole = network.bits / 8;
           const int rest = network.bits % 8;
           return std::equal(address->begin(), address->begin() + whole, network.address.begin()) &&
                  (rest == 0 || ((*address)[whole] ^ network.address[whole]) >> (8 - rest) == 0);
         });
}

void TrustedProxies::Unwrap(http::Request& request) const {
  if (networks_.empty() || !Has(request.remote_address)) {
    return;
  }
  // Several fields are one list, in their order (RFC 9110 §5.3).
  std::string chain;
  for (const http::Headers::Field field : request.headers) {
    if (http::EqualsIgnoreCase(field.name, "x-forwarded-for")) {
      chain.append(chain.empty() ? "" : ",").append(field.value);
    }
  }
  while (!chain.empty()) {
    const auto comma = chain.rfind(',');
    const std::string address(BareAddress(LastMember(chain)));
    if (!ParseAddress(address)) {
      break;  // whatever stands further left was never seen by a proxy that speaks properly
    }
    request.remote_address = address;
    chain.resize(comma == std::string::npos ? 0 : comma);
    if (!Has(address)) {
      break;
    }
  }
  request.headers.Remove("x-forwarded-for");
  if (!chain.empty()) {
    request.headers.Add("X-Forwarded-For", chain);
  }
  if (const auto proto = request.headers.Find("x-forwarded-proto")) {
    request.is_tls = http::EqualsIgnoreCase(LastMember(*proto), "https");
  }
  if (const auto host = request.headers.Find("x-forwarded-host")) {
    const std::string last(LastMember(*host));
    if (!last.empty()) {
      request.headers.Set("Host", last);
    }
  }
}

std::string AddressKey(std::string_view address) {
  const std::optional<Bytes> bytes = ParseAddress(address);
  if (!bytes || IsIpv4(*bytes)) {
    return std::string(address);
  }
  Bytes network = *bytes;
  std::fill(network.begin() + 8, network.end(), 0);
  std::array<char, INET6_ADDRSTRLEN> text;
  inet_ntop(AF_INET6, network.data(), text.data(), text.size());
  return absl::StrCat(text.data(), "/64");
}

}  // namespace jobmesh::gateway::policy
