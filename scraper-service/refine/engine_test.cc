#include "scraper-service/refine/engine.h"

#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace jobmesh::scraper::refine {
namespace {

const absl::Time kReadAt = absl::FromUnixSeconds(1'770'000'000);

std::vector<nlohmann::json> Answers(const std::string& input, std::string* errors = nullptr) {
  std::istringstream in(input);
  std::ostringstream out, err;
  EXPECT_EQ(RunEngine(in, out, err, *Vocabulary::Default(), terms::Tagger::Default(), kReadAt), 0);
  if (errors != nullptr) *errors = err.str();
  std::vector<nlohmann::json> lines;
  std::istringstream result(out.str());
  for (std::string line; std::getline(result, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST(RunEngineTest, OneLineEach_InOrderWithAllMembers) {
  const auto lines = Answers(
      "{\"id\":\"b\",\"title\":\"Senior Engineer\",\"location\":\"Remote - "
      "Spain\",\"description\":\"<p>We use Redis &amp; Kafka. "
      "5+ years of "
      "experience.</p>\",\"format\":\"html\",\"salary_text\":\"$100k\",\"unknown\":{\"x\":[1,2]}}\n"
      "{\"id\":\"a\",\"description\":\"\",\"format\":\"text\"}\n");
  ASSERT_EQ(lines.size(), 2u);
  const auto& first = lines[0];
  EXPECT_EQ(first["id"], "b");
  EXPECT_EQ(first["skills"][0], (nlohmann::json{{"name", "Redis"}, {"begin", 10}, {"end", 15}}));
  EXPECT_EQ(first["skills"][1]["begin"], 22);
  EXPECT_EQ(first["salary"]["annual_max"], 100000);
  EXPECT_EQ(first["experience"], (nlohmann::json{{"min_years", 5}, {"max_years", nullptr}}));
  EXPECT_EQ(first["seniority"], "SENIOR");
  EXPECT_EQ(first["remote_mode"], "REMOTE");
  EXPECT_EQ(first["location"],
            (nlohmann::json{{"city", nullptr}, {"region", nullptr}, {"country", "ES"}}));
  for (const char* key : {"salary", "experience", "employment_type", "seniority", "remote_mode",
                          "posted_at", "valid_through", "cluster"}) {
    ASSERT_TRUE(lines[1].contains(key)) << key;
    EXPECT_TRUE(lines[1][key].is_null()) << key;
  }
}

TEST(RunEngineTest, OffsetsCountBytesOfTheReceivedDescription) {
  const std::string description =
      "\xC3\x9C"
      "ber uns \xE2\x80\xA2 Docker";
  const auto lines = Answers(
      nlohmann::json{{"id", "x"}, {"description", description}, {"format", "text"}}.dump() + "\n");
  const auto& skill = lines[0]["skills"][0];
  EXPECT_EQ(
      description.substr(skill["begin"], skill["end"].get<size_t>() - skill["begin"].get<size_t>()),
      "Docker");
}

TEST(RunEngineTest, SalaryField_IsTheOnlyPlaceToLook) {
  const auto lines = Answers(
      "{\"id\":\"x\",\"description\":\"Salary: $90k - "
      "$120k\",\"format\":\"text\",\"salary_text\":\"competitive\"}\n");
  EXPECT_TRUE(lines[0]["salary"].is_null());
}

// Each in words that no other field goes by.
TEST(RunEngineTest, EveryField_IsFoundInRunningText) {
  const std::string description =
      "We keep the ovens of a bakery network connected and look for somebody who likes that.\n"
      "Standort: Leeds, UK\nWork arrangement: hybrid\nMindestens 3 Jahre Berufserfahrung\n"
      "Vollzeit\nBewerbungsschluss: 26 January 2004\n";
  const auto lines = Answers(
      nlohmann::json{{"id", "x"}, {"description", description}, {"format", "text"}}.dump() + "\n");
  EXPECT_EQ(lines[0]["location"]["city"], "Leeds");
  EXPECT_EQ(lines[0]["remote_mode"], "HYBRID");
  EXPECT_EQ(lines[0]["experience"]["min_years"], 3);
  EXPECT_EQ(lines[0]["employment_type"], "FULL_TIME");
  EXPECT_EQ(lines[0]["valid_through"], "2004-01-26");
}

TEST(RunEngineTest, EqualAddresses_ShareACluster) {
  const auto lines = Answers(
      "{\"id\":\"x\",\"description\":\"a\",\"format\":\"text\",\"url\":\"https://a.example/1\"}\n"
      "{\"id\":\"y\",\"description\":\"b\",\"format\":\"text\",\"url\":\"https://a.example/1\"}\n");
  EXPECT_EQ(lines[0]["cluster"], "x");
  EXPECT_EQ(lines[1]["cluster"], "x");
}

TEST(RunEngineTest, BrokenLine_IsAnsweredAndReported) {
  std::string errors;
  const auto lines = Answers(
      "{\"id\":\n{\"id\":\"y\",\"description\":\"\\ud83d\\ude00\",\"format\":\"text\"}\n", &errors);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["id"], "");
  EXPECT_EQ(lines[1]["id"], "y");
  EXPECT_NE(errors.find("line 1"), std::string::npos);
}

}  // namespace
}  // namespace jobmesh::scraper::refine
