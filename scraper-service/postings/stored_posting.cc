#include "scraper-service/postings/stored_posting.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

#include "runtime/sha256.h"
#include "scraper-service/refine/canonical_url.h"

namespace jobmesh::scraper {
namespace {

using Json = nlohmann::ordered_json;

// The first half of the digest keeps the index small and is enough to tell postings apart.
std::string HashOf(const std::string& text) { return runtime::Sha256Hex(text).substr(0, 32); }

// PostgreSQL's text holds no NUL.
std::string Clean(std::string text) {
  std::erase(text, '\0');
  return text;
}

// A B-tree of PostgreSQL takes no more than 2,704 bytes.
std::string Indexable(std::string text) {
  constexpr size_t kLongest = 2000;
  return text.size() <= kLongest ? std::move(text) : HashOf(text);
}

Json OrNull(const std::string& text) { return text.empty() ? Json() : Json(Clean(text)); }

template <class T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

void AddSalary(const refine::Refined& refined, Json& row) {
  // Without a currency an amount says nothing that could be compared.
  if (!refined.salary || refined.salary->value.currency.empty()) {
    return;
  }
  const refine::Salary& salary = refined.salary->value;
  row["salary_min"] = OrNull(salary.min);
  row["salary_max"] = OrNull(salary.max);
  row["salary_currency"] = salary.currency;
  row["salary_period"] = salary.period ? Json(refine::Name(*salary.period)) : Json();
  row["annual_min"] = OrNull(salary.annual_min);
  row["annual_max"] = OrNull(salary.annual_max);
}

void AddPlace(const refine::Refined& refined, Json& row) {
  if (refined.place) {
    row["city"] = OrNull(refined.place->value.city);
    row["region"] = OrNull(refined.place->value.region);
    row["country"] = OrNull(refined.place->value.country);
  }
}

Json TimeOrNull(const std::optional<refine::Fact<refine::StatedDate>>& date) {
  return date ? Json(absl::FormatTime(absl::RFC3339_full, date->value.time, absl::UTCTimeZone()))
              : Json();
}

}  // namespace

std::string IdentityKey(const RawPosting& raw, const refine::Refined& refined) {
  if (!raw.native_id.empty()) {
    return absl::StrCat("id:", Indexable(Clean(raw.native_id)));
  }
  const std::string canonical = refine::Canonicalise(raw.url).key;
  if (!canonical.empty()) {
    return absl::StrCat("url:", Indexable(Clean(canonical)));
  }
  return absl::StrCat("text:", HashOf(absl::StrCat(raw.title, "\n", raw.company, "\n",
                                                   refined.fingerprint.content)));
}

StoredPosting MakeStoredPosting(const std::string& source, const std::string& page_url,
                                const RawPosting& raw, const refine::Refined& refined) {
  StoredPosting stored{.identity_key = IdentityKey(raw, refined), .page_url = page_url, .json = {}};
  Json row;
  row["source"] = source;
  row["identity_key"] = stored.identity_key;
  row["native_id"] = Clean(raw.native_id);
  row["url"] = Clean(raw.url);
  row["canonical_url"] = Clean(refine::Canonicalise(raw.url).key);
  row["page_url"] = Clean(page_url);
  row["title"] = Clean(raw.title);
  row["company"] = Clean(raw.company);
  row["location"] = Clean(raw.location);
  AddPlace(refined, row);
  row["description"] = Clean(refined.text);
  row["skills"] = refined.skills;
  AddSalary(refined, row);
  if (refined.experience) {
    row["experience_min_years"] = refined.experience->value.min_years;
    row["experience_max_years"] = OrNull(refined.experience->value.max_years);
  }
  row["employment_type"] =
      refined.employment_type ? Json(refine::Name(refined.employment_type->value)) : Json();
  row["seniority"] = refined.seniority ? Json(refine::Name(refined.seniority->value)) : Json();
  row["remote_mode"] =
      refined.remote_mode ? Json(refine::Name(refined.remote_mode->value)) : Json();
  // A date reckoned from "3 days ago" would change with every run: it counts when the posting is
  // new only.
  const bool stated_date = refined.posted_at && !refined.posted_at->value.relative;
  if (stated_date) {
    row["posted_time"] = TimeOrNull(refined.posted_at);
  }
  row["valid_through_time"] = TimeOrNull(refined.valid_through);
  row["language"] = OrNull(refined.language);
  row["text_fingerprint"] =
      HashOf(absl::StrCat(raw.title, "\n", raw.company, "\n", refined.fingerprint.content));
  // The page's address and what depends on the day are no change of the posting.
  Json hashed = row;
  hashed.erase("page_url");
  row["content_hash"] = HashOf(hashed.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (!stated_date) {
    row["posted_time"] = TimeOrNull(refined.posted_at);
  }
  row["quality_score"] = refined.quality;
  stored.json = row.dump(-1, ' ', false, Json::error_handler_t::replace);
  return stored;
}

}  // namespace jobmesh::scraper
