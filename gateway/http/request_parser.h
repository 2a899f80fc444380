#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "gateway/http/message.h"
#include "gateway/http/server.h"

namespace jobmesh::gateway::http {

// Reads one request into a Request: Beast's framing without its field container, which allocates
// for every field.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser(Request& request, const ServerOptions& options)
      : request_(request), target_limit_(options.target_limit), field_limit_(options.max_fields) {
    header_limit(static_cast<std::uint32_t>(options.header_limit));
    body_limit(options.body_limit);
  }

  bool has_request_line() const { return has_request_line_; }

  // The status of a header that is well-formed and yet no request we take, with the reason in
  // `detail`; 0 for one we do. Call when is_header_done().
  int CheckHeader(std::string_view& detail);

  // The status of what put() or on_* refused.
  int StatusOf(const boost::system::error_code& error, std::string_view unread,
               std::string_view& detail) const;

 private:
  using ErrorCode = boost::beast::error_code;
  using View = boost::beast::string_view;
  using Field = boost::beast::http::field;
  using Verb = boost::beast::http::verb;

  void on_request_impl(Verb verb, View method, View target, int version, ErrorCode& error) override;
  void on_field_impl(Field field, View name, View value, ErrorCode& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode& error) override;
  std::size_t on_body_impl(View body, ErrorCode& error) override;
  std::size_t on_chunk_body_impl(std::uint64_t remain, View body, ErrorCode& error) override;
  void on_response_impl(int, View, int, ErrorCode&) override {}
  void on_header_impl(ErrorCode&) override { header_done_ = true; }
  void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
  void on_finish_impl(ErrorCode&) override {}

  Request& request_;
  const std::size_t target_limit_;
  const std::size_t field_limit_;
  int hosts_ = 0;
  int content_lengths_ = 0;
  int transfer_encodings_ = 0;
  bool has_request_line_ = false;
  bool header_done_ = false;
  bool bad_target_ = false;
};

}  // namespace jobmesh::gateway::http
