#include "runtime/auth/mesh_token.h"

#include "gtest/gtest.h"

#include "runtime/testing/temp_dir.h"

namespace jobmesh::runtime::auth {
namespace {

TEST(MeshTokenTest, Check_AcceptsOnlyTheSecret) {
  const MeshToken token("0123456789abcdef");
  EXPECT_TRUE(token.Check("0123456789abcdef"));
  EXPECT_FALSE(token.Check("0123456789abcdeF"));
  EXPECT_FALSE(token.Check("0123456789abcde"));
  EXPECT_FALSE(token.Check(""));
}

TEST(MeshTokenTest, EmptySecret_MatchesNothing) { EXPECT_FALSE(MeshToken("").Check("")); }

TEST(MeshTokenTest, File_IsReadWithoutItsLineEnd) {
  testing::TempDir folder;
  absl::StatusOr<MeshToken> token =
      MeshToken::FromFile(folder.Write("token", "0123456789abcdef\n"));
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_TRUE(token->Check("0123456789abcdef"));
}

TEST(MeshTokenTest, ShortOrMissingFile_IsRefused) {
  testing::TempDir folder;
  EXPECT_EQ(MeshToken::FromFile(folder.Write("token", "short\n")).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(MeshToken::FromFile(folder.path() + "/none").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace jobmesh::runtime::auth
