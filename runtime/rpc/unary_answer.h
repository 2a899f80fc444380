#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/rpc/unary_channel.h"

namespace jobmesh::runtime::rpc {

// The answer to one unary call as it arrives in frames of HTTP/2. Not thread-safe.
class UnaryAnswer {
 public:
  void OnHeader(std::string_view name, std::string_view value, bool is_trailer = false);
  // A piece of the body: a prefix of five bytes and the message.
  void OnData(std::string_view data);
  // The stream has ended, with an error of HTTP/2 or 0. `past_deadline` tells whether the call's
  // time was up by then.
  UnaryOutcome Finish(uint32_t http2_error, bool past_deadline);

 private:
  absl::Status StatusAtEnd(uint32_t http2_error) const;

  int http_status_ = 0;
  int grpc_status_ = -1;
  std::string grpc_message_;
  std::string details_;
  std::array<char, 5> prefix_{};
  size_t prefix_size_ = 0;
  size_t expected_ = 0;
  std::string problem_;
  UnaryOutcome outcome_;
};

// `grpc-timeout` for that long: at most eight digits and a unit. At least a millisecond.
std::string GrpcTimeout(absl::Duration left);

}  // namespace jobmesh::runtime::rpc
