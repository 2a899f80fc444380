#include "tests/support/posting_generator.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <libxml/parser.h>
#include <nlohmann/json.hpp>

#include "tests/support/posting_vocabulary.h"
#include "tests/support/posting_wording.h"

namespace jobmesh::testing {
namespace {

constexpr int kSample = 3000;
constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1795000000)};

PostingGenerator Generator(uint64_t seed = 7) {
  return PostingGenerator({.seed = seed, .now = kNow});
}

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '#' || c == '+';
}

// Whether `text` names `word`, in this case and not inside a longer word.
bool Names(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    bool starts = at == 0 || (!IsWordCharacter(text[at - 1]) && text[at - 1] != '.');
    size_t end = at + word.size();
    bool ends = end == text.size() || !IsWordCharacter(text[end]);
    if (starts && ends) return true;
  }
  return false;
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string Digits(std::string_view text) {
  std::string digits;
  for (char c : text) {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) digits += c;
  }
  return digits;
}

TEST(PostingGeneratorTest, SameSeedAndIndex_GiveTheSameBytes) {
  std::string first;
  std::string second;
  for (int i = 0; i < 200; ++i) AppendJsonLine(Generator().At(i), &first);
  PostingGenerator other = Generator();
  for (int i = 0; i < 200; ++i) AppendJsonLine(other.At(i), &second);
  EXPECT_EQ(first, second);
}

TEST(PostingGeneratorTest, PostingDoesNotDependOnThoseBefore) {
  PostingGenerator generator = Generator();
  std::string alone;
  AppendJsonLine(generator.At(1999), &alone);
  for (int i = 0; i < 50; ++i) generator.At(i);
  std::string after;
  AppendJsonLine(generator.At(1999), &after);
  EXPECT_EQ(alone, after);
}

TEST(PostingGeneratorTest, OtherSeed_GivesOtherPostings) {
  EXPECT_NE(Generator(1).At(0).description, Generator(2).At(0).description);
}

TEST(PostingGeneratorTest, DescriptionsAndIds_AreDistinct) {
  std::set<std::string> descriptions;
  std::set<std::string> urls;
  for (int i = 0; i < kSample; ++i) {
    GeneratedPosting posting = Generator().At(i);
    descriptions.insert(posting.description);
    urls.insert(posting.url);
  }
  EXPECT_EQ(descriptions.size(), static_cast<size_t>(kSample));
  EXPECT_EQ(urls.size(), static_cast<size_t>(kSample));
}

TEST(PostingGeneratorTest, DescriptionNamesExactlyTheTrueSkills) {
  std::set<std::string_view> vocabulary;
  for (const Role& role : Roles()) vocabulary.insert(role.skills.begin(), role.skills.end());
  for (int i = 0; i < kSample; ++i) {
    GeneratedPosting posting = Generator().At(i);
    std::set<std::string> expected(posting.truth.skills.begin(), posting.truth.skills.end());
    std::set<std::string> named;
    for (std::string_view skill : vocabulary) {
      if (Names(posting.description, skill)) named.insert(LowerCase(skill));
    }
    ASSERT_EQ(named, expected) << posting.description;
  }
}

TEST(PostingGeneratorTest, StatedSalary_IsInItsPlaceAndNowhereElse) {
  int in_field = 0;
  int in_prose = 0;
  for (int i = 0; i < kSample; ++i) {
    GeneratedPosting posting = Generator().At(i);
    const auto& salary = posting.truth.salary;
    if (!salary) {
      ASSERT_FALSE(posting.salary_text);
      continue;
    }
    ASSERT_TRUE(salary->min || salary->max);
    if (salary->min && salary->max) {
      ASSERT_LT(*salary->min, *salary->max);
    }
    ++(posting.salary_text ? in_field : in_prose);
    std::string digits = Digits(posting.salary_text.value_or(posting.description));
    for (const auto& end : {salary->min, salary->max}) {
      if (!end) continue;
      auto amount = std::to_string(static_cast<int64_t>(*end));
      bool as_k =
          *end >= 10000 && digits.find(amount.substr(0, amount.size() - 3)) != std::string::npos;
      ASSERT_TRUE(digits.find(amount) != std::string::npos || as_k) << posting.description;
    }
  }
  EXPECT_GT(in_field, kSample / 20);
  EXPECT_GT(in_prose, kSample / 5);
}

TEST(PostingGeneratorTest, StatedExperience_IsInTheText) {
  int stated = 0;
  for (int i = 0; i < kSample; ++i) {
    GeneratedPosting posting = Generator().At(i);
    if (!posting.truth.experience) continue;
    ++stated;
    std::string text = posting.experience_text.value_or(posting.description);
    const char* unit = posting.romanian ? " an" : " year";
    ASSERT_NE(text.find(unit), std::string::npos) << text;
    if (posting.truth.experience->max_years) {
      ASSERT_NE(text.find(std::to_string(*posting.truth.experience->max_years) + unit),
                std::string::npos)
          << text;
    }
  }
  EXPECT_GT(stated, kSample / 3);
  EXPECT_LT(stated, kSample);
}

TEST(PostingGeneratorTest, VarietyOfPlacesCurrenciesAndPeriods) {
  std::set<std::string> countries;
  std::set<std::string_view> currencies;
  std::set<std::string_view> periods;
  std::set<std::string_view> modes;
  int romanian = 0;
  int html = 0;
  for (int i = 0; i < kSample; ++i) {
    GeneratedPosting posting = Generator().At(i);
    countries.insert(posting.truth.country);
    modes.insert(posting.truth.remote_mode);
    romanian += posting.romanian ? 1 : 0;
    html += posting.html ? 1 : 0;
    if (!posting.truth.salary) continue;
    currencies.insert(posting.truth.salary->currency);
    periods.insert(posting.truth.salary->period);
  }
  EXPECT_GT(countries.size(), 30U);
  EXPECT_GT(currencies.size(), 15U);
  EXPECT_EQ(periods, (std::set<std::string_view>{"DAY", "HOUR", "MONTH", "YEAR"}));
  EXPECT_EQ(modes.size(), 4U);
  EXPECT_GT(romanian, kSample / 50);
  EXPECT_GT(html, kSample / 3);
}

TEST(PostingGeneratorTest, PostedDate_IsBeforeNowAndWithinTheAge) {
  PostingGenerator generator({.seed = 3, .now = kNow, .max_age_days = 10});
  for (int i = 0; i < 500; ++i) {
    auto posted = generator.At(i).posted_at;
    ASSERT_LE(posted, kNow);
    ASSERT_GE(posted, kNow - std::chrono::days(10));
  }
}

TEST(PostingGeneratorTest, HtmlDescription_IsWellFormed) {
  PostingGenerator generator({.seed = 5, .now = kNow, .markup = PostingGenerator::Markup::kHtml});
  for (int i = 0; i < 300; ++i) {
    std::string document = "<div>" + generator.At(i).description + "</div>";
    xmlDocPtr parsed = xmlReadMemory(document.data(), static_cast<int>(document.size()), "d.xml",
                                     "UTF-8", XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    ASSERT_NE(parsed, nullptr) << document;
    xmlFreeDoc(parsed);
  }
}

TEST(PostingGeneratorTest, Wishes_AreSaidAndNothingElseIsInvented) {
  GeneratedPosting posting = Generator().At(11, {.title = "Astronomer",
                                                 .company = "Dome & Sons",
                                                 .location = "Bern, Switzerland",
                                                 .skills = {{"Fortran", "Rust"}},
                                                 .salary = "",
                                                 .experience = "4+ years"});
  EXPECT_EQ(posting.title, "Astronomer");
  EXPECT_EQ(posting.company, "Dome & Sons");
  EXPECT_EQ(posting.location, "Bern, Switzerland");
  EXPECT_EQ(posting.truth.city, "Bern");
  EXPECT_EQ(posting.truth.country, "Switzerland");
  EXPECT_EQ(posting.truth.skills, (std::vector<std::string>{"fortran", "rust"}));
  EXPECT_TRUE(Names(posting.description, "Fortran"));
  EXPECT_TRUE(Names(posting.description, "Rust"));
  EXPECT_NE(posting.description.find("4+ years"), std::string::npos);
  EXPECT_FALSE(posting.truth.salary);
}

TEST(PostingGeneratorTest, JsonLine_HasTheFieldsOfTheEngineInput) {
  for (int i = 0; i < 500; ++i) {
    GeneratedPosting posting = Generator().At(i);
    std::string line;
    AppendJsonLine(posting, &line);
    ASSERT_EQ(line.find('\n'), std::string::npos);
    auto json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << line;
    EXPECT_EQ(json["description"], posting.description);
    EXPECT_EQ(json["format"], posting.html ? "html" : "text");
    EXPECT_EQ(json["native_id"], posting.native_id);
    EXPECT_EQ(json["url"], posting.url);
    EXPECT_EQ(json["posted_text"], posting.posted_text);
    EXPECT_EQ(json.contains("salary_text"), posting.salary_text.has_value());
    EXPECT_EQ(json.contains("experience_text"), posting.experience_text.has_value());
  }
}

TEST(PostingWordingTest, Dates_AreWrittenAsTheirFormatsSay) {
  // 2026-11-15T10:55:28Z is a Sunday.
  std::chrono::sys_seconds time{std::chrono::seconds(1794740128)};
  EXPECT_EQ(IsoTime(time), "2026-11-15T10:55:28Z");
  EXPECT_EQ(IsoDate(time), "2026-11-15");
  EXPECT_EQ(Rfc822Time(time), "Sun, 15 Nov 2026 10:55:28 +0000");
  EXPECT_EQ(Rfc822Time(time, "GMT"), "Sun, 15 Nov 2026 10:55:28 GMT");
}

}  // namespace
}  // namespace jobmesh::testing
