#include "scraper-service/postings/stored_posting.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

#include "runtime/sha256.h"
#include "scraper-service/refine/canonical_url.h"
#include "scraper-service/refine/dates.h"

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

// Appends fields so that no two postings give the same bytes.
class RawBytes {
 public:
  void Add(std::string_view text) {
    absl::StrAppend(&bytes_, text.size(), ":");
    bytes_ += text;
  }
  void Add(double number) { Add(absl::StrCat(number)); }
  template <class T>
  void Add(const std::optional<T>& value) {
    bytes_ += value ? '+' : '-';
    if (value) Add(*value);
  }
  // A date that is reckoned from the present is only noted as such.
  void AddDate(const std::optional<std::string>& text, absl::Time now) {
    const auto date = text ? refine::ParseDate(*text, now) : std::nullopt;
    date && date->relative ? Add(std::string_view("relative")) : Add(text);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

Json TimeOrNull(const std::optional<refine::Fact<refine::StatedDate>>& date) {
  return date ? Json(absl::FormatTime(absl::RFC3339_full, date->value.time, absl::UTCTimeZone()))
              : Json();
}

}  // namespace

std::string StatedIdentityKey(const RawPosting& raw) {
  if (!raw.native_id.empty()) {
    return absl::StrCat("id:", Indexable(Clean(raw.native_id)));
  }
  const std::string canonical = refine::Canonicalise(raw.url).key;
  if (!canonical.empty()) {
    return absl::StrCat("url:", Indexable(Clean(canonical)));
  }
  return {};
}

std::string IdentityKey(const RawPosting& raw, const refine::Refined& refined) {
  if (std::string key = StatedIdentityKey(raw); !key.empty()) {
    return key;
  }
  return absl::StrCat("text:", HashOf(absl::StrCat(raw.title, "\n", raw.company, "\n",
                                                   refined.fingerprint.content)));
}

std::string RawHash(const RawPosting& raw, uint64_t revision, absl::Time now) {
  RawBytes bytes;
  bytes.Add(absl::StrCat(revision));
  for (const std::string* text :
       {&raw.native_id, &raw.url, &raw.title, &raw.company, &raw.location, &raw.description}) {
    bytes.Add(std::string_view(*text));
  }
  bytes.Add(raw.description_format == RawPosting::Format::kHtml ? "html" : "text");
  for (const auto* text : {&raw.salary_text, &raw.experience_text, &raw.employment_type_text,
                           &raw.remote_text, &raw.seniority_text}) {
    bytes.Add(*text);
  }
  bytes.AddDate(raw.posted_text, now);
  bytes.AddDate(raw.valid_through_text, now);
  bytes.Add(raw.salary ? "salary" : "");
  if (raw.salary) {
    bytes.Add(raw.salary->min);
    bytes.Add(raw.salary->max);
    bytes.Add(std::string_view(raw.salary->currency));
    bytes.Add(std::string_view(raw.salary->period));
  }
  bytes.Add(raw.experience_months);
  bytes.Add(raw.place ? "place" : "");
  if (raw.place) {
    bytes.Add(std::string_view(raw.place->city));
    bytes.Add(std::string_view(raw.place->region));
    bytes.Add(std::string_view(raw.place->country));
  }
  bytes.Add(static_cast<double>(raw.tags.size()));
  for (const std::string& tag : raw.tags) {
    bytes.Add(std::string_view(tag));
  }
  return HashOf(bytes.bytes());
}

StoredPosting MakeStoredPosting(const std::string& source, const std::string& page_url,
                                const RawPosting& raw, const refine::Refined& refined,
                                const std::string& raw_hash) {
  StoredPosting stored{.identity_key = IdentityKey(raw, refined), .page_url = page_url, .json = {}};
  Json row;
  row["source"] = source;
  row["identity_key"] = stored.identity_key;
  row["native_id"] = Clean(raw.native_id);
  row["url"] = Clean(raw.url);
  row["canonical_url"] = Clean(refine::Canonicalise(raw.url).key);
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
  stored.json = row.dump(-1, ' ', false, Json::error_handler_t::replace);
  // The page's address and what depends on the day are no change of the posting.
  Json rest;
  rest["content_hash"] = HashOf(stored.json);
  rest["page_url"] = Clean(page_url);
  if (!stated_date) {
    rest["posted_time"] = TimeOrNull(refined.posted_at);
  }
  rest["quality_score"] = refined.quality;
  rest["raw_hash"] = raw_hash;
  stored.json.back() = ',';
  stored.json += rest.dump(-1, ' ', false, Json::error_handler_t::replace).substr(1);
  return stored;
}

}  // namespace jobmesh::scraper
