#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jobmesh::scraper {

// One posting as a source states it: what adapters produce and refinement reads. Strings are UTF-8
// and otherwise untouched. An absent optional means that the source has no such field, which is
// different from an empty one: where a structured field is present it is the only place its fact is
// taken from.
struct RawPosting {
  // The source's own id of the posting; empty when it has none.
  std::string native_id;
  // Address of the posting, absolute.
  std::string url;
  std::string title;
  std::string company;
  std::string location;

  std::string description;
  enum class Format { kText, kHtml };
  Format description_format = Format::kText;

  // Free-text fields of the source.
  std::optional<std::string> salary_text;
  std::optional<std::string> experience_text;
  // ISO 8601, RFC 822, 13-digit epoch milliseconds, or words such as "30+ days ago".
  std::optional<std::string> posted_text;
  std::optional<std::string> valid_through_text;
  // "Full-time", "FULL_TIME", "Contract", …
  std::optional<std::string> employment_type_text;
  // "remote", "hybrid", "on-site", "TELECOMMUTE", …
  std::optional<std::string> remote_text;
  std::optional<std::string> seniority_text;

  // A salary that the source states as numbers.
  struct Salary {
    std::optional<double> min;
    std::optional<double> max;
    std::string currency;  // as stated, ISO 4217 where the source is well-behaved
    std::string period;    // HOUR DAY WEEK MONTH YEAR, or empty when the source states none
  };
  std::optional<Salary> salary;
  std::optional<double> experience_months;

  // A place that the source states in parts; each may be empty.
  struct Place {
    std::string city;
    std::string region;
    std::string country;  // name or ISO 3166-1 alpha-2 code
  };
  std::optional<Place> place;

  // Tags or skill names that the source lists.
  std::vector<std::string> tags;
};

}  // namespace jobmesh::scraper
