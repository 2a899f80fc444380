#include "scraper-service/sources/page_postings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::sources {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(PagePostingsTest, StructuredData_GivesThePostings) {
  const auto postings = PostingsOfPage(
      R"(<h1>Two</h1><script type="application/ld+json">[{"@type":"JobPosting","title":"Cook",
         "hiringOrganization":{"name":"Inn"},"description":"Cooks."},
         {"@type":"JobPosting","title":"Waiter","description":"Serves."}]</script>)",
      "https://jobs.example/1");
  ASSERT_THAT(postings, SizeIs(2));
  EXPECT_EQ(postings[0].title, "Cook");
  EXPECT_EQ(postings[0].company, "Inn");
  EXPECT_EQ(postings[1].title, "Waiter");
}

TEST(PagePostingsTest, WithoutIt_TheMainPartIsThePosting) {
  const auto postings = PostingsOfPage(
      "<title>Waiter - Inn</title><body><nav>Java jobs</nav><main><h1>Waiter</h1><p>Serves.</p>"
      "</main><footer>More</footer></body>",
      "https://jobs.example/2");
  ASSERT_THAT(postings, SizeIs(1));
  EXPECT_EQ(postings[0].title, "Waiter");
  EXPECT_EQ(postings[0].url, "https://jobs.example/2");
  EXPECT_THAT(postings[0].description, HasSubstr("Serves."));
  EXPECT_THAT(postings[0].description, Not(HasSubstr("Java")));
}

TEST(PagePostingsTest, AnEmptyMainPart_IsPassedOver) {
  const auto postings =
      PostingsOfPage("<body><main> </main><article>Serves.</article></body>", "https://a.example/");
  ASSERT_THAT(postings, SizeIs(1));
  EXPECT_THAT(postings[0].description, HasSubstr("Serves."));
}

TEST(PagePostingsTest, TheTitleOfAPageWithoutHeading_IsWhatItIsSharedAs) {
  const auto titled = [](const std::string& head) {
    return PostingsOfPage("<head>" + head + "</head><body>Serves.</body>", "https://a.example/")
        .at(0)
        .title;
  };
  EXPECT_EQ(titled("<title>Waiter - Inn</title>"), "Waiter - Inn");
  EXPECT_EQ(titled("<title>Inn</title><meta property=\"og:title\" content=\"Waiter\">"), "Waiter");
}

TEST(PagePostingsTest, APageWithoutText_HoldsNone) {
  EXPECT_THAT(PostingsOfPage("", "https://a.example/"), IsEmpty());
  EXPECT_THAT(PostingsOfPage("<body><img src=a.png></body>", "https://a.example/"), IsEmpty());
}

}  // namespace
}  // namespace jobmesh::scraper::sources
