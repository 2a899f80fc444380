#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobmesh::testing {

// A salary exactly as the posting states it; an absent end is open ("up to", "from").
struct SalaryFact {
  std::optional<double> min;
  std::optional<double> max;
  std::string_view currency;  // ISO 4217
  std::string_view period;    // HOUR DAY MONTH YEAR
};

// Years of experience asked for; no max means "or more".
struct ExperienceFact {
  int min_years = 0;
  std::optional<int> max_years;
};

// What the text of a posting says, for tests to compare extraction with. Empty means "not stated".
struct PostingTruth {
  std::vector<std::string> skills;  // lower case, in the order of their first mention
  std::optional<SalaryFact> salary;
  std::optional<ExperienceFact> experience;
  std::string_view employment_type;  // FULL_TIME PART_TIME CONTRACT TEMPORARY INTERN
  std::string_view seniority;        // INTERN JUNIOR MID SENIOR LEAD DIRECTOR
  std::string_view remote_mode;      // REMOTE HYBRID ONSITE
  std::string city;
  std::string region;
  std::string country;
  std::string country_code;  // ISO 3166-1 alpha-2; empty for a place that was given as text
};

// An invented posting as a source would publish it.
struct GeneratedPosting {
  std::string native_id;
  std::string url;
  std::string title;
  std::string company;
  std::string location;
  std::string description;
  bool html = false;  // of the description
  // Fields beside the description; a fact that is in a field is not repeated in the description.
  std::optional<std::string> salary_text;
  std::optional<std::string> experience_text;
  std::string posted_text;  // ISO 8601, RFC 822, epoch milliseconds, or words
  std::chrono::sys_seconds posted_at;
  bool romanian = false;
  PostingTruth truth;
};

// What a generated posting should say instead of what chance would make it say.
struct PostingWishes {
  std::optional<std::string> title;
  std::optional<std::string> company;
  std::optional<std::string> location;             // "City, Country"
  std::optional<std::vector<std::string>> skills;  // exactly these are named
  // Text put into the description as it is; an empty one means that nothing is stated. The truth of
  // a fact that was given as text is left empty.
  std::optional<std::string> salary;
  std::optional<std::string> experience;
};

// Makes realistic invented postings. A posting is a function of options, index and wishes alone, so
// any of them can be made without the ones before it. Safe to use from several threads at once.
class PostingGenerator {
 public:
  enum class Language { kVaried, kEnglish, kRomanian };
  enum class Markup { kVaried, kHtml, kText };

  struct Options {
    uint64_t seed = 1;
    // Posted dates lie before it. Injected, so that equal options give equal postings.
    std::chrono::sys_seconds now{};
    int max_age_days = 45;
    std::string base_url = "https://jobs.example";  // without a slash at the end
    Language language = Language::kVaried;
    Markup markup = Markup::kVaried;
    // Of the postings that state a salary or experience, the share that states it in a field of its
    // own.
    double salary_field_share = 0.3;
    double experience_field_share = 0.2;
  };

  explicit PostingGenerator(Options options) : options_(std::move(options)) {}

  GeneratedPosting At(uint64_t index) const { return At(index, {}); }
  GeneratedPosting At(uint64_t index, const PostingWishes& wishes) const;

 private:
  Options options_;
};

// `posting` as one line (no line break) of the refinement engine's input: id, title, company,
// location, description, format, salary_text?, experience_text?, posted_text, url, native_id.
void AppendJsonLine(const GeneratedPosting& posting, std::string* out);

}  // namespace jobmesh::testing
