#include "scraper-service/refine/language.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

TEST(DetectLanguageTest, Languages_AreTold) {
  EXPECT_EQ(
      DetectLanguage(
          "We are looking for a person who will work with our team on the product and its users."),
      "en");
  EXPECT_EQ(DetectLanguage("Wir suchen eine Person, die mit uns und unseren Kunden an der Technik "
                           "arbeitet und nicht nur zusieht."),
            "de");
  EXPECT_EQ(
      DetectLanguage("C\xC4\x83ut\xC4\x83m o persoan\xC4\x83 care s\xC4\x83 lucreze cu echipa "
                     "noastr\xC4\x83 \xC8\x99i pentru clien\xC8\x9Bi din \xC3\xAEntreaga \xC8\x9B"
                     "ar\xC4\x83."),
      "ro");
}

TEST(DetectLanguageTest, ShortOrStrangeText_IsUnclear) {
  EXPECT_EQ(DetectLanguage(""), "");
  EXPECT_EQ(DetectLanguage("Python Java SQL"), "");
}

}  // namespace
}  // namespace jobmesh::scraper::refine
