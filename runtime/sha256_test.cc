#include "runtime/sha256.h"

#include <gtest/gtest.h>

namespace jobmesh::runtime {
namespace {

// FIPS 180-2, appendix B.1.
TEST(Sha256, Abc_IsTheDigestOfTheStandard) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256("abc").size(), 32U);
  EXPECT_EQ(Sha256("abc").front(), '\xba');
}

}  // namespace
}  // namespace jobmesh::runtime
