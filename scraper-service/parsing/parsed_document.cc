#include "scraper-service/parsing/parsed_document.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "runtime/errors.h"
#include "scraper-service/datasets/posting_fields.h"
#include "scraper-service/json_value.h"
#include "scraper-service/refine/refine.h"
#include "scraper-service/sources/jsonld.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::parsing {
namespace {

using Json = nlohmann::json;
using runtime::InvalidField;

constexpr char kRandomUser[] = "random_user";
constexpr auto kPostingFields =
    std::to_array<const char*>({"title", "company", "location", "description", "salary_text",
                                "experience_text", "posted_text"});

RawPosting PostingOfText(std::string text) {
  RawPosting posting;
  posting.description_format =
      sources::HasTags(text) ? RawPosting::Format::kHtml : RawPosting::Format::kText;
  posting.description = std::move(text);
  return posting;
}

RawPosting PostingOfObject(const Json& object) {
  const bool has_fields = std::ranges::any_of(kPostingFields, [&](const char* field) {
    const auto member = object.find(field);
    return member != object.end() && member->is_string();
  });
  if (!has_fields) {
    // Not our names: what it says is looked for in all of it.
    return PostingOfText(object.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  return datasets::ReadPosting([&](const char* key) -> const std::string* {
    const auto member = object.find(key);
    return member != object.end() && member->is_string() ? member->get_ptr<const Json::string_t*>()
                                                         : nullptr;
  });
}

bool IsAddress(const std::string& text) {
  return (text.starts_with("http://") || text.starts_with("https://")) &&
         std::ranges::none_of(text, [](char c) { return absl::ascii_isspace(c); });
}

Json TextOrNull(std::string_view text) { return text.empty() ? Json() : Json(text); }

template <class T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

template <class Fact>
Json NameOrNull(const std::optional<Fact>& fact) {
  return fact ? Json(refine::Name(fact->value)) : Json();
}

Json TimeOrNull(const std::optional<refine::Fact<refine::StatedDate>>& date) {
  return date ? Json(absl::FormatTime(absl::RFC3339_full, date->value.time, absl::UTCTimeZone()))
              : Json();
}

Json SalaryOf(const refine::Refined& refined) {
  if (!refined.salary) {
    return nullptr;
  }
  const refine::Salary& salary = refined.salary->value;
  return {{"min", OrNull(salary.min)},
          {"max", OrNull(salary.max)},
          {"currency", TextOrNull(salary.currency)},
          {"period", salary.period ? Json(refine::Name(*salary.period)) : Json()},
          {"annual_min", OrNull(salary.annual_min)},
          {"annual_max", OrNull(salary.annual_max)}};
}

Json PlaceOf(const refine::Refined& refined) {
  if (!refined.place) {
    return nullptr;
  }
  const refine::Place& place = refined.place->value;
  return {{"city", TextOrNull(place.city)},
          {"region", TextOrNull(place.region)},
          {"country", TextOrNull(place.country)}};
}

Json Parsed(const RawPosting& raw, const refine::Refined& refined) {
  Json parsed = {{"title", TextOrNull(raw.title)},
                 {"company", TextOrNull(raw.company)},
                 {"url", TextOrNull(raw.url)},
                 {"location", PlaceOf(refined)},
                 {"skills", refined.skills},
                 {"salary", SalaryOf(refined)},
                 {"employment_type", NameOrNull(refined.employment_type)},
                 {"seniority", NameOrNull(refined.seniority)},
                 {"remote_mode", NameOrNull(refined.remote_mode)},
                 {"posted_at", TimeOrNull(refined.posted_at)},
                 {"valid_through", TimeOrNull(refined.valid_through)},
                 {"language", TextOrNull(refined.language)},
                 {"quality", refined.quality},
                 {"text", refined.text}};
  parsed["experience"] = nullptr;
  if (refined.experience) {
    parsed["experience"] = {{"min_years", refined.experience->value.min_years},
                            {"max_years", OrNull(refined.experience->value.max_years)}};
  }
  return parsed;
}

}  // namespace

absl::StatusOr<Wanted> ReadDocument(const Json& document) {
  if (!document.is_object() || document.empty()) {
    return InvalidField("data", "the body must be a JSON object that is not empty");
  }
  if (HasZeroCharacter(document)) {
    return InvalidField("data", "must not contain the character U+0000");
  }
  const auto data = document.find("data");
  if (data == document.end()) {
    return PostingOfObject(document);
  }
  if (data->is_null() || data->empty() || *data == "") {
    return InvalidField("data", "must not be empty");
  }
  if (data->is_object()) {
    return PostingOfObject(*data);
  }
  if (!data->is_string()) {
    return PostingOfText(data->dump());
  }
  auto text = data->get<std::string>();
  if (text == kRandomUser) {
    return PersonWanted{};
  }
  if (IsAddress(text)) {
    return PageWanted{std::move(text)};
  }
  return PostingOfText(std::move(text));
}

std::vector<RawPosting> PostingsOfPage(const std::string& html, const std::string& url) {
  const sources::Document page = sources::Document::ParseHtml(html);
  std::vector<RawPosting> postings;
  for (const Json& job : sources::FindJobPostings(page).postings) {
    postings.push_back(sources::PostingFromJobPosting(job, url));
  }
  if (postings.empty()) {
    RawPosting posting;
    posting.url = url;
    posting.title = sources::TextOf(page.First("//title"));
    posting.description = sources::InnerHtml(page.First("//body"));
    posting.description_format = RawPosting::Format::kHtml;
    postings.push_back(std::move(posting));
  }
  return postings;
}

Json ParsePostings(const std::vector<RawPosting>& postings, const refine::Vocabulary& vocabulary,
                   absl::Time now) {
  Json list = Json::array();
  for (const RawPosting& posting : postings) {
    list.push_back(Parsed(posting, refine::Refine(posting, vocabulary, now)));
  }
  return {{"postings", std::move(list)}};
}

}  // namespace jobmesh::scraper::parsing
