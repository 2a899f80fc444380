#include "gateway/session/call_headers.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "gateway/http/headers.h"
#include "runtime/strings.h"

namespace jobmesh::gateway::session {
namespace {

using runtime::Av;

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kCookie = "authorization";
constexpr size_t kLongestRequestId = 128;

bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

std::optional<std::string> CookieOf(const http::Request& request, std::string_view name) {
  std::optional<std::string_view> cookies = request.headers.Find("cookie");
  for (absl::string_view cookie : absl::StrSplit(Av(cookies.value_or("")), ';')) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(cookie, absl::MaxSplits('=', 1));
    if (absl::StripAsciiWhitespace(pair.first) == Av(name)) {
      return std::string(absl::StripAsciiWhitespace(pair.second));
    }
  }
  return std::nullopt;
}

// What a client may not choose for itself, or what the gateway states itself, is not among them.
constexpr std::string_view kPassedOn[] = {"accept-language", "idempotency-key", "user-agent"};

}  // namespace

std::string TokenOf(const http::Request& request) {
  if (std::optional<std::string_view> header = request.headers.Find("authorization")) {
    if (header->size() > kBearer.size() &&
        http::EqualsIgnoreCase(header->substr(0, kBearer.size()), kBearer)) {
      return std::string(header->substr(kBearer.size()));
    }
  }
  return CookieOf(request, kCookie).value_or("");
}

std::string RequestIdOf(const http::Request& request) {
  std::optional<std::string_view> given = request.headers.Find("x-request-id");
  if (given && !given->empty() && given->size() <= kLongestRequestId && IsPrintable(*given)) {
    return std::string(*given);
  }
  return runtime::telemetry::RandomHex(16);
}

runtime::telemetry::TraceContext TraceOf(const http::Request& request) {
  using runtime::telemetry::TraceContext;
  std::optional<TraceContext> parent =
      TraceContext::Parse(request.headers.Find("traceparent").value_or(""));
  return parent ? parent->Child() : TraceContext::New();
}

std::vector<std::pair<std::string, std::string>> CallHeaders(
    const http::Request& request, const std::string& token, const std::string& request_id,
    const runtime::telemetry::TraceContext& trace) {
  std::vector<std::pair<std::string, std::string>> headers{{"x-request-id", request_id},
                                                           {"traceparent", trace.Header()}};
  if (!token.empty() && IsPrintable(token)) {
    headers.emplace_back("authorization", absl::StrCat(Av(kBearer), token));
  }
  std::string forwarded(request.headers.Find("x-forwarded-for").value_or(""));
  if (!IsPrintable(forwarded)) {
    std::erase_if(forwarded, [](char c) { return c <= 0x20 || c >= 0x7f; });
  }
  headers.emplace_back("x-forwarded-for", absl::StrCat(forwarded, forwarded.empty() ? "" : ",",
                                                       request.remote_address));
  std::optional<std::string_view> host = request.headers.Find("host");
  if (host && IsPrintable(*host)) {
    headers.emplace_back("x-forwarded-host", std::string(*host));
  }
  headers.emplace_back("x-forwarded-proto", request.is_tls ? "https" : "http");
  for (std::string_view name : kPassedOn) {
    std::optional<std::string_view> value = request.headers.Find(name);
    if (value && std::ranges::all_of(*value, [](char c) { return c >= 0x20 && c < 0x7f; })) {
      // gRPC keeps user-agent for itself.
      headers.emplace_back(name == "user-agent" ? "x-forwarded-user-agent" : std::string(name),
                           std::string(*value));
    }
  }
  return headers;
}

void AddCookies(const http::Request& request, const std::vector<std::string>& names,
                std::vector<std::pair<std::string, std::string>>& headers) {
  std::string cookies;
  for (const std::string& name : names) {
    std::optional<std::string> value = CookieOf(request, name);
    if (value && IsPrintable(*value)) {
      absl::StrAppend(&cookies, cookies.empty() ? "" : "; ", name, "=", *value);
    }
  }
  if (!cookies.empty()) {
    headers.emplace_back("cookie", std::move(cookies));
  }
}

}  // namespace jobmesh::gateway::session
