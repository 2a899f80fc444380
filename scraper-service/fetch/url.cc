#include "scraper-service/fetch/url.h"

#include <charconv>
#include <vector>

#include <absl/status/status.h>

#include "scraper-service/fetch/text.h"

namespace jobmesh::scraper::fetch {
namespace {

constexpr std::size_t kMaxUrlLength = 8192;

int DefaultPort(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

absl::Status Invalid(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError("not a fetchable URL: \"" + std::string(text.substr(0, 200)) +
                                    "\": " + std::string(why));
}

// RFC 3986 §5.2.4, by segments.
std::string RemoveDotSegments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool ends_with_slash = false;
  std::size_t start = 1;
  while (start <= path.size()) {
    const auto slash = path.find('/', start);
    const auto segment =
        path.substr(start, slash == std::string_view::npos ? slash : slash - start);
    const bool last = slash == std::string_view::npos;
    ends_with_slash = false;
    if (segment == "..") {
      if (!kept.empty()) {
        kept.pop_back();
      }
      ends_with_slash = last;
    } else if (segment == ".") {
      ends_with_slash = last;
    } else {
      kept.push_back(segment);
    }
    if (last) {
      break;
    }
    start = slash + 1;
  }
  std::string result;
  for (const auto segment : kept) {
    result += '/';
    result += segment;
  }
  if (ends_with_slash || result.empty()) {
    result += '/';
  }
  return result;
}

// Encodes what may not stand in a path or query; leaves existing escapes alone.
std::string Escape(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kForbidden = "\"<>\\^`{|}";
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || kForbidden.find(c) != std::string_view::npos) {
      escaped += '%';
      escaped += kHex[byte >> 4];
      escaped += kHex[byte & 15];
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string NormalTarget(std::string_view path_and_query) {
  const auto query = path_and_query.find('?');
  const auto path = path_and_query.substr(0, query);
  std::string target = RemoveDotSegments(path.empty() ? "/" : path);
  if (query != std::string_view::npos) {
    target += path_and_query.substr(query);
  }
  return Escape(target);
}

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

absl::Status ParseAuthority(std::string_view text, std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) {
    return Invalid(text, "user information is not accepted");
  }
  std::string_view host = authority;
  std::string_view port;
  if (!authority.empty() && authority.front() == '[') {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) {
      return Invalid(text, "unclosed bracket in the host");
    }
    host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (host.empty() || host.find_first_not_of("0123456789abcdefABCDEF:.") != host.npos) {
      return Invalid(text, "bad IPv6 address");
    }
  } else {
    const auto colon = authority.find(':');
    host = authority.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
  }
  url.host = AsciiLower(host);
  if (!url.host.empty() && url.host.back() == '.') {
    url.host.pop_back();
  }
  if (url.host.empty()) {
    return Invalid(text, "no host");
  }
  if (authority.front() != '[') {
    for (const char c : url.host) {
      if (!IsHostCharacter(c)) {
        return Invalid(text, "bad character in the host");
      }
    }
  }
  url.port = DefaultPort(url.scheme);
  if (port.size() > 1) {
    const auto digits = port.substr(1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (port.front() != ':' || error != std::errc{} || end != digits.data() + digits.size() ||
        url.port < 1 || url.port > 65535) {
      return Invalid(text, "bad port");
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string Url::Authority() const {
  std::string authority = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != DefaultPort(scheme)) {
    authority += ":" + std::to_string(port);
  }
  return authority;
}

std::string Url::Origin() const { return scheme + "://" + Authority(); }

std::string Url::ToString() const { return Origin() + target; }

absl::StatusOr<Url> ParseUrl(std::string_view text) {
  text = TrimSpace(text);
  if (text.size() > kMaxUrlLength) {
    return Invalid(text, "longer than 8192 characters");
  }
  text = text.substr(0, text.find('#'));
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) {
    return Invalid(text, "no scheme");
  }
  Url url;
  url.scheme = AsciiLower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") {
    return Invalid(text, "only http and https are fetched");
  }
  const auto rest = text.substr(colon + 3);
  const auto authority_end = rest.find_first_of("/?\\");
  const auto authority = rest.substr(0, authority_end);
  if (auto status = ParseAuthority(text, authority, url); !status.ok()) {
    return status;
  }
  const auto target =
      authority_end == std::string_view::npos ? std::string_view("/") : rest.substr(authority_end);
  url.target =
      NormalTarget(target.front() == '?' ? "/" + std::string(target) : std::string(target));
  return url;
}

absl::StatusOr<Url> ResolveUrl(const Url& base, std::string_view reference) {
  reference = TrimSpace(reference);
  reference = reference.substr(0, reference.find('#'));
  const auto first_delimiter = reference.find_first_of(":/?");
  if (first_delimiter != std::string_view::npos && reference[first_delimiter] == ':') {
    return ParseUrl(reference);
  }
  if (reference.size() > kMaxUrlLength) {
    return Invalid(reference, "longer than 8192 characters");
  }
  if (reference.substr(0, 2) == "//") {
    return ParseUrl(base.scheme + ":" + std::string(reference));
  }
  Url url = base;
  const std::string base_path = base.target.substr(0, base.target.find('?'));
  if (reference.empty()) {
    return url;
  }
  if (reference.front() == '/') {
    url.target = NormalTarget(reference);
  } else if (reference.front() == '?') {
    url.target = NormalTarget(base_path + std::string(reference));
  } else {
    url.target =
        NormalTarget(base_path.substr(0, base_path.rfind('/') + 1) + std::string(reference));
  }
  return url;
}

}  // namespace jobmesh::scraper::fetch
