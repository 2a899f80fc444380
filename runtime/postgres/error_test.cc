#include "runtime/postgres/error.h"

#include "gtest/gtest.h"
#include <pqxx/except>

#include "runtime/errors.h"

namespace jobmesh::runtime::postgres {
namespace {

absl::StatusCode CodeOf(const char* sqlstate) {
  return ToStatus(pqxx::sql_error("ERROR: x", "SELECT", sqlstate)).code();
}

TEST(ToStatusTest, SqlState_DecidesTheCode) {
  EXPECT_EQ(CodeOf("40001"), absl::StatusCode::kAborted);
  EXPECT_EQ(CodeOf("40P01"), absl::StatusCode::kAborted);
  EXPECT_EQ(CodeOf("57014"), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(CodeOf("55P03"), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(CodeOf("08006"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CodeOf("57P01"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CodeOf("53300"), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CodeOf("23505"), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CodeOf("23514"), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CodeOf("42P01"), absl::StatusCode::kInternal);
}

TEST(ToStatusTest, ClassFortyExceptions_AreRecognisedByType) {
  EXPECT_TRUE(IsSerializationFailure(ToStatus(pqxx::serialization_failure("x"))));
  EXPECT_TRUE(IsSerializationFailure(ToStatus(pqxx::deadlock_detected("x"))));
  EXPECT_FALSE(IsSerializationFailure(absl::AbortedError("of the caller's own")));
}

TEST(ToStatusTest, LostConnection_CarriesTheReason) {
  const absl::Status status = ToStatus(pqxx::broken_connection("x"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(DetailOf(status).has_value());
  EXPECT_EQ(DetailOf(status)->reason, "DATABASE_UNAVAILABLE");
}

TEST(ToStatusTest, Message_DoesNotRepeatTheServersText) {
  const absl::Status status =
      ToStatus(pqxx::sql_error("ERROR: secret\nDETAIL: Key (email)=(a@b)", "SELECT 1", "42601"));
  EXPECT_EQ(std::string(status.message()), "database error 42601");
}

TEST(ErrorTextTest, OnlyTheFirstLine_IsKept) {
  EXPECT_EQ(ErrorText(std::runtime_error("ERROR: x\nDETAIL: y")), "ERROR: x");
}

}  // namespace
}  // namespace jobmesh::runtime::postgres
