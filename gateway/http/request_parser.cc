#include "gateway/http/request_parser.h"

#include <algorithm>

namespace jobmesh::gateway::http {
namespace {

// Reserved ahead of a body, whatever Content-Length promises.
constexpr std::uint64_t kBodyReserve = 64 * 1024;

std::string_view ToStd(boost::beast::string_view text) { return {text.data(), text.size()}; }

// Origin form of a request-target (RFC 9112 §3.2): proxies' absolute form loses its authority.
std::string_view OriginForm(std::string_view target) {
  const auto scheme_end = target.find("://");
  if (target.empty() || target.front() == '/' || scheme_end == std::string_view::npos) {
    return target;
  }
  const auto path = target.find_first_of("/?", scheme_end + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

int RequestParser::CheckHeader(std::string_view& detail) {
  if (bad_target_) {
    detail = "The request target is neither a path nor '*'";
    return 400;
  }
  // Two lengths, or a length and a coding, let two readers see two different requests
  // (RFC 9112 §6.3).
  if (content_lengths_ > 1 || transfer_encodings_ > 1 ||
      (content_lengths_ > 0 && transfer_encodings_ > 0)) {
    detail = "The length of the body is given twice";
    return 400;
  }
  if (transfer_encodings_ > 0) {
    if (request_.http_version < 11) {
      detail = "Transfer-Encoding needs HTTP/1.1";
      return 400;
    }
    if (!EqualsIgnoreCase(*request_.headers.Find("Transfer-Encoding"), "chunked")) {
      detail = "Only the chunked transfer coding is supported";
      return 501;
    }
  }
  if (hosts_ > 1 || (hosts_ == 0 && request_.http_version >= 11)) {
    detail = "Exactly one Host header is needed";
    return 400;
  }
  const auto expect = request_.headers.Find("Expect");
  if (expect && !EqualsIgnoreCase(*expect, "100-continue")) {
    detail = "Only 100-continue can be expected";
    return 417;
  }
  return 0;
}

int RequestParser::StatusOf(const boost::system::error_code& error, std::string_view unread,
                            std::string_view& detail) const {
  namespace beast_http = boost::beast::http;
  if (error == beast_http::error::body_limit) {
    detail = "The body is too large";
    return 413;
  }
  if (error == beast_http::error::header_limit) {
    if (!has_request_line_ &&
        unread.substr(0, target_limit_).find('\n') == std::string_view::npos) {
      detail = "The request target is too long";
      return 414;
    }
    detail = "The header is too large";
    return 431;
  }
  if (error == boost::system::errc::filename_too_long) {
    detail = "The request target is too long";
    return 414;
  }
  if (error == boost::system::errc::argument_list_too_long) {
    detail = "The request has too many header fields";
    return 431;
  }
  detail = "The request is malformed";
  return 400;
}

void RequestParser::on_request_impl(Verb, boost::beast::string_view method,
                                    boost::beast::string_view target, int version,
                                    ErrorCode& error) {
  has_request_line_ = true;
  request_.method = ToStd(method);
  request_.http_version = version;
  if (target.size() > target_limit_) {
    error = make_error_code(boost::system::errc::filename_too_long);
    return;
  }
  request_.target = OriginForm(ToStd(target));
  if (request_.target.starts_with('?')) {
    request_.target.insert(0, "/");
  }
  bad_target_ = !request_.target.starts_with('/') && request_.target != "*";
}

void RequestParser::on_field_impl(Field field, boost::beast::string_view name,
                                  boost::beast::string_view value, ErrorCode& error) {
  if (header_done_) {
    return;  // trailers: nothing here needs them, and merged they could forge header fields
  }
  if (request_.headers.size() == field_limit_) {
    error = make_error_code(boost::system::errc::argument_list_too_long);
    return;
  }
  switch (field) {
    case Field::host:
      ++hosts_;
      break;
    case Field::content_length:
      content_lengths_ += 1 + static_cast<int>(std::count(value.begin(), value.end(), ','));
      break;
    case Field::transfer_encoding:
      ++transfer_encodings_;
      break;
    default:
      break;
  }
  request_.headers.Add(ToStd(name), ToStd(value));
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) {
  if (length) {
    request_.body.reserve(static_cast<std::size_t>(std::min(*length, kBodyReserve)));
  }
}

std::size_t RequestParser::on_body_impl(boost::beast::string_view body, ErrorCode&) {
  request_.body.append(body.data(), body.size());
  return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, boost::beast::string_view body,
                                              ErrorCode&) {
  request_.body.append(body.data(), body.size());
  return body.size();
}

}  // namespace jobmesh::gateway::http
