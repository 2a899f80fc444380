#include "scraper-service/parsing/parsed_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/errors.h"

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

std::string FieldOf(const absl::Status& status) {
  const auto detail = runtime::DetailOf(status);
  return detail ? detail->metadata.at("field") : "none";
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

TEST(ParsedDocumentTest, NothingButAnAddress_IsThePageThere) {
  const Wanted page = ReadDocument({{"url", "https://jobs.example/1"}}).value();
  EXPECT_EQ(std::get<PageWanted>(page).url, "https://jobs.example/1");
  const Wanted text =
      ReadDocument({{"url", "https://jobs.example/1"}, {"text", "Serves."}}).value();
  EXPECT_EQ(std::get<RawPosting>(text).url, "https://jobs.example/1");
  for (const char* url : {"", "file:///etc/passwd", "jobs.example", "https://a b.example/"}) {
    EXPECT_EQ(FieldOf(ReadDocument({{"url", url}}).status()), "url") << url;
  }
}

TEST(ParsedDocumentTest, TextAndHtml_StandForTheDescription) {
  const Wanted plain = ReadDocument({{"text", "a < b"}, {"title", "Waiter"}}).value();
  EXPECT_EQ(std::get<RawPosting>(plain).description, "a < b");
  EXPECT_EQ(std::get<RawPosting>(plain).description_format, RawPosting::Format::kText);
  EXPECT_EQ(std::get<RawPosting>(plain).title, "Waiter");
  const Wanted html = ReadDocument({{"html", "Fish &amp; chips"}}).value();
  EXPECT_EQ(std::get<RawPosting>(html).description_format, RawPosting::Format::kHtml);
  EXPECT_EQ(FieldOf(ReadDocument({{"text", "a"}, {"html", "b"}}).status()), "text");
  EXPECT_EQ(FieldOf(ReadDocument({{"text", "a"}, {"description", "b"}}).status()), "text");
}

TEST(ParsedDocumentTest, TextsThatAreTooLong_AreRefusedByTheirField) {
  const std::string fits(kLongestText, 'a');
  EXPECT_TRUE(ReadDocument({{"text", fits}}).ok());
  EXPECT_TRUE(ReadDocument({{"data", fits}}).ok());
  EXPECT_EQ(FieldOf(ReadDocument({{"text", fits + "a"}}).status()), "text");
  EXPECT_EQ(FieldOf(ReadDocument({{"data", fits + "a"}}).status()), "data");
}

TEST(ParsedDocumentTest, Evidence_IsTheBytesOfTheDescription) {
  const std::string description =
      "<p>Caf\xC3\xA9: &euro;50&nbsp;per hour.</p><p>At least 3 years of <b>PostgreSQL</b>.</p>";
  const json parsed = ParseText({{"html", description}, {"title", "Senior engineer"}});
  EXPECT_EQ(parsed["description"], description);
  EXPECT_EQ(parsed["format"], "html");
  const json& evidence = parsed["evidence"];
  EXPECT_EQ(evidence["seniority"], json({{"origin", "field"}}));
  for (const char* fact : {"salary", "experience"}) {
    const json& place = evidence[fact];
    EXPECT_EQ(place["origin"], "text") << fact;
    const size_t begin = place["begin"];
    EXPECT_EQ(description.substr(begin, place["end"].get<size_t>() - begin), place["quote"]);
  }
  EXPECT_THAT(evidence["salary"]["quote"], ::testing::HasSubstr("&euro;50"));
  ASSERT_EQ(parsed["mentions"].size(), 1u);
  EXPECT_EQ(parsed["mentions"][0]["quote"], "PostgreSQL");
  EXPECT_FALSE(evidence.contains("location"));
}

TEST(ParsedDocumentTest, QuotesAndMentions_AreBounded) {
  std::string text;
  for (int i = 0; i < 1'500; ++i) text += "Rust, ";
  EXPECT_EQ(ParseText({{"text", text}})["mentions"].size(), 1'000u);
}

}  // namespace
}  // namespace jobmesh::scraper::parsing
