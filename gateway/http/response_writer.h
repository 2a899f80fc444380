#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/http/message.h"

namespace jobmesh::gateway::http {

// How the end of a response body is told (RFC 9112 §6).
enum class Framing {
  kLength,      // Content-Length
  kChunked,     // Transfer-Encoding: chunked
  kUntilClose,  // HTTP/1.0 streams
  kNone,        // no body and no length: 204, 304
};

struct HeadOptions {
  std::string_view date;  // IMF-fixdate
  Framing framing = Framing::kLength;
  std::size_t length = 0;
  bool keep_alive = true;
  int http_version = 11;
};

// Appends status line and header fields, with the empty line that ends them.
void AppendHead(std::string& out, int status, const Headers& headers, const HeadOptions& options);

// Appends one chunk of a chunked body; nothing for empty data, which would end the body.
void AppendChunk(std::string& out, std::string_view data);

// Appends the end of a chunked body, with trailer fields.
void AppendLastChunk(std::string& out, const Headers& trailers);

// True for statuses whose responses have no body (RFC 9110 §6.4.1).
bool IsBodyless(int status);

// Seconds since 1970 as IMF-fixdate (RFC 9110 §5.6.7).
std::string FormatHttpDate(std::int64_t unix_seconds);

}  // namespace jobmesh::gateway::http
