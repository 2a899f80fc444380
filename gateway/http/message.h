#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/headers.h"

namespace jobmesh::gateway::http {

// One request as read from the wire: complete body, nothing decoded.
struct Request {
  std::string method;
  // The request-target in origin form (`/path?query`), or `*` of OPTIONS. Absolute-form targets
  // have lost their scheme and authority. Still percent-encoded.
  std::string target;
  Headers headers;
  std::string body;
  // Numeric address of the peer, without port.
  std::string remote_address;
  // 10 or 11.
  int http_version = 11;
  bool is_tls = false;

  // The target up to the first '?'.
  std::string_view path() const;
  // What follows the first '?', empty when there is none.
  std::string_view query() const;
};

// One response. The server adds Date, Content-Length, Transfer-Encoding and Connection itself and
// ignores fields of these names, as well as fields whose name or value holds CR, LF or NUL.
struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  // Sent instead of `body` when set: bytes shared with a cache, never copied per response.
  std::shared_ptr<const std::string> shared_body;
  // Closes the connection after this response.
  bool close_connection = false;

  const std::string& content() const { return shared_body ? *shared_body : body; }
};

// A response with a body and its Content-Type.
Response MakeResponse(int status, std::string_view content_type, std::string body);

// An RFC 9457 problem of `status`, `application/problem+json`. `detail` must need no JSON escaping.
Response MakeProblem(int status, std::string_view detail);

// The reason phrase of a status (RFC 9110 §15), "Unknown" for one without.
std::string_view ReasonPhrase(int status);

}  // namespace jobmesh::gateway::http
