#include "tests/support/sample_board/responses.h"

#include <iconv.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tests/support/posting_wording.h"
#include "tests/support/sample_board/connection.h"

namespace jobmesh::testing {
namespace {

constexpr std::chrono::milliseconds kSlowPause(100);
constexpr size_t kSlowBytes = 128;
constexpr std::chrono::milliseconds kHoldStep(50);
constexpr std::chrono::seconds kLongestHold(120);

// FNV-1a: stable between runs, so that a client's stored ETag survives a restart with the same
// seed.
std::string EntityTag(std::string_view body) {
  uint64_t hash = 0xCBF29CE484222325ULL;
  for (char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  char text[24];
  std::snprintf(text, sizeof(text), "\"%016llx\"", static_cast<unsigned long long>(hash));
  return text;
}

bool ListsTag(std::string_view header, std::string_view tag) {
  // Weak comparison: W/ does not count (RFC 9110 §13.1.2).
  return header == "*" || header.find(tag) != std::string_view::npos;
}

std::optional<std::chrono::sys_seconds> ParseHttpDate(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&parts)));
}

bool ClientHasIt(const Page& page, const std::string& tag, const httplib::Request& request) {
  if (request.has_header("If-None-Match")) {
    return ListsTag(request.get_header_value("If-None-Match"), tag);
  }
  if (page.modified == std::chrono::sys_seconds{}) return false;
  auto since = ParseHttpDate(request.get_header_value("If-Modified-Since"));
  return since && page.modified <= *since;
}

// Holds the request until the client leaves, the failure is switched off, or a long time has
// passed.
void Hold(FailureSwitch* failures, const httplib::Request& request) {
  int connection = ConnectionOf(request);
  auto deadline = std::chrono::steady_clock::now() + kLongestHold;
  while (std::chrono::steady_clock::now() < deadline && failures->Wait(kHoldStep)) {
    if (connection < 0 || ClosedByPeer(connection)) return;
  }
}

// Central European bytes; what the code page lacks becomes its nearest letters.
std::string ToWindows1250(const std::string& utf8) {
  std::string input = utf8;
  // The page has the cedilla forms only, and Romanian sites of that time used them.
  constexpr std::pair<std::string_view, std::string_view> kCedillas[] = {
      {"ș", "ş"}, {"ț", "ţ"}, {"Ș", "Ş"}, {"Ț", "Ţ"}};
  for (auto [comma, cedilla] : kCedillas) {
    input = ReplaceAll(std::move(input), comma, cedilla);
  }
  iconv_t converter = iconv_open("WINDOWS-1250//TRANSLIT", "UTF-8");
  // POSIX's answer to an unknown charset. NOLINTNEXTLINE(performance-no-int-to-ptr)
  if (converter == reinterpret_cast<iconv_t>(-1)) return utf8;
  std::string out(input.size() * 2, '\0');
  char* from = input.data();
  size_t from_left = input.size();
  char* to = out.data();
  size_t to_left = out.size();
  bool converted = iconv(converter, &from, &from_left, &to, &to_left) != static_cast<size_t>(-1);
  iconv_close(converter);
  if (!converted) return utf8;
  out.resize(out.size() - to_left);
  return out;
}

void SendInOldCharset(httplib::Response* response) {
  std::string type = response->get_header_value("Content-Type");
  std::string body = response->body;
  body = ReplaceAll(std::move(body), "<meta charset=\"utf-8\">", "<meta charset=\"windows-1250\">");
  body = ReplaceAll(std::move(body), "encoding=\"UTF-8\"", "encoding=\"windows-1250\"");
  response->headers.erase("Content-Type");
  response->headers.erase("ETag");
  response->set_content(ToWindows1250(body), type.substr(0, type.find(';')));
}

void SendHalf(httplib::Response* response) {
  auto body = std::make_shared<const std::string>(std::move(response->body));
  std::string type = response->get_header_value("Content-Type");
  response->body.clear();
  response->headers.erase("Content-Type");
  response->set_content_provider(body->size(), type,
                                 [body](size_t offset, size_t, httplib::DataSink& sink) {
                                   if (offset > 0) return false;
                                   sink.write(body->data(), body->size() / 2);
                                   return true;
                                 });
}

void SendSlowly(FailureSwitch* failures, httplib::Response* response) {
  auto body = std::make_shared<const std::string>(std::move(response->body));
  std::string type = response->get_header_value("Content-Type");
  response->body.clear();
  response->headers.erase("Content-Type");
  response->set_content_provider(
      body->size(), type, [body, failures](size_t offset, size_t left, httplib::DataSink& sink) {
        // Once the failure is switched off, the rest goes out at once.
        bool slow = failures->Wait(kSlowPause);
        sink.write(body->data() + offset, slow ? std::min(left, kSlowBytes) : left);
        return true;
      });
}

}  // namespace

std::string OriginOf(const httplib::Request& request) {
  std::string host = request.get_header_value("Host");
  if (host.empty()) host = request.local_addr + ":" + std::to_string(request.local_port);
  return "http://" + host;
}

void SendPage(const Page& page, const httplib::Request& request, httplib::Response* response) {
  response->status = page.status;
  response->set_header("Vary", "Accept-Encoding");
  if (page.status == 200) {
    std::string tag = EntityTag(page.body);
    response->set_header("ETag", tag);
    response->set_header("Cache-Control", "public, max-age=0, must-revalidate");
    if (page.modified != std::chrono::sys_seconds{}) {
      response->set_header("Last-Modified", Rfc822Time(page.modified, "GMT"));
    }
    if (ClientHasIt(page, tag, request)) {
      response->status = 304;
      return;
    }
  }
  response->set_content(page.body, page.content_type);
}

bool SendFailure(const FailureSwitch::Setting& failure, FailureSwitch* failures,
                 const httplib::Request& request, httplib::Response* response) {
  switch (failure.mode) {
    case FailureMode::kServerError:
      response->status = 500;
      response->set_content("Internal Server Error\n", "text/plain");
      return true;
    case FailureMode::kTooManyRequests:
      response->status = 429;
      response->set_header("Retry-After", std::to_string(failure.retry_after_seconds));
      response->set_content("Too Many Requests\n", "text/plain");
      return true;
    case FailureMode::kTimeout:
      Hold(failures, request);
      response->status = 504;
      return true;
    case FailureMode::kReset:
      if (int connection = ConnectionOf(request); connection >= 0) ResetConnection(connection);
      response->status = 500;
      return true;
    case FailureMode::kRedirectLoop:
      response->set_redirect(request.path + (request.has_param("again") ? "" : "?again=1"), 302);
      return true;
    case FailureMode::kChallenge:
      response->status = 403;
      response->set_header("cf-mitigated", "challenge");
      response->set_content(
          HtmlDocument("en", "Just a moment...", "<meta name=\"robots\" content=\"noindex\">\n",
                       "<h1>Checking your browser</h1>\n<p>Enable JavaScript and cookies to "
                       "continue.</p>\n<div id=\"challenge-form\" class=\"captcha\"></div>\n"),
          "text/html; charset=utf-8");
      return true;
    case FailureMode::kNone:
    case FailureMode::kHalf:
    case FailureMode::kSlow:
    case FailureMode::kCharset:
    case FailureMode::kAny:
      return false;
  }
  return false;
}

void Spoil(FailureMode mode, FailureSwitch* failures, httplib::Response* response) {
  if (response->body.empty()) return;
  if (mode == FailureMode::kHalf) SendHalf(response);
  if (mode == FailureMode::kSlow) SendSlowly(failures, response);
  if (mode == FailureMode::kCharset) SendInOldCharset(response);
}

}  // namespace jobmesh::testing
