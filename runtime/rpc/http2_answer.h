#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/rpc/http2_channel.h"

namespace jobmesh::runtime::rpc {

// The answer to one call as it arrives in frames of HTTP/2. Not thread-safe.
class Http2Answer {
 public:
  // A unary call is answered by one message, a stream by any number.
  explicit Http2Answer(bool is_stream = false) : is_stream_(is_stream) {}

  void OnHeader(std::string_view name, std::string_view value, bool is_trailer = false);
  // A piece of the body: messages, each behind a prefix of five bytes.
  void OnData(std::string_view data);
  // Of a stream: the messages that are whole by now, in their order, each once.
  std::list<std::string> TakeMessages() { return std::exchange(messages_, {}); }
  // The first metadata, once.
  Metadata TakeHeaders() { return std::exchange(outcome_.headers, {}); }
  // What is wrong with the body; empty while it is right.
  const std::string& problem() const { return problem_; }
  // The stream has ended, with an error of HTTP/2 or 0. `past_deadline` tells whether the call's
  // time was up by then.
  CallOutcome Finish(uint32_t http2_error, bool past_deadline);

 private:
  absl::Status StatusAtEnd(uint32_t http2_error) const;

  const bool is_stream_;
  int http_status_ = 0;
  int grpc_status_ = -1;
  std::string grpc_message_;
  std::string details_;
  std::array<char, 5> prefix_{};
  size_t prefix_size_ = 0;
  size_t expected_ = 0;
  std::string message_;  // the part that is here
  std::list<std::string> messages_;
  std::string problem_;
  CallOutcome outcome_;
};

// `grpc-timeout` for that long: at most eight digits and a unit. At least a millisecond.
std::string GrpcTimeout(absl::Duration left);

}  // namespace jobmesh::runtime::rpc
