// The parser of templates; which it accepts is section A of gateway/rule_cases.

#include "gateway/routes/path_template.h"

#include <gtest/gtest.h>

namespace jobmesh::gateway::routes {
namespace {

TEST(PathTemplate, Literals_AreDecoded) {
  const auto parsed = ParsePathTemplate("/caf%C3%A9/a");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->segments[0].literal, "café");
}

TEST(PathTemplate, OddStarsBracesAndNames_AreRejected) {
  for (const char* text : {"/a/{x}/{x}", "/a/b*", "/***", "/a}b", "/{x}:a/b"}) {
    EXPECT_FALSE(ParsePathTemplate(text).ok()) << text;
  }
}

TEST(PathTemplate, Rejection_SaysWhatIsWrong) {
  EXPECT_EQ(ParsePathTemplate("/a/{x").status().message(),
            "path template \"/a/{x\": '{' without '}'");
}

}  // namespace
}  // namespace jobmesh::gateway::routes
