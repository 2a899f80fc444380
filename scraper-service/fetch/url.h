#pragma once

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

namespace jobmesh::scraper::fetch {

// An absolute http or https URL in normal form (RFC 3986 §6.2.2): lower-case scheme and host, dot
// segments removed, characters that may not stand in a URL percent-encoded, no fragment, no user
// information.
struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // without brackets for IPv6
  int port = 0;        // never 0 in a parsed URL
  std::string target;  // path and query, begins with '/'

  // "host" or "host:port" when the port is not the scheme's own.
  std::string Authority() const;
  // "scheme://authority".
  std::string Origin() const;
  std::string ToString() const;
};

// INVALID_ARGUMENT for anything that is not an absolute http(s) URL with a host.
absl::StatusOr<Url> ParseUrl(std::string_view text);

// Resolves a reference found in a page at `base` (RFC 3986 §5.3). INVALID_ARGUMENT as ParseUrl.
absl::StatusOr<Url> ResolveUrl(const Url& base, std::string_view reference);

}  // namespace jobmesh::scraper::fetch
