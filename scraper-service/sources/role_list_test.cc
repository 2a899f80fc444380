#include "scraper-service/sources/role_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<std::string> Titles(const std::string& html) {
  std::vector<std::string> titles;
  for (const ListedRole& role : FindRoles(html)) titles.push_back(role.title);
  return titles;
}

TEST(RoleListTest, Bullets_AreRoles) {
  EXPECT_THAT(
      Titles("Lantern | Several roles<p>We light streets. We seek:<p>- Senior Rust Engineer"
             "<p>- Product Designer (part-time)<p>- Staff Engineer, Lamps - Tallinn<p>Write!"),
      ElementsAre("Senior Rust Engineer", "Product Designer", "Staff Engineer, Lamps"));
  EXPECT_THAT(Titles("Lantern<p>* Data Analyst / Scientist\n1. UX Lead\n2) Fullstack "
                     "Developer: Rust"),
              ElementsAre("Data Analyst / Scientist", "UX Lead", "Fullstack Developer"));
}

TEST(RoleListTest, LinesWithALink_NeedNoBullet) {
  const auto roles = FindRoles(
      "Lantern | Remote<p>Backend Developer - <a href=\"https://lantern.example/1\">apply</a><p>"
      "Mobile Developer: <a href=\"https://lantern.example/2\">https://lantern.example/2</a>");
  ASSERT_THAT(roles, SizeIs(2));
  EXPECT_EQ(roles[0].title, "Backend Developer");
  EXPECT_EQ(roles[0].url, "https://lantern.example/1");
  EXPECT_EQ(roles[1].url, "https://lantern.example/2");
}

TEST(RoleListTest, EachRole_HasItsOwnPayAndNotTheLinesOfTheOthers) {
  const auto roles = FindRoles(
      "Lantern | Remote<p>We light streets.<p>- Rust Engineer ($150k-$170k)<p>- Go Engineer - "
      "&euro;60k<p>- Cobol Engineer<p>Write to us.");
  ASSERT_THAT(roles, SizeIs(3));
  EXPECT_THAT(roles[0].pay, HasSubstr("$150k-$170k"));
  EXPECT_THAT(roles[1].pay, HasSubstr("60k"));
  EXPECT_EQ(roles[2].pay, "");
  EXPECT_THAT(roles[0].html, HasSubstr("We light streets.<p>- Rust Engineer"));
  EXPECT_THAT(roles[0].html, HasSubstr("Write to us."));
  EXPECT_THAT(roles[0].html, Not(HasSubstr("Cobol")));
}

TEST(RoleListTest, Sentences_AreNoRoles) {
  EXPECT_THAT(
      Titles("Lantern | Engineer<p>- Work with designers and engineers<p>- Experience as a "
             "Software Engineer<p>- Engineers who care<p>- 5 years as a lead<p>- Engineering "
             "culture<p>* Our lead engineer is kind<p>- Rust, Go, SQL"),
      IsEmpty());
  EXPECT_THAT(Titles("Lantern<p>Our Lead Engineer wrote about it at length and with joy: <a "
                     "href=\"https://a.example/\">here</a><p>Lead Engineer"),
              IsEmpty());
}

TEST(RoleListTest, OneRole_IsNoList) {
  EXPECT_THAT(Titles("Lantern | Remote<p>- Rust Engineer<p>Write to us."), IsEmpty());
}

TEST(RoleListTest, TooMany_AreLeftTogether) {
  std::string html = "Lantern";
  for (int i = 0; i < 21; ++i) html += "<p>- Rust Engineer";
  EXPECT_THAT(Titles(html), IsEmpty());
}

}  // namespace
}  // namespace jobmesh::scraper::sources
