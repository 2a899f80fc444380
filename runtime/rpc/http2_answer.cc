#include "runtime/rpc/http2_answer.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/support/status.h"
#include "nghttp2/nghttp2.h"

#include "runtime/rpc/status_conversion.h"
#include "runtime/strings.h"

namespace jobmesh::runtime::rpc {
namespace {

constexpr size_t kMaxMessageBytes = 64 * 1024 * 1024;
// Reserved on the word of a prefix alone.
constexpr size_t kMostReserved = 1024 * 1024;
constexpr int kLastCode = 16;

// The text of `grpc-message`: percent-encoded UTF-8; what is wrongly encoded stays as it is.
std::string PercentDecode(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && absl::ascii_isxdigit(text[i + 1]) &&
        absl::ascii_isxdigit(text[i + 2])) {
      decoded += absl::HexStringToBytes(Av(text.substr(i + 1, 2)));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

std::string Base64Decode(std::string_view text) {
  std::string bytes;
  return absl::Base64Unescape(Av(text), &bytes) ? bytes : "";
}

// What an answer without grpc-status means (doc/http-grpc-status-mapping.md of gRPC).
absl::StatusCode CodeOfHttpStatus(int status) {
  switch (status) {
    case 400:
      return absl::StatusCode::kInternal;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kUnknown;
  }
}

// What a reset stream means (doc/PROTOCOL-HTTP2.md of gRPC, "Errors").
absl::StatusCode CodeOfReset(uint32_t error) {
  switch (error) {
    case NGHTTP2_REFUSED_STREAM:
      return absl::StatusCode::kUnavailable;
    case NGHTTP2_CANCEL:
      return absl::StatusCode::kCancelled;
    case NGHTTP2_ENHANCE_YOUR_CALM:
      return absl::StatusCode::kResourceExhausted;
    case NGHTTP2_INADEQUATE_SECURITY:
      return absl::StatusCode::kPermissionDenied;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

void Http2Answer::OnHeader(std::string_view name, std::string_view value, bool is_trailer) {
  if (name == ":status") {
    if (!absl::SimpleAtoi(Av(value), &http_status_)) {
      http_status_ = 0;
    }
  } else if (name == "grpc-status") {
    int code = 0;
    grpc_status_ =
        absl::SimpleAtoi(Av(value), &code) && code >= 0 && code <= kLastCode ? code : 2;  // UNKNOWN
  } else if (name == "grpc-message") {
    grpc_message_ = PercentDecode(value);
  } else if (name == "grpc-status-details-bin") {
    details_ = Base64Decode(value);
  } else if (name == "grpc-encoding" || name == "grpc-accept-encoding" || name == "content-type") {
    // What gRPC itself reads; compression is never asked for.
  } else {
    (is_trailer ? outcome_.trailers : outcome_.headers)
        .emplace_back(name, name.ends_with("-bin") ? Base64Decode(value) : std::string(value));
  }
}

void Http2Answer::OnData(std::string_view data) {
  while (problem_.empty() && !data.empty()) {
    if (!is_stream_ && !messages_.empty()) {
      problem_ = "more than one answer arrived";
      return;
    }
    if (prefix_size_ < prefix_.size()) {
      const size_t taken = std::min(data.size(), prefix_.size() - prefix_size_);
      std::copy_n(data.data(), taken, prefix_.data() + prefix_size_);
      prefix_size_ += taken;
      data.remove_prefix(taken);
      if (prefix_size_ < prefix_.size()) {
        return;
      }
      expected_ = 0;
      for (size_t i = 1; i < prefix_.size(); ++i) {
        expected_ = expected_ << 8 | static_cast<unsigned char>(prefix_[i]);
      }
      if (prefix_[0] != 0) {
        problem_ = "the answer is compressed, which was not offered";
        return;
      }
      if (expected_ > kMaxMessageBytes) {
        problem_ = "the answer is too large";
        return;
      }
      message_.reserve(std::min(expected_, kMostReserved));
    }
    const size_t taken = std::min(data.size(), expected_ - message_.size());
    message_.append(data.substr(0, taken));
    data.remove_prefix(taken);
    if (message_.size() == expected_) {
      messages_.push_back(std::exchange(message_, {}));
      prefix_size_ = 0;
    }
  }
}

absl::Status Http2Answer::StatusAtEnd(uint32_t http2_error) const {
  if (grpc_status_ > 0) {
    return FromGrpc({static_cast<grpc::StatusCode>(grpc_status_), grpc_message_, details_});
  }
  if (grpc_status_ == 0) {
    if (!problem_.empty()) {
      return absl::InternalError(problem_);
    }
    if (prefix_size_ > 0 || (!is_stream_ && messages_.empty())) {
      return absl::InternalError("the answer is incomplete");
    }
    return absl::OkStatus();
  }
  if (http2_error != 0) {
    return {CodeOfReset(http2_error),
            absl::StrCat("the stream was reset: ", nghttp2_http2_strerror(http2_error))};
  }
  return {CodeOfHttpStatus(http_status_),
          absl::StrCat("no gRPC answered, but HTTP status ", http_status_)};
}

CallOutcome Http2Answer::Finish(uint32_t http2_error, bool past_deadline) {
  outcome_.status = StatusAtEnd(http2_error);
  // The server may notice first that the time is up, and can only reset the stream.
  if (past_deadline && absl::IsCancelled(outcome_.status)) {
    outcome_.status = absl::DeadlineExceededError("Deadline Exceeded");
  }
  outcome_.never_sent = grpc_status_ < 0 && http2_error == NGHTTP2_REFUSED_STREAM;
  if (!is_stream_ && outcome_.status.ok()) {
    outcome_.message = std::move(messages_.front());
  }
  return std::move(outcome_);
}

std::string GrpcTimeout(absl::Duration left) {
  constexpr int64_t kMost = 99'999'999;
  const int64_t milliseconds =
      std::max<int64_t>(1, absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1))));
  return milliseconds <= kMost ? absl::StrCat(milliseconds, "m")
                               : absl::StrCat(std::min(kMost, milliseconds / 1000), "S");
}

}  // namespace jobmesh::runtime::rpc
