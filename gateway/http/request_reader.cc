#include "gateway/http/request_reader.h"

#include <utility>

#include <boost/asio/buffer.hpp>

namespace jobmesh::gateway::http {
namespace {

// Whether this can be a part of the last chunk, "0\r\n\r\n" at least (RFC 9112 §7.1). So can data
// of another chunk, but then more than that has to follow.
bool MayBePartOfLastChunk(const boost::beast::flat_buffer& buffer) {
  constexpr std::size_t kLastChunkBytes = 5;
  return buffer.size() > 0 && buffer.size() < kLastChunkBytes &&
         *static_cast<const char*>(buffer.data().data()) == '0';
}

}  // namespace

void RequestReader::Begin() {
  exchange_ = std::make_shared<ExchangeImpl>();
  parser_.emplace(exchange_->request, options_);
  is_header_admitted_ = false;
  header_bytes_ = 0;
}

RequestReader::Progress RequestReader::Feed(boost::beast::flat_buffer& buffer) {
  // Beast takes for granted that it is not asked to go on with a part of the last chunk alone.
  if (is_header_admitted_ && parser_->chunked() && MayBePartOfLastChunk(buffer)) {
    return Progress::kNeedsInput;
  }
  boost::system::error_code error;
  const boost::asio::const_buffer unread = buffer.data();
  const std::size_t taken = parser_->put(unread, error);
  buffer.consume(taken);
  if (!is_header_admitted_) {
    header_bytes_ += taken;
  }
  if (error == boost::beast::http::error::need_more) {
    // Beast leaves the request line out of account where more than it arrives at once, and has no
    // limit for chunk extensions and trailers.
    const bool is_too_large = is_header_admitted_
                                  ? buffer.size() > options_.header_limit
                                  : header_bytes_ + buffer.size() >= options_.header_limit;
    return is_too_large ? Refuse(431, "The header is too large") : Progress::kNeedsInput;
  }
  if (error) {
    std::string_view detail;
    const int status =
        parser_->StatusOf(error, {static_cast<const char*>(unread.data()), unread.size()}, detail);
    return Refuse(status, detail);
  }
  if (!is_header_admitted_ && parser_->is_header_done()) {
    is_header_admitted_ = true;
    if (header_bytes_ > options_.header_limit) {
      return Refuse(431, "The header is too large");
    }
    std::string_view detail;
    if (const int status = parser_->CheckHeader(detail); status != 0) {
      return Refuse(status, detail);
    }
    if (!parser_->is_done()) {
      parser_->eager(true);
      return Progress::kHeaderDone;
    }
  }
  return parser_->is_done() ? Progress::kDone : Progress::kGoesOn;
}

bool RequestReader::expects_continue() const {
  return exchange_->request.http_version >= 11 && exchange_->request.headers.Find("Expect");
}

RequestReader::Complete RequestReader::Take() {
  const Request& request = exchange_->request;
  const bool is_upgrade = parser_->upgrade() && request.method == "GET" && request.body.empty() &&
                          HasToken(request.headers.Find("Upgrade").value_or(""), "websocket");
  const bool keep_alive = parser_->keep_alive();
  parser_.reset();
  is_header_admitted_ = false;
  return {std::move(exchange_), keep_alive, is_upgrade};
}

void RequestReader::Drop() {
  parser_.reset();
  exchange_.reset();
  is_header_admitted_ = false;
}

RequestReader::Progress RequestReader::Refuse(int status, std::string_view detail) {
  status_ = status;
  detail_ = detail;
  return Progress::kRefused;
}

}  // namespace jobmesh::gateway::http
