#include "gateway/http/response_writer.h"

#include <array>
#include <charconv>
#include <ctime>

namespace jobmesh::gateway::http {
namespace {

constexpr std::array<std::string_view, 6> kServerFields = {
    "connection", "content-length", "date", "keep-alive", "transfer-encoding", "upgrade"};

bool IsServerField(std::string_view name) {
  for (const std::string_view field : kServerFields) {
    if (EqualsIgnoreCase(field, name)) {
      return true;
    }
  }
  return false;
}

// A CR or LF from user input would let it write header fields or a second response.
bool IsSafe(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void AppendNumber(std::string& out, std::size_t value, int base = 10) {
  std::array<char, 24> digits;
  const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value, base);
  out.append(digits.data(), result.ptr);
}

// Each field with the line end before it.
void AppendFields(std::string& out, const Headers& headers) {
  for (const auto [name, value] : headers) {
    if (!name.empty() && !IsServerField(name) && IsSafe(name) && IsSafe(value)) {
      out.append("\r\n").append(name).append(": ").append(value);
    }
  }
}

}  // namespace

void AppendHead(std::string& out, int status, const Headers& headers, const HeadOptions& options) {
  if (status == 200) {
    out.append("HTTP/1.1 200 OK\r\nDate: ");
  } else {
    out.append("HTTP/1.1 ");
    AppendNumber(out, static_cast<std::size_t>(status));
    out.append(" ").append(ReasonPhrase(status)).append("\r\nDate: ");
  }
  out.append(options.date);
  AppendFields(out, headers);
  if (options.framing == Framing::kLength) {
    out.append("\r\nContent-Length: ");
    AppendNumber(out, options.length);
  } else if (options.framing == Framing::kChunked) {
    out.append("\r\nTransfer-Encoding: chunked");
  }
  if (status == 426) {  // which must say to what (RFC 9110 section 15.5.22)
    out.append("\r\nUpgrade: websocket\r\nConnection: upgrade");
  }
  if (!options.keep_alive) {
    out.append("\r\nConnection: close");
  } else if (options.http_version < 11) {
    out.append("\r\nConnection: keep-alive");
  }
  out.append("\r\n\r\n");
}

void AppendChunk(std::string& out, std::string_view data) {
  if (data.empty()) {
    return;
  }
  AppendNumber(out, data.size(), 16);
  out.append("\r\n").append(data).append("\r\n");
}

void AppendLastChunk(std::string& out, const Headers& trailers) {
  out.append("0");
  AppendFields(out, trailers);
  out.append("\r\n\r\n");
}

bool IsBodyless(int status) { return status < 200 || status == 204 || status == 304; }

std::string FormatHttpDate(std::int64_t unix_seconds) {
  const std::time_t seconds = unix_seconds;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text;
  const std::size_t size =
      std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return std::string(text.data(), size);
}

}  // namespace jobmesh::gateway::http
