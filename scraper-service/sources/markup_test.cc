#include "scraper-service/sources/markup.h"

#include <gtest/gtest.h>

namespace jobmesh::scraper::sources {
namespace {

TEST(MarkupTest, Entities_AreUnescapedOnce) {
  EXPECT_EQ(UnescapeEntities("a &amp;lt; b &eacute;&#233;&#xE9; &apos; &nope; & &#xD800;"),
            "a &lt; b ééé ' &nope; & \xef\xbf\xbd");
}

TEST(MarkupTest, UnescapeUntilTags_StopsWhereTagsAppear) {
  EXPECT_EQ(UnescapeUntilTags("&amp;amp;lt;p&amp;amp;gt;x"), "<p>x");
  EXPECT_EQ(UnescapeUntilTags("<p>&lt;b&gt;</p>"), "<p>&lt;b&gt;</p>");
  EXPECT_EQ(UnescapeUntilTags("R&amp;D"), "R&amp;D");
}

TEST(MarkupTest, Html_KeepsUtf8WhateverItsMetaSays) {
  const auto page =
      Document::ParseHtml("<meta charset='windows-1251'><p class='a b'>Привет&nbsp; x");
  EXPECT_EQ(TextOf(page.First("//p[" JOBMESH_HAS_CLASS("b") "]")), "Привет x");
  EXPECT_EQ(Document::ParseHtml("").root(), nullptr);
}

TEST(MarkupTest, HostileNesting_IsBounded) {
  std::string html;
  std::string xml = "<rss>";
  for (int i = 0; i < 200'000; ++i) {
    html += "<div>";
    xml += "<a>";
  }
  Document::ParseHtml(html).Select("//p");
  Document::ParseXml(xml);
}

TEST(MarkupTest, XmlWithEntities_IsRefused) {
  EXPECT_FALSE(Document::ParseXml("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"));
  EXPECT_FALSE(Document::ParseXml("not xml"));
  const auto broken = Document::ParseXml("<a><b>x</b><c>");
  ASSERT_TRUE(broken);
  EXPECT_FALSE(broken->well_formed());
}

}  // namespace
}  // namespace jobmesh::scraper::sources
