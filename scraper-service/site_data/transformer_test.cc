#include "scraper-service/site_data/transformer.h"

#include <gtest/gtest.h>

namespace jobmesh::scraper::site_data {
namespace {

using nlohmann::json;

const absl::Time kTransformedAt = absl::FromUnixSeconds(1'771'200'000);  // 2026-02-16

absl::StatusOr<Item> Read(const json& object, std::string_view transformer = kDefaultTransformer) {
  return FindTransformer(transformer)(object, "north", kTransformedAt);
}

Item Take(const json& object, std::string_view transformer = kDefaultTransformer) {
  auto item = Read(object, transformer);
  EXPECT_TRUE(item.ok()) << item.status();
  return item.value_or(Item());
}

TEST(TransformerTest, AWholeObject_IsReadWhole) {
  const Item item = Take({{"id", "n-1"},
                          {"supplier", "Acme Data"},
                          {"comfirmedAt", "2026-02-15T10:00:00Z"},
                          {"status", "open"},
                          {"confirmed", true},
                          {"sitedataScore", 71.5},
                          {"title", "Cook"},
                          {"company", "Inn"},
                          {"location", "Oslo, Norway"},
                          {"description", "<p>Cooks.</p>"},
                          {"url", "https://jobs.example/1"}});
  EXPECT_EQ(item.id, "n-1");
  EXPECT_EQ(item.supplier, "Acme Data");
  EXPECT_EQ(item.confirm_time, absl::FromUnixSeconds(1'771'149'600));
  EXPECT_EQ(item.status, "open");
  EXPECT_TRUE(item.confirmed);
  EXPECT_EQ(item.score, 71.5);
  EXPECT_EQ(item.posting.native_id, "n-1");
  EXPECT_EQ(item.posting.title, "Cook");
  EXPECT_EQ(item.posting.company, "Inn");
  EXPECT_EQ(item.posting.location, "Oslo, Norway");
  EXPECT_EQ(item.posting.url, "https://jobs.example/1");
  EXPECT_EQ(item.posting.description_format, RawPosting::Format::kHtml);
  EXPECT_EQ(item.posting.posted_text, "2026-02-15T10:00:00Z");
}

TEST(TransformerTest, WhatIsAbsent_HasItsStandIn) {
  const Item item = Take({{"title", "Cook"}});
  EXPECT_EQ(item.id.size(), 32u);
  EXPECT_EQ(item.supplier, "north");
  EXPECT_EQ(item.status, "unknown");
  EXPECT_FALSE(item.confirmed);
  EXPECT_FALSE(item.score);
  EXPECT_FALSE(item.confirm_time);
  EXPECT_EQ(item.id, Take({{"title", "Cook"}}).id);
  EXPECT_NE(item.id, Take({{"title", "Waiter"}}).id);
}

TEST(TransformerTest, OtherNames_CountInTheirOrder) {
  EXPECT_EQ(Take({{"id", 7}}).id, "7");
  EXPECT_EQ(Take({{"id", 1}, {"company", "Inn"}}).supplier, "Inn");
  EXPECT_EQ(Take({{"id", 1}, {"score", "12.5"}}).score, 12.5);
  EXPECT_EQ(Take({{"id", 1}, {"score", 3}, {"sitedataScore", 4}}).score, 4);
  for (const char* name : {"comfirmedAt", "confirmedAt", "date", "posted_at"}) {
    EXPECT_EQ(Take({{"id", 1}, {name, "2026-02-15"}}).confirm_time,
              absl::FromUnixSeconds(1'771'113'600))
        << name;
  }
  const Item item = Take({{"id", 1}, {"date", "2026-01-01"}, {"confirmedAt", "2026-02-15"}});
  EXPECT_EQ(item.confirm_time, absl::FromUnixSeconds(1'771'113'600));
}

TEST(TransformerTest, WrongTypes_CountAsAbsent) {
  const Item item = Take({{"id", "x"},
                          {"supplier", json::array()},
                          {"confirmed", "yes"},
                          {"score", "high"},
                          {"date", "some day"},
                          {"status", nullptr}});
  EXPECT_EQ(item.supplier, "north");
  EXPECT_FALSE(item.confirmed);
  EXPECT_FALSE(item.score);
  EXPECT_FALSE(item.confirm_time);
  EXPECT_EQ(item.status, "unknown");
}

TEST(TransformerTest, WhatIsNoItem_IsRefused) {
  for (const char* transformer : {"default", "schema_org"}) {
    for (const json& none : {json(7), json("x"), json(), json::array(), json::object(),
                             json{{"id", ""}, {"title", ""}}, json{{"description", "x"}}}) {
      EXPECT_TRUE(absl::IsInvalidArgument(Read(none, transformer).status())) << none;
    }
  }
  EXPECT_FALSE(Read({{"id", std::string(501, 'x')}}).ok());
  EXPECT_FALSE(Read({{"id", "x"}, {"more", {{"deep", std::string(1, '\0')}}}}).ok());
}

TEST(TransformerTest, SchemaOrg_ReadsAJobPosting) {
  const json posting = {{"@type", "JobPosting"},
                        {"identifier", {{"@type", "PropertyValue"}, {"value", "j-9"}}},
                        {"title", "Cook"},
                        {"hiringOrganization", {{"name", "Inn"}}},
                        {"datePosted", "2026-02-15"},
                        {"validThrough", "2026-02-15T12:00:00Z"},
                        {"url", "https://jobs.example/9"}};
  const Item item = Take(posting, "schema_org");
  EXPECT_EQ(item.id, "j-9");
  EXPECT_EQ(item.supplier, "Inn");
  EXPECT_EQ(item.status, "closed");
  EXPECT_EQ(item.confirm_time, absl::FromUnixSeconds(1'771'113'600));
  EXPECT_EQ(item.posting.company, "Inn");
  EXPECT_EQ(item.posting.url, "https://jobs.example/9");
}

TEST(TransformerTest, OthersAreUnknown) {
  EXPECT_EQ(FindTransformer("magic"), nullptr);
  EXPECT_EQ(TransformerNames().size(), 2u);
}

}  // namespace
}  // namespace jobmesh::scraper::site_data
