#include "scraper-service/fetch/charset.h"

#include <gtest/gtest.h>

#include "scraper-service/fetch/gunzip.h"

namespace jobmesh::scraper::fetch {
namespace {

// "Программист" in windows-1251.
constexpr std::string_view kCyrillic = "\xcf\xf0\xee\xe3\xf0\xe0\xec\xec\xe8\xf1\xf2";
constexpr std::string_view kCyrillicUtf8 = "Программист";

TEST(CharsetTest, Header_IsBelievedBeforeMeta) {
  const std::string body = "<meta charset=\"utf-8\">" + std::string(kCyrillic);
  const auto charset = DetectCharset(body, "text/html; charset=\"Windows-1251\"");
  EXPECT_EQ(charset, "windows-1251");
  EXPECT_NE(ToUtf8(body, charset).find(kCyrillicUtf8), std::string::npos);
}

TEST(CharsetTest, MetaAndXmlDeclaration_AreRead) {
  EXPECT_EQ(DetectCharset("<html><meta name=x content=y><META http-equiv=\"Content-Type\" "
                          "content=\"text/html; charset=windows-1251\">",
                          "text/html"),
            "windows-1251");
  EXPECT_EQ(DetectCharset("<?xml version='1.0' encoding='koi8-r'?><rss/>", "text/xml"), "koi8-r");
}

TEST(CharsetTest, ByteOrderMark_IsBelievedFirst) {
  const std::string utf16("\xff\xfeH\0i\0", 6);
  EXPECT_EQ(ToUtf8(utf16, DetectCharset(utf16, "text/html; charset=utf-8")), "Hi");
  EXPECT_EQ(ToUtf8("\xef\xbb\xbfHi", "utf-8"), "Hi");
}

TEST(CharsetTest, WithoutDeclaration_Utf8OrStatistics) {
  EXPECT_EQ(DetectCharset(kCyrillicUtf8, "text/html"), "utf-8");
  std::string text;
  for (int i = 0; i < 20; ++i) {
    // "Мы ищем опытного программиста в нашу команду. " in windows-1251.
    text +=
        "\xcc\xfb \xe8\xf9\xe5\xec \xee\xef\xfb\xf2\xed\xee\xe3\xee "
        "\xef\xf0\xee\xe3\xf0\xe0\xec\xec\xe8\xf1\xf2\xe0 \xe2 \xed\xe0\xf8\xf3 "
        "\xea\xee\xec\xe0\xed\xe4\xf3. ";
  }
  EXPECT_EQ(DetectCharset(text, ""), "windows-1251");
}

TEST(CharsetTest, UnknownCharsetAndBrokenBytes_StillGiveUtf8) {
  EXPECT_EQ(DetectCharset("plain", "text/html; charset=klingon"), "utf-8");
  EXPECT_EQ(ToUtf8("a\xff"
                   "b\xe2\x82",
                   "utf-8"),
            "a\xef\xbf\xbd"
            "b\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(ToUtf8("\xed\xa0\x80", "utf-8").find('\xed'), std::string::npos);
}

TEST(GunzipTest, DamagedAndOversized_AreRefused) {
  // gzip of 1000 letters "a".
  const std::string packed(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x1c\x05\xa3\x60"
      "\x14\x0c\x77\x00\x00\x03\xda\x38\x9a\xe8\x03\x00\x00",
      29);
  ASSERT_TRUE(IsGzip(packed));
  const auto unpacked = Gunzip(packed, 1000);
  ASSERT_TRUE(unpacked.ok()) << unpacked.status();
  EXPECT_EQ(*unpacked, std::string(1000, 'a'));
  EXPECT_EQ(Gunzip(packed, 999).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Gunzip(packed.substr(0, 15), 1000).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace jobmesh::scraper::fetch
