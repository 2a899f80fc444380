#include "scraper-service/refine/location.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::refine {
namespace {

struct PlaceCase {
  const char* text;
  Place place;
};

class ParseLocationTest : public ::testing::TestWithParam<PlaceCase> {};

TEST_P(ParseLocationTest, ReadsThePlace) {
  const Place place = ParseLocation(GetParam().text);
  EXPECT_EQ(place.city, GetParam().place.city);
  EXPECT_EQ(place.region, GetParam().place.region);
  EXPECT_EQ(place.country, GetParam().place.country);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, ParseLocationTest,
    ::testing::Values(PlaceCase{"San Francisco, CA 94103", {"San Francisco", "California", "US"}},
                      PlaceCase{"CA - San Francisco; WA - Seattle",
                                {"San Francisco", "California", "US"}},
                      PlaceCase{"Remote - US", {"", "", "US"}},
                      PlaceCase{"Toronto, ON, CA", {"Toronto", "Ontario", "CA"}},
                      PlaceCase{"Berlin, DE", {"Berlin", "Berlin", "DE"}},
                      PlaceCase{"Cluj-Napoca, CJ, Romania", {"Cluj-Napoca", "", "RO"}},
                      PlaceCase{"Chi\xC8\x99in\xC4\x83u", {"Chisinau", "", "MD"}},
                      PlaceCase{"Smallville, KS", {"Smallville", "Kansas", "US"}},
                      PlaceCase{"Cambridge, MA", {"Cambridge", "Massachusetts", "US"}},
                      PlaceCase{"Cambridge", {"Cambridge", "England", "GB"}},
                      PlaceCase{"Hybrid - London", {"London", "England", "GB"}},
                      PlaceCase{"Tbilisi, Georgia", {"Tbilisi", "", "GE"}},
                      PlaceCase{"Atlanta, Georgia", {"Atlanta", "Georgia", "US"}}));

TEST(ParseLocationTest, WorkModes_AreNoPlaces) {
  for (const char* text : {"Hybrid", "Remote", "In-Office", "N/A", "Distributed", "LOCATION",
                           "2 Locations", "Hybrid; In-Office", "Anywhere", ""}) {
    EXPECT_TRUE(ParseLocation(text).empty()) << text;
  }
}

TEST(FindLocationTest, HeaderAndLabel_AreRead) {
  const auto header = FindLocation("Acme | Cook | Lyon, France | ONSITE\nmore");
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->value, (Place{"Lyon", "", "FR"}));
  const auto label = FindLocation("Acme\nLOCATION: Yerevan, Armenia\n");
  ASSERT_TRUE(label.has_value());
  EXPECT_EQ(label->value, (Place{"Yerevan", "", "AM"}));
}

TEST(CountryCodeTest, NamesAndCodes_AreKnown) {
  EXPECT_EQ(CountryCode("Moldova"), "MD");
  EXPECT_EQ(CountryCode("md"), "MD");
  EXPECT_EQ(CountryCode("Atlantis"), "");
}

}  // namespace
}  // namespace jobmesh::scraper::refine
