#include "scraper-service/refine/clustering.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

const std::string kText =
    "We run a bakery network and look for somebody who keeps our ovens connected, measures "
    "temperature and humidity, writes "
    "down what went wrong and explains it to bakers in plain words every single morning before the "
    "shops open their doors.";

ClusterItem Item(std::string_view title, std::string_view company, std::string_view text,
                 std::string_view url = "", Place place = {}) {
  const Fingerprint fingerprint = FingerprintOf(text);
  return {Canonicalise(url), CompanyKey(company), TitleKey(title),
          std::move(place),  fingerprint.content, fingerprint.shingles};
}

TEST(ClusterPostingsTest, CopyOnAnotherSite_IsTheSame) {
  const auto groups = ClusterPostings(
      {Item("Oven Engineer", "Brotwerk GmbH", kText, "https://a.example/1"),
       Item("Oven Engineer (m/f/d)", "Brotwerk", kText + " Apply via our partner.",
            "https://b.example/9"),
       Item("Cook", "Other", "Something else entirely, with enough words to count here.")});
  EXPECT_EQ(groups[0], 0u);
  EXPECT_EQ(groups[1], 0u);
  EXPECT_EQ(groups[2], std::nullopt);
}

TEST(ClusterPostingsTest, TwoRequisitionsOfOneSite_StayApartEvenByWayOfAThird) {
  const auto groups =
      ClusterPostings({Item("Oven Engineer", "Brotwerk", kText, "https://a.example/1"),
                       Item("Oven Engineer", "Brotwerk", kText, "https://a.example/2"),
                       Item("Oven Engineer", "Brotwerk", kText, "https://b.example/9")});
  EXPECT_TRUE(groups[0] != groups[1] || !groups[0].has_value());
}

TEST(ClusterPostingsTest, SameAddress_IsTheSameWhateverTheText) {
  const auto groups =
      ClusterPostings({Item("Cook", "A", "one", "https://www.a.example/jobs/7/?utm_source=x"),
                       Item("Head Cook", "A", "two", "http://a.example/jobs/7")});
  EXPECT_EQ(groups[1], 0u);
}

TEST(ClusterPostingsTest, OtherTitleOrTown_IsAnotherJob) {
  const auto groups = ClusterPostings(
      {Item("Oven Engineer", "Brotwerk", kText, "", {"Leeds", "West Yorkshire", "GB"}),
       Item("Senior Oven Engineer", "Brotwerk", kText),
       Item("Oven Engineer", "Brotwerk", kText, "", {"Maidstone", "Kent", "GB"})});
  for (const auto& group : groups) EXPECT_EQ(group, std::nullopt);
}

TEST(TitleKeyTest, Spellings_AreOne) {
  EXPECT_EQ(TitleKey("Sr. Front-End Dev"), TitleKey("Senior Frontend Developer"));
  EXPECT_NE(TitleKey("C++ Developer"), TitleKey("C# Developer"));
}

TEST(CanonicaliseTest, TrackingAndScheme_DoNotMatter) {
  EXPECT_EQ(Canonicalise("HTTPS://www.Example.com/a/?b=2&utm_medium=x&a=1#top").key,
            "example.com/a?a=1&b=2");
  EXPECT_EQ(Canonicalise("mailto:x@example.com").key, "");
}

}  // namespace
}  // namespace jobmesh::scraper::refine
