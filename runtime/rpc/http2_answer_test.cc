#include "runtime/rpc/http2_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::runtime::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// Error codes of HTTP/2 (RFC 9113 section 7).
constexpr uint32_t kInternalError = 2;
constexpr uint32_t kRefusedStream = 7;
constexpr uint32_t kCancel = 8;

std::string Framed(const std::string& message, char compressed = 0) {
  std::string framed{compressed, 0, 0, static_cast<char>(message.size() >> 8),
                     static_cast<char>(message.size())};
  return framed + message;
}

Http2Answer Begun() {
  Http2Answer answer;
  answer.OnHeader(":status", "200");
  answer.OnHeader("content-type", "application/grpc");
  return answer;
}

TEST(Http2AnswerTest, AMessageCutAnywhere_ComesOutWhole) {
  const std::string bytes = Framed("a message of some length");
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    Http2Answer answer = Begun();
    answer.OnData(bytes.substr(0, cut));
    answer.OnData(bytes.substr(cut));
    answer.OnHeader("grpc-status", "0");
    const CallOutcome outcome = answer.Finish(0, false);
    ASSERT_TRUE(outcome.status.ok()) << cut;
    EXPECT_EQ(outcome.message, "a message of some length");
    EXPECT_FALSE(outcome.never_sent);
  }
}

TEST(Http2AnswerTest, AnEmptyMessage_IsOne) {
  Http2Answer answer = Begun();
  answer.OnData(Framed(""));
  answer.OnHeader("grpc-status", "0");
  EXPECT_TRUE(answer.Finish(0, false).status.ok());
}

TEST(Http2AnswerTest, SuccessWithoutAWholeMessage_IsInternal) {
  for (const std::string& bytes : {std::string(), Framed("cut").substr(0, 7), Framed("a") + "b",
                                   Framed("x", 1), std::string("\0\xff\xff\xff\xff", 5)}) {
    Http2Answer answer = Begun();
    answer.OnData(bytes);
    answer.OnHeader("grpc-status", "0");
    EXPECT_EQ(answer.Finish(0, false).status.code(), absl::StatusCode::kInternal);
  }
}

TEST(Http2AnswerTest, AnError_HasItsDecodedMessage) {
  Http2Answer answer = Begun();
  answer.OnHeader("grpc-status", "5");
  answer.OnHeader("grpc-message", "Nicht gefunden: 100%25 %C3%BC%2 %zz");
  const CallOutcome outcome = answer.Finish(0, false);
  EXPECT_EQ(outcome.status, absl::NotFoundError("Nicht gefunden: 100% ü%2 %zz"));
}

TEST(Http2AnswerTest, AStatusThatDoesNotExist_IsUnknown) {
  for (const char* status : {"17", "-1", "", "banana"}) {
    Http2Answer answer = Begun();
    answer.OnHeader("grpc-status", status);
    EXPECT_EQ(answer.Finish(0, false).status.code(), absl::StatusCode::kUnknown) << status;
  }
}

TEST(Http2AnswerTest, Metadata_KeepsItsOrderAndIsDecodedWhereItIsBinary) {
  Http2Answer answer = Begun();
  answer.OnHeader("x-one", "1");
  answer.OnHeader("x-bytes-bin", "AP8");
  answer.OnHeader("x-one", "2");
  answer.OnHeader("grpc-status", "2");
  EXPECT_THAT(answer.Finish(0, false).headers,
              ElementsAre(Pair("x-one", "1"), Pair("x-bytes-bin", std::string("\0\xff", 2)),
                          Pair("x-one", "2")));
}

TEST(Http2AnswerTest, AnAnswerThatIsNotOfGrpc_IsToldByItsHttpStatus) {
  for (const auto& [http, code] : {std::pair("401", absl::StatusCode::kUnauthenticated),
                                   std::pair("404", absl::StatusCode::kUnimplemented),
                                   std::pair("503", absl::StatusCode::kUnavailable),
                                   std::pair("200", absl::StatusCode::kUnknown)}) {
    Http2Answer answer;
    answer.OnHeader(":status", http);
    const CallOutcome outcome = answer.Finish(0, false);
    EXPECT_EQ(outcome.status.code(), code) << http;
    EXPECT_THAT(std::string(outcome.status.message()), HasSubstr(http));
  }
}

TEST(Http2AnswerTest, ARefusedStream_WasNeverSent) {
  Http2Answer answer;
  const CallOutcome outcome = answer.Finish(kRefusedStream, false);
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(outcome.never_sent);
}

TEST(Http2AnswerTest, AResetStream_IsToldByItsError) {
  EXPECT_EQ(Begun().Finish(kInternalError, false).status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Begun().Finish(kCancel, false).status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Begun().Finish(kCancel, true).status.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(GrpcTimeoutTest, HasAtMostEightDigits) {
  EXPECT_EQ(GrpcTimeout(absl::Seconds(15)), "15000m");
  EXPECT_EQ(GrpcTimeout(absl::Microseconds(1500)), "2m");
  EXPECT_EQ(GrpcTimeout(-absl::Seconds(1)), "1m");
  EXPECT_EQ(GrpcTimeout(absl::Hours(48)), "172800S");
}

}  // namespace
}  // namespace jobmesh::runtime::rpc
