#include "scraper-service/parsing/parsed_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::scraper::parsing {
namespace {

using nlohmann::json;

json ParseText(const json& document) {
  static const auto& vocabulary =
      *new auto(refine::Vocabulary::Parse(refine::Vocabulary::DefaultFile()).value());
  const Wanted wanted = ReadDocument(document).value();
  return ParsePostings({std::get<RawPosting>(wanted)}, *vocabulary,
                       absl::UnixEpoch())["postings"][0];
}

TEST(ParsedDocumentTest, EmptyDocuments_AreRefused) {
  for (const json& document :
       {json(), json::object(), json::array({1}), json("text"), json{{"data", ""}},
        json{{"data", nullptr}}, json{{"data", json::object()}}}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadDocument(document).status())) << document;
  }
}

TEST(ParsedDocumentTest, ZeroCharacters_AreRefusedWhereverTheyStand) {
  EXPECT_FALSE(ReadDocument(json::parse(R"({"data":{"a":["\u0000"]}})")).ok());
  EXPECT_FALSE(ReadDocument(json::parse(R"({"a\u0000":1})")).ok());
}

TEST(ParsedDocumentTest, Data_TellsWhatIsWanted) {
  EXPECT_TRUE(std::holds_alternative<PersonWanted>(*ReadDocument({{"data", "random_user"}})));
  const Wanted page = ReadDocument({{"data", "https://jobs.example/1"}}).value();
  EXPECT_EQ(std::get<PageWanted>(page).url, "https://jobs.example/1");
  const Wanted text = ReadDocument({{"data", "see https://jobs.example/1"}}).value();
  EXPECT_EQ(std::get<RawPosting>(text).description, "see https://jobs.example/1");
}

TEST(ParsedDocumentTest, AText_IsReadAsAPosting) {
  const json parsed = ParseText(
      {{"data",
        "We pay $120,000 - $150,000 a year for 5+ years of Python and PostgreSQL. Remote."}});
  EXPECT_EQ(parsed["salary"]["annual_min"], 120000);
  EXPECT_EQ(parsed["salary"]["currency"], "USD");
  EXPECT_EQ(parsed["experience"]["min_years"], 5);
  EXPECT_EQ(parsed["skills"], json({"Python", "PostgreSQL"}));
}

TEST(ParsedDocumentTest, WhatIsNotStated_IsNull) {
  const json parsed = ParseText({{"data", "test"}});
  for (const char* fact : {"salary", "experience", "employment_type", "seniority", "location"}) {
    EXPECT_TRUE(parsed[fact].is_null()) << fact;
  }
  EXPECT_EQ(parsed["skills"], json::array());
}

TEST(ParsedDocumentTest, FieldsOfAPosting_CountWithAndWithoutData) {
  const json posting = {{"title", "Engineer"}, {"company", "ACME"}, {"salary_text", "$50/hour"}};
  for (const json& document : {posting, json{{"data", posting}}}) {
    const json parsed = ParseText(document);
    EXPECT_EQ(parsed["title"], "Engineer");
    EXPECT_EQ(parsed["company"], "ACME");
    EXPECT_EQ(parsed["salary"]["period"], "HOUR");
  }
}

TEST(ParsedDocumentTest, APage_GivesItsPostings) {
  const auto postings = PostingsOfPage(
      R"(<script type="application/ld+json">{"@type":"JobPosting","title":"Cook",
         "hiringOrganization":{"name":"Inn"},"description":"Cooks."}</script>)",
      "https://jobs.example/1");
  ASSERT_EQ(postings.size(), 1u);
  EXPECT_EQ(postings[0].title, "Cook");
  EXPECT_EQ(postings[0].company, "Inn");
}

TEST(ParsedDocumentTest, APageWithoutPostings_IsOneItself) {
  const auto postings =
      PostingsOfPage("<title>Waiter</title><body><p>Serves.</p></body>", "https://jobs.example/2");
  ASSERT_EQ(postings.size(), 1u);
  EXPECT_EQ(postings[0].title, "Waiter");
  EXPECT_EQ(postings[0].url, "https://jobs.example/2");
  EXPECT_THAT(postings[0].description, ::testing::HasSubstr("Serves."));
}

}  // namespace
}  // namespace jobmesh::scraper::parsing
