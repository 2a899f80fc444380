// Bytes of a connection, request after request. However the network cuts them, the reader must make
// the same requests of them, and refuse the same one.

#include <algorithm>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include "gateway/http/request_reader.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;  // NOLINT(google-build-using-namespace)
using namespace gateway::http;

namespace {

using Progress = RequestReader::Progress;

// What came of some bytes.
struct Outcome {
  std::string requests;
  bool is_refused = false;
  bool is_unfinished = false;
};

std::string Describe(const Request& request, const ServerOptions& options) {
  fuzz::Require(request.target == "*" || request.target.starts_with('/'), "a target is a path");
  fuzz::Require(request.body.size() <= options.body_limit, "the limit of the body holds");
  std::string text = request.method + ' ' + request.target + '\n';
  for (const Headers::Field field : request.headers) {
    fuzz::Require(field.value.find_first_of("\r\n") == std::string_view::npos,
                  "a value of the header is one line");
    text += std::string(field.name) + ':' + std::string(field.value) + '\n';
  }
  return text + request.body + '\n';
}

// Reads `bytes`, `step` more of them at a time.
Outcome Read(std::string_view bytes, std::size_t step) {
  ServerOptions options;
  options.header_limit = 2048;
  options.target_limit = 256;
  options.body_limit = 1024;
  Outcome outcome;
  RequestReader reader(options);
  boost::beast::flat_buffer buffer;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    buffer.commit(boost::asio::buffer_copy(buffer.prepare(piece.size()),
                                           boost::asio::buffer(piece.data(), piece.size())));
    Progress progress = Progress::kGoesOn;
    while (progress != Progress::kNeedsInput && buffer.size() > 0) {
      if (!reader.is_reading()) reader.Begin();
      progress = reader.Feed(buffer);
      if (progress == Progress::kRefused) {
        fuzz::Require(reader.status() >= 400 && reader.status() <= 501 && !reader.detail().empty(),
                      "a refusal is explained");
        outcome.is_refused = true;
        return outcome;
      }
      if (progress == Progress::kDone) {
        outcome.requests += Describe(reader.Take().exchange->request, options);
      }
    }
  }
  outcome.is_unfinished = reader.is_reading();
  return outcome;
}

// A request without an end may be refused sooner in one way than in another: Beast looks at a part
// of it again only when the rest is there.
bool SameRequests(const Outcome& whole, const Outcome& pieces) {
  return pieces.requests == whole.requests && (whole.is_refused == pieces.is_refused ||
                                               (whole.is_refused ? pieces : whole).is_unfinished);
}

}  // namespace

JOBMESH_FUZZ_TARGET(std::string_view input) {
  const Outcome whole = Read(input, input.size() + 1);
  fuzz::Require(SameRequests(whole, Read(input, 1)), "requests are the same byte by byte");
  fuzz::Require(SameRequests(whole, Read(input, 7)), "requests are the same in pieces");
}
