#include "scraper-service/fetch/challenge.h"

#include <gtest/gtest.h>

namespace jobmesh::scraper::fetch {
namespace {

TEST(ChallengeTest, ChallengePages_AreRecognised) {
  EXPECT_TRUE(IsChallengePage(403, "<html><title>Just a moment...</title></html>"));
  EXPECT_TRUE(IsChallengePage(503, "<body><div id=\"cf-challenge-running\"></div></body>"));
  EXPECT_TRUE(IsChallengePage(200, "<title> Verify you are human | Example</title>"));
  EXPECT_TRUE(IsChallengePage(429, "<form><div class=\"g-recaptcha\"></div></form>"));
}

TEST(ChallengeTest, OrdinaryPages_AreNot) {
  EXPECT_FALSE(IsChallengePage(200, "<title>Data Engineer</title><div class=\"g-recaptcha\">"));
  EXPECT_FALSE(IsChallengePage(200, "<title>Engineer, captcha products</title>"));
  EXPECT_FALSE(IsChallengePage(
      200, "<title>Security check engineer</title><script>{\"@type\":\"JobPosting\"}</script>"));
  EXPECT_FALSE(IsChallengePage(403, "<title>Forbidden</title>"));
  EXPECT_FALSE(IsChallengePage(503, ""));
}

}  // namespace
}  // namespace jobmesh::scraper::fetch
