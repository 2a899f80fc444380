#include "runtime/errors.h"

#include "absl/strings/cord.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(ErrorsTest, AnError_CarriesReasonAndMetadata) {
  const absl::Status status = Error(absl::StatusCode::kAlreadyExists, ErrorReason::USER_EXISTS,
                                    "Taken", {{"field", "email"}, {"hint", "log in"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(), "Taken");
  std::optional<ErrorDetail> detail = DetailOf(status);
  ASSERT_TRUE(detail.has_value());
  EXPECT_EQ(detail->reason, "USER_EXISTS");
  EXPECT_THAT(detail->metadata, ElementsAre(Pair("field", "email"), Pair("hint", "log in")));
}

TEST(ErrorsTest, AnInvalidField_IsNamedInTextAndMetadata) {
  const absl::Status status = InvalidField("page.size", "must be positive");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "page.size: must be positive");
  EXPECT_EQ(DetailOf(status)->reason, "INVALID_FIELD");
  EXPECT_THAT(DetailOf(status)->metadata, ElementsAre(Pair("field", "page.size")));
}

TEST(ErrorsTest, AStatusWithoutDetail_HasNone) {
  EXPECT_FALSE(DetailOf(absl::OkStatus()).has_value());
  EXPECT_FALSE(DetailOf(absl::NotFoundError("gone")).has_value());
  absl::Status garbled = absl::NotFoundError("gone");
  garbled.SetPayload(kErrorInfoUrl, absl::Cord("\xff\xff\xff"));
  EXPECT_FALSE(DetailOf(garbled).has_value());
}

TEST(ErrorsTest, RetryAfter_IsReadFromTheMetadata) {
  const auto after = [](const std::string& seconds) {
    return RetryAfterSeconds(Error(absl::StatusCode::kResourceExhausted, ErrorReason::RATE_LIMITED,
                                   "Later", {{"retry_after_seconds", seconds}}));
  };
  EXPECT_EQ(after("30"), 30);
  EXPECT_EQ(after("soon"), std::nullopt);
  EXPECT_EQ(RetryAfterSeconds(absl::UnavailableError("x")), std::nullopt);
  EXPECT_EQ(RetryAfterSeconds(InvalidField("a", "b")), std::nullopt);
}

}  // namespace
}  // namespace jobmesh::runtime
