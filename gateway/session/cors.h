#pragma once

#include <string>
#include <vector>

#include "gateway/http/message.h"

namespace jobmesh::gateway::session {

// Cross-origin rules (https://fetch.spec.whatwg.org/#http-cors-protocol): listed origins may call
// with credentials, no others. Immutable, thread-safe.
class Cors {
 public:
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  // Whether this is the question a browser asks before it calls.
  static bool IsPreflight(const http::Request& request);
  // The answer to it, without what Mark adds; `allow` lists the methods of the path.
  http::Response Preflight(const http::Request& request,
                           const std::vector<std::string>& allow) const;
  // Adds what lets the page of a listed origin read the response.
  void Mark(const http::Request& request, http::Headers& headers) const;

 private:
  bool Allows(const http::Request& request) const;

  const std::vector<std::string> origins_;
};

}  // namespace jobmesh::gateway::session
