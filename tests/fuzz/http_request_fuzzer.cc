// Bytes of one HTTP request. However the network cuts them, the parser must read the same request,
// or refuse it the same way.

#include <algorithm>
#include <string>

#include <boost/asio/buffer.hpp>

#include "gateway/http/request_parser.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;  // NOLINT(google-build-using-namespace)
using namespace gateway::http;

namespace {

// Reads `bytes`, `step` more of them at a time; what came of it.
std::string Parse(std::string_view bytes, std::size_t step) {
  ServerOptions options;
  options.header_limit = 2048;
  options.target_limit = 256;
  options.body_limit = 1024;
  Request request;
  RequestParser parser(request, options);
  parser.eager(true);
  std::size_t arrived = 0;
  std::size_t used = 0;
  while (!parser.is_done()) {
    const std::string_view unread = bytes.substr(used, arrived - used);
    boost::beast::error_code error;
    const std::size_t taken =
        unread.empty() ? 0 : parser.put(boost::asio::buffer(unread.data(), unread.size()), error);
    used += taken;
    if (error && error != boost::beast::http::error::need_more) {
      std::string_view detail;
      const int status = parser.StatusOf(error, bytes.substr(used), detail);
      fuzz::Require(status >= 400 && status < 500 && !detail.empty(), "a refusal is explained");
      return "refused";
    }
    if (parser.is_header_done()) {
      std::string_view detail;
      const int status = parser.CheckHeader(detail);
      if (status != 0) return "no request we take: " + std::to_string(status);
    }
    if (taken > 0 && !error) continue;
    if (arrived == bytes.size()) return "unfinished";
    arrived = std::min(arrived + step, bytes.size());
  }
  fuzz::Require(request.target == "*" || request.target.starts_with('/'), "a target is a path");
  fuzz::Require(request.body.size() <= options.body_limit, "the limit of the body holds");
  std::string text = request.method + ' ' + request.target + '\n';
  for (const Headers::Field field : request.headers) {
    fuzz::Require(field.value.find_first_of("\r\n") == std::string_view::npos,
                  "a value of the header is one line");
    text += std::string(field.name) + ':' + std::string(field.value) + '\n';
  }
  return text + request.body;
}

}  // namespace

JOBMESH_FUZZ_TARGET(std::string_view input) {
  const std::string whole = Parse(input, input.size() + 1);
  fuzz::Require(whole == Parse(input, 1), "a request is the same byte by byte");
  fuzz::Require(whole == Parse(input, 7), "a request is the same in pieces");
}
