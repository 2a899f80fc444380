#include "gateway/session/call_metadata.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"

#include "runtime/errors.h"
#include "runtime/strings.h"

namespace jobmesh::gateway::session {
namespace {

using runtime::Av;

constexpr std::string_view kBinary = "-bin";

// Hop-by-hop fields (RFC 9110 §7.6.1), fields of HTTP's framing, and what the gateway itself says
// of the caller.
constexpr std::string_view kReserved[] = {"authorization",  "connection",
                                          "content-length", "content-type",
                                          "cookie",         "host",
                                          "keep-alive",     "te",
                                          "trailer",        "traceparent",
                                          "tracestate",     "upgrade",
                                          "user-agent",     "transfer-encoding",
                                          "x-request-id",   "proxy-authorization"};
constexpr std::string_view kReservedPrefixes[] = {"grpc-", "x-forwarded-", "x-jobmesh-"};

bool IsReserved(std::string_view name) {
  return std::ranges::find(kReserved, name) != std::end(kReserved) ||
         std::ranges::any_of(kReservedPrefixes,
                             [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// gRPC refuses the whole call for a name or a value that is not so (PROTOCOL-HTTP2.md,
// "Custom-Metadata").
bool IsName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-' || c == '.';
  });
}
bool IsText(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7f; });
}

// By their own names: what the web has a meaning for, and what our services say of themselves.
bool IsListed(std::string_view name) {
  static constexpr std::string_view kListed[] = {"set-cookie", "location", "cache-control", "etag",
                                                 "content-disposition"};
  return std::ranges::find(kListed, name) != std::end(kListed) ||
         (name.starts_with("x-jobmesh-") && name != kSuccessStatus);
}

// Of gRPC's own transport, or said to the gateway.
bool IsGrpcs(std::string_view name) {
  return name.starts_with("grpc-") || name.starts_with(':') || name == kSuccessStatus ||
         name == "content-type" || name == "user-agent" || name == "date" || name == "server" ||
         name == "te" || name == "trailer";
}

}  // namespace

absl::Status AddClientMetadata(const http::Request& request, HeaderList& metadata) {
  for (const auto [header, value] : request.headers) {
    if (header.size() <= kMetadataPrefix.size() ||
        !http::EqualsIgnoreCase(header.substr(0, kMetadataPrefix.size()), kMetadataPrefix)) {
      continue;
    }
    std::string name = absl::AsciiStrToLower(Av(header.substr(kMetadataPrefix.size())));
    if (!IsName(name) || IsReserved(name)) {
      continue;
    }
    if (name.ends_with(kBinary)) {
      std::string bytes;
      if (!absl::Base64Unescape(Av(value), &bytes)) {
        return runtime::InvalidField(std::string(header), "is not base64");
      }
      metadata.emplace_back(std::move(name), std::move(bytes));
    } else if (IsText(value)) {
      metadata.emplace_back(std::move(name), std::string(value));
    }
  }
  return absl::OkStatus();
}

void AddListedMetadata(const HeaderList& metadata, http::Headers& headers) {
  for (const auto& [name, value] : metadata) {
    if (IsListed(name)) {
      headers.Add(name, value);
    }
  }
}

void AddAnswerMetadata(const HeaderList& metadata, std::string_view prefix,
                       http::Headers& headers) {
  AddListedMetadata(metadata, headers);
  for (const auto& [name, value] : metadata) {
    if (!IsListed(name) && !IsGrpcs(name)) {
      std::string header(prefix);
      header += name;
      headers.Add(header,
                  std::string_view(name).ends_with(kBinary) ? absl::Base64Escape(value) : value);
    }
  }
}

int SuccessStatusOf(const HeaderList& metadata, int declared) {
  const auto stated = std::ranges::find(
      metadata, kSuccessStatus, [](const auto& field) { return std::string_view(field.first); });
  int number = 0;
  return stated != metadata.end() && absl::SimpleAtoi(stated->second, &number) && number >= 200 &&
                 number <= 299
             ? number
             : declared;
}

bool TakesTrailers(const http::Request& request) {
  const std::optional<std::string_view> te = request.headers.Find("te");
  return te && http::HasToken(*te, "trailers");
}

}  // namespace jobmesh::gateway::session
