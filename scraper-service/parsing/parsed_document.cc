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
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::parsing {
namespace {

using Json = nlohmann::json;
using runtime::InvalidField;

constexpr char kRandomUser[] = "random_user";
constexpr size_t kLongestQuote = 200;
constexpr size_t kMostMentions = 1'000;
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

bool IsAddress(const std::string& text) {
  return (text.starts_with("http://") || text.starts_with("https://")) &&
         std::ranges::none_of(text, [](char c) { return absl::ascii_isspace(c); });
}

const std::string* TextAt(const Json& object, const char* key) {
  const auto member = object.find(key);
  return member != object.end() && member->is_string() ? member->get_ptr<const Json::string_t*>()
                                                       : nullptr;
}

absl::StatusOr<Wanted> PageAt(const std::string& url) {
  if (!IsAddress(url)) {
    return InvalidField("url", "must be an address that begins with http:// or https://");
  }
  return PageWanted{url};
}

absl::StatusOr<Wanted> WantedOfObject(const Json& object) {
  const bool has_fields = std::ranges::any_of(
      kPostingFields, [&](const char* field) { return TextAt(object, field) != nullptr; });
  const std::string* const text = TextAt(object, "text");
  const std::string* const html = TextAt(object, "html");
  if ((text != nullptr) + (html != nullptr) + (TextAt(object, "description") != nullptr) > 1) {
    return InvalidField("text", "give only one of text, html and description");
  }
  const std::string* const url = TextAt(object, "url");
  if (text == nullptr && html == nullptr && !has_fields) {
    // Names that are none of ours: what it says is looked for in all of it.
    return url != nullptr
               ? PageAt(*url)
               : Wanted(PostingOfText(object.dump(-1, ' ', false, Json::error_handler_t::replace)));
  }
  RawPosting posting = datasets::ReadPosting([&](const char* key) { return TextAt(object, key); });
  if (text != nullptr) {
    RawPosting read = PostingOfText(*text);
    posting.description = std::move(read.description);
    posting.description_format = read.description_format;
  } else if (html != nullptr) {
    posting.description = *html;
    posting.description_format = RawPosting::Format::kHtml;
  }
  return posting;
}

// `field` names where the text came from.
absl::StatusOr<Wanted> WithinLimit(absl::StatusOr<Wanted> wanted, std::string_view field) {
  if (wanted.ok()) {
    const auto* posting = std::get_if<RawPosting>(&*wanted);
    if (posting != nullptr && posting->description.size() > kLongestText) {
      return InvalidField(field, absl::StrCat("is longer than ", kLongestText, " bytes"));
    }
  }
  return wanted;
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

// Begins with `text`, is at most `size` bytes and ends where a character does.
std::string_view Beginning(std::string_view text, size_t size) {
  if (text.size() <= size) {
    return text;
  }
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) {
    --size;
  }
  return text.substr(0, size);
}

Json PlaceInText(const RawPosting& raw, refine::Range range) {
  const std::string_view text = raw.description;
  Json place = {{"begin", range.begin}, {"end", range.end}};
  if (range.begin <= range.end && range.end <= text.size()) {
    place["quote"] = Beginning(text.substr(range.begin, range.end - range.begin), kLongestQuote);
  }
  return place;
}

Json OriginOf(const RawPosting& raw, const refine::Evidence& evidence) {
  switch (evidence.origin) {
    case refine::Origin::kStructured:
      return {{"origin", "field"}};
    case refine::Origin::kInferred:
      return {{"origin", "inferred"}};
    case refine::Origin::kText:
      break;
  }
  Json origin = PlaceInText(raw, evidence.range);
  origin["origin"] = "text";
  return origin;
}

Json EvidenceOf(const RawPosting& raw, const refine::Refined& refined) {
  Json evidence = Json::object();
  const auto add = [&](const char* name, const auto& fact) {
    if (fact) {
      evidence[name] = OriginOf(raw, fact->evidence);
    }
  };
  add("salary", refined.salary);
  add("experience", refined.experience);
  add("employment_type", refined.employment_type);
  add("seniority", refined.seniority);
  add("remote_mode", refined.remote_mode);
  add("location", refined.place);
  add("posted_at", refined.posted_at);
  add("valid_through", refined.valid_through);
  return evidence;
}

Json MentionsOf(const RawPosting& raw, const refine::Refined& refined) {
  Json mentions = Json::array();
  for (const refine::FoundSkill& found : refined.mentions) {
    if (mentions.size() == kMostMentions) {
      break;
    }
    Json mention = PlaceInText(raw, found.range);
    mention["name"] = found.name;
    mention["knowledge"] = found.knowledge;
    mentions.push_back(std::move(mention));
  }
  return mentions;
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
                 {"text", refined.text},
                 {"description", raw.description},
                 {"format", raw.description_format == RawPosting::Format::kHtml ? "html" : "text"},
                 {"evidence", EvidenceOf(raw, refined)},
                 {"mentions", MentionsOf(raw, refined)}};
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
    return WithinLimit(WantedOfObject(document), "text");
  }
  if (data->is_null() || data->empty() || *data == "") {
    return InvalidField("data", "must not be empty");
  }
  if (data->is_object()) {
    return WithinLimit(WantedOfObject(*data), "text");
  }
  if (!data->is_string()) {
    return WithinLimit(PostingOfText(data->dump()), "data");
  }
  auto text = data->get<std::string>();
  if (text == kRandomUser) {
    return PersonWanted{};
  }
  if (IsAddress(text)) {
    return PageWanted{std::move(text)};
  }
  return WithinLimit(PostingOfText(std::move(text)), "data");
}

Json ParsePostings(const std::vector<RawPosting>& postings, const refine::Vocabulary& vocabulary,
                   absl::Time now) {
  Json list = Json::array();
  for (const RawPosting& posting : postings) {
    list.push_back(Parsed(
        posting, refine::Refine(posting, vocabulary, now, &refine::terms::Tagger::Default())));
  }
  return {{"postings", std::move(list)}};
}

}  // namespace jobmesh::scraper::parsing
