#include "tests/support/sample_board/upstream_apis.h"

#include <cctype>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tests/support/posting_generator.h"
#include "tests/support/posting_vocabulary.h"
#include "tests/support/posting_wording.h"
#include "tests/support/random.h"

namespace jobmesh::testing {
namespace {

using Json = nlohmann::ordered_json;

Page AnswerOf(const Json& json) {
  return {.content_type = "application/json; charset=utf-8", .body = json.dump()};
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string Hex(Random& random, int digits) {
  std::string hex;
  for (int i = 0; i < digits; ++i) hex += "0123456789abcdef"[random.Below(16)];
  return hex;
}

Json Person(Random& random) {
  std::string first(random.Pick(FirstNames()));
  std::string last(random.Pick(LastNames()));
  const WorkPlace& place = random.Pick(WorkPlaces());
  int number = random.Between(1, 999);
  std::string handle = LowerCase(first) + "." + LowerCase(last);
  return {{"gender", random.Chance(0.5) ? "female" : "male"},
          {"name", {{"title", "Mx"}, {"first", first}, {"last", last}}},
          {"location", {{"city", place.city}, {"country", place.country}}},
          {"email", handle + std::to_string(number) + "@example.com"},
          {"login",
           {{"uuid", Hex(random, 8) + "-" + Hex(random, 4) + "-4" + Hex(random, 3) + "-a" +
                         Hex(random, 3) + "-" + Hex(random, 12)},
            {"username", handle + std::to_string(number)}}},
          {"dob", {{"age", random.Between(20, 66)}}},
          {"phone", "555-" + std::to_string(random.Between(1000, 9999))},
          {"nat", place.country_code}};
}

uint64_t HashOf(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325ULL;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

}  // namespace

Page RandomUsers(uint64_t seed, int count) {
  Random random(seed);
  Json results = Json::array();
  for (int i = 0; i < count; ++i) results.push_back(Person(random));
  return AnswerOf(
      {{"results", std::move(results)},
       {"info",
        {{"seed", std::to_string(seed)}, {"results", count}, {"page", 1}, {"version", "1.4"}}}});
}

Page ProviderItems(std::string_view origin, std::string_view site, std::string_view provider,
                   std::chrono::sys_days day) {
  static constexpr std::string_view kStatuses[] = {"open", "open", "open", "pending", "closed"};
  std::string key = std::string(site).append("/").append(provider);
  uint64_t seed = HashOf(key) + static_cast<uint64_t>(day.time_since_epoch().count());
  Random random(seed);
  PostingGenerator generator({.seed = seed,
                              .now = day + std::chrono::hours(24) - std::chrono::seconds(1),
                              .max_age_days = 1,
                              .language = PostingGenerator::Language::kEnglish,
                              .markup = PostingGenerator::Markup::kText,
                              .salary_field_share = 0,
                              .experience_field_share = 0});
  Json items = Json::array();
  int count = random.Between(8, 20);
  for (int i = 0; i < count; ++i) {
    GeneratedPosting posting = generator.At(static_cast<uint64_t>(i));
    std::string id = std::string(provider) + "-" + IsoDate(day) + "-" + std::to_string(i + 1);
    Json item = {{"id", id},
                 {"supplier", posting.company},
                 {"date", IsoTime(posting.posted_at)},
                 {"status", random.Pick(std::span<const std::string_view>(kStatuses))}};
    if (!random.Chance(0.2)) item["confirmed"] = random.Chance(0.6);
    if (!random.Chance(0.3)) item["score"] = random.Between(0, 1000) / 10.0;
    item["title"] = posting.title;
    item["company"] = posting.company;
    item["location"] = posting.location;
    item["description"] = posting.description;
    item["url"] = std::string(origin).append("/sites/").append(key).append("/").append(id);
    items.push_back(std::move(item));
  }
  return AnswerOf(items);
}

std::optional<std::chrono::sys_days> ParseDay(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int parts[3];
  constexpr size_t kOffsets[] = {0, 5, 8};
  constexpr size_t kSizes[] = {4, 2, 2};
  for (int i = 0; i < 3; ++i) {
    const char* begin = text.data() + kOffsets[i];
    auto [end, error] = std::from_chars(begin, begin + kSizes[i], parts[i]);
    if (error != std::errc() || end != begin + kSizes[i]) return std::nullopt;
  }
  std::chrono::year_month_day date{std::chrono::year(parts[0]),
                                   std::chrono::month(static_cast<unsigned>(parts[1])),
                                   std::chrono::day(static_cast<unsigned>(parts[2]))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

}  // namespace jobmesh::testing
