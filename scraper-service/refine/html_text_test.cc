#include "scraper-service/refine/html_text.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

std::string SourceOf(const MappedText& text, std::string_view source, std::string_view word) {
  const size_t at = text.text().find(word);
  if (at == std::string::npos) return "(absent)";
  const Range range = text.ToSource({at, at + word.size()});
  return std::string(source.substr(range.begin, range.end - range.begin));
}

TEST(MappedTextTest, PlainText_TidiesBlanksAndKeepsOffsets) {
  const std::string source = "Know\xC2\xA0 \t Rust\r\n\r\n  and \xE2\x80\x9CGo\xE2\x80\x9D";
  const MappedText text = MappedText::FromText(source);
  EXPECT_EQ(text.text(), "Know Rust\nand \"Go\"");
  EXPECT_EQ(SourceOf(text, source, "Rust"), "Rust");
  EXPECT_EQ(SourceOf(text, source, "Go"), "Go");
}

TEST(MappedTextTest, Html_BlocksEndLinesAndItemsAreMarked) {
  const std::string source =
      "<h2>Stack</h2><ul><li>Py<b>thon</b></li><li>C&#43;&#43;</li></ul><script>var "
      "Java=1;</script>";
  const MappedText text = MappedText::FromHtml(source);
  EXPECT_EQ(text.text(), "Stack\n- Python\n- C++\n");
  EXPECT_EQ(SourceOf(text, source, "Python"), "Py<b>thon");
  EXPECT_EQ(SourceOf(text, source, "C++"), "C&#43;&#43;");
}

TEST(MappedTextTest, EscapedOnceOrTwice_IsUnescapedUntilTagsAppear) {
  for (const std::string source :
       {"&lt;p&gt;We use &lt;b&gt;Redis&lt;/b&gt; &amp;amp; Kafka&lt;/p&gt;",
        "&amp;lt;p&amp;gt;We use &amp;lt;b&amp;gt;Redis&amp;lt;/b&amp;gt; &amp;amp;amp; "
        "Kafka&amp;lt;/p&amp;gt;"}) {
    const MappedText text = MappedText::FromHtml(source);
    EXPECT_EQ(text.text(), "We use Redis & Kafka\n");
    EXPECT_EQ(SourceOf(text, source, "Redis"), "Redis");
    EXPECT_EQ(SourceOf(text, source, "Kafka"), "Kafka");
  }
}

TEST(MappedTextTest, EscapedLessThanInRealHtml_StaysText) {
  EXPECT_EQ(MappedText::FromHtml("<p>a &lt;b c</p>").text(), "a <b c\n");
}

TEST(MappedTextTest, BrokenMarkup_LosesNoText) {
  EXPECT_EQ(MappedText::FromHtml("pay < 5 & more <b").text(), "pay < 5 & more <b");
  EXPECT_EQ(MappedText::FromHtml("<a href=\"x>Rust").text(), "Rust");
  EXPECT_EQ(MappedText::FromHtml("<b <i>Go</i>").text(), "Go");
}

TEST(MappedTextTest, TypographicDashAndApostrophe_BecomePlain) {
  const std::string source =
      "5\xE2\x80\x93"
      "7 years\xE2\x80\x99 work";
  const MappedText text = MappedText::FromText(source);
  EXPECT_EQ(text.text(), "5-7 years' work");
  EXPECT_EQ(SourceOf(text, source, "5-7"),
            "5\xE2\x80\x93"
            "7");
}

TEST(MappedTextTest, HostileMarkup_TakesLinearTime) {
  for (const std::string unit :
       {"<a ", "<a =\"", "<!--", "<script>", "&lt;", "<a ='>", "<", "&#"}) {
    std::string source;
    while (source.size() < 2'000'000) source += unit;
    const auto start = std::chrono::steady_clock::now();
    MappedText::FromHtml(source);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)) << unit;
  }
}

TEST(MappedTextTest, InvalidUtf8_IsPassedThrough) {
  const std::string source = "a\xE2\x80 b\xC2";
  EXPECT_EQ(MappedText::FromText(source).text(), source);
}

}  // namespace
}  // namespace jobmesh::scraper::refine
