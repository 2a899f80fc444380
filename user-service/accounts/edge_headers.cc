#include "user-service/accounts/edge_headers.h"

#include <algorithm>

#include "absl/strings/ascii.h"

#include "user-service/text/text.h"

namespace jobmesh::user {
namespace {

bool IsHttps(const runtime::rpc::CallContext& call) {
  return call.Header("x-forwarded-proto") == "https";
}

// A host name or address with an optional port and nothing else, so that what a client sends cannot
// be made into another URL.
bool IsHost(std::string_view host) {
  return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("-._:[]").find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string ClientAddress(const runtime::rpc::CallContext& call) {
  std::string_view forwarded = call.Header("x-forwarded-for");
  if (const size_t comma = forwarded.rfind(','); comma != std::string_view::npos) {
    forwarded.remove_prefix(comma + 1);
  }
  forwarded = Trim(forwarded);
  return std::string(forwarded.empty() ? std::string_view(call.peer()) : forwarded);
}

std::string WebSocketUrl(const runtime::rpc::CallContext& call) {
  const std::string_view host = call.Header("x-forwarded-host");
  if (!IsHost(host)) {
    return "/ws";
  }
  return std::string(IsHttps(call) ? "wss://" : "ws://").append(host).append("/ws");
}

void SetTokenCookie(const runtime::rpc::CallContext& call, std::string_view token,
                    absl::Duration life) {
  std::string cookie("authorization=");
  cookie.append(token).append("; HttpOnly; Path=/; SameSite=Lax; Max-Age=");
  cookie.append(std::to_string(token.empty() ? 0 : absl::ToInt64Seconds(life)));
  if (IsHttps(call)) {
    cookie.append("; Secure");
  }
  call.AddResponseHeader("set-cookie", std::move(cookie));
}

}  // namespace jobmesh::user
