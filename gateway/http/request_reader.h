#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include <boost/beast/core/flat_buffer.hpp>

#include "gateway/http/exchange_impl.h"
#include "gateway/http/request_parser.h"
#include "gateway/http/server.h"

namespace jobmesh::gateway::http {

// Makes requests of a connection's bytes, one after another. Not thread-safe.
class RequestReader {
 public:
  // `options` must outlive the reader.
  explicit RequestReader(const ServerOptions& options) : options_(options) {}

  // Begins a request; Feed goes on with it.
  void Begin();
  bool is_reading() const { return parser_.has_value(); }
  // Its header is complete and its body is not.
  bool is_in_body() const { return is_header_admitted_; }

  enum class Progress {
    kNeedsInput,  // what is left in the buffer is no whole piece
    kGoesOn,      // feed what is left in the buffer
    kHeaderDone,  // likewise, and a body follows
    kDone,        // Take it
    kRefused,     // status() and detail() say why
  };
  // Consumes what it can of `buffer`.
  Progress Feed(boost::beast::flat_buffer& buffer);

  // After kHeaderDone: whether the client waits for a 100 before it sends the body (RFC 9110
  // §10.1.1).
  bool expects_continue() const;
  // After kRefused, or at any time for a request that is to be refused.
  bool is_head() const { return exchange_ && exchange_->request.method == "HEAD"; }
  int status() const { return status_; }
  std::string_view detail() const { return detail_; }

  struct Complete {
    std::shared_ptr<ExchangeImpl> exchange;
    bool keep_alive;
    bool is_websocket_upgrade;
  };
  // After kDone. The reader is then between requests.
  Complete Take();
  // Drops the request being read.
  void Drop();

 private:
  Progress Refuse(int status, std::string_view detail);

  const ServerOptions& options_;
  std::shared_ptr<ExchangeImpl> exchange_;
  std::optional<RequestParser> parser_;
  bool is_header_admitted_ = false;
  std::size_t header_bytes_ = 0;
  int status_ = 0;
  std::string_view detail_;  // of static texts
};

}  // namespace jobmesh::gateway::http
