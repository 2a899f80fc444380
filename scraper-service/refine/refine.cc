#include "scraper-service/refine/refine.h"

#include <string_view>
#include <unordered_set>
#include <utility>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/html_text.h"
#include "scraper-service/refine/language.h"
#include "scraper-service/refine/quality.h"

namespace jobmesh::scraper::refine {
namespace {

template <typename T>
std::optional<Fact<T>> Structured(std::optional<T> value) {
  if (!value) return std::nullopt;
  return Fact<T>{*std::move(value), {Origin::kStructured, {}}};
}

// Turns a range of the text into one of the description.
template <typename T>
std::optional<Fact<T>> InSource(std::optional<Fact<T>> fact, const MappedText& text) {
  if (fact && fact->evidence.origin == Origin::kText)
    fact->evidence.range = text.ToSource(fact->evidence.range);
  return fact;
}

// The same for values that carry their range themselves.
template <typename T>
std::optional<Fact<T>> WithRange(std::optional<T> value, const MappedText& text) {
  if (!value) return std::nullopt;
  const Evidence evidence{Origin::kText, text.ToSource(value->range)};
  return Fact<T>{*std::move(value), evidence};
}

std::optional<Fact<Place>> FindPlace(const RawPosting& posting, const MappedText& text,
                                     const ScannedText& scanned) {
  if (posting.place) {
    Place place{posting.place->city, posting.place->region, CountryCode(posting.place->country)};
    if (place.country.empty())
      place.country = ParseLocation(place.city + ", " + place.region).country;
    if (!place.empty()) return Fact<Place>{std::move(place), {Origin::kStructured, {}}};
  }
  if (!Trimmed(posting.location).empty()) {
    Place place = ParseLocation(MappedText::FromText(posting.location).text());
    if (place.empty()) return std::nullopt;
    return Fact<Place>{std::move(place), {Origin::kStructured, {}}};
  }
  return InSource(FindLocation(scanned), text);
}

std::optional<Fact<RemoteMode>> FindMode(const RawPosting& posting, const MappedText& text,
                                         const ScannedText& scanned) {
  if (posting.remote_text) {
    if (auto mode = ParseRemoteField(*posting.remote_text)) return Structured(mode);
  }
  for (const std::string* line : {&posting.location, &posting.title}) {
    if (auto mode = RemoteModeOfLine(*line)) return Structured(mode);
  }
  return InSource(FindRemoteMode(scanned), text);
}

std::optional<Fact<Salary>> FindPay(const RawPosting& posting, const MappedText& text,
                                    std::string_view country) {
  if (posting.salary) {
    return Structured(SalaryFromNumbers(posting.salary->min, posting.salary->max,
                                        posting.salary->currency, posting.salary->period, country));
  }
  if (posting.salary_text) {
    return Structured(ParseSalaryField(MappedText::FromText(*posting.salary_text).text(), country));
  }
  return WithRange(FindSalary(text.text(), country), text);
}

std::optional<Fact<Experience>> FindYears(const RawPosting& posting, const MappedText& text,
                                          const ScannedText& scanned) {
  if (posting.experience_months) {
    return Fact<Experience>{{*posting.experience_months / 12, std::nullopt, {}},
                            {Origin::kStructured, {}}};
  }
  if (posting.experience_text) {
    return Structured(ParseExperienceField(MappedText::FromText(*posting.experience_text).text()));
  }
  return WithRange(FindExperience(scanned), text);
}

// Mentions of the vocabulary and terms of the tagger as one list, in order.
std::vector<FoundSkill> Merged(const std::vector<SkillMention>& mentions,
                               const std::vector<Range>& terms, std::string_view text) {
  std::vector<FoundSkill> found;
  found.reserve(mentions.size() + terms.size());
  const auto add = [&](const Skill& skill, Range range) {
    found.push_back({skill.name, skill.knowledge, range});
  };
  auto mention = mentions.begin();
  for (const Range& term : terms) {
    for (; mention != mentions.end() && mention->range.end <= term.begin; ++mention) {
      if (!mention->skill->knowledge) add(*mention->skill, mention->range);
    }
    const size_t before = found.size();
    for (; mention != mentions.end() && mention->range.begin < term.end; ++mention)
      add(*mention->skill, term);
    if (found.size() == before)
      found.push_back({std::string(text.substr(term.begin, term.end - term.begin)), true, term});
  }
  for (; mention != mentions.end(); ++mention) {
    if (!mention->skill->knowledge) add(*mention->skill, mention->range);
  }
  return found;
}

void FindSkills(const RawPosting& posting, const MappedText& text, const ScannedText& scanned,
                const Vocabulary& vocabulary, const terms::Tagger* tagger, Refined& out) {
  std::unordered_set<const Skill*> seen;
  const auto add = [&](const Skill& skill) {
    if (!skill.knowledge && seen.insert(&skill).second) out.skills.push_back(skill.name);
  };
  for (const std::string& tag : posting.tags) {
    if (const Skill* skill = vocabulary.Lookup(tag)) add(*skill);
  }
  // A title names the trade's technology, "Senior Go Engineer", but has no place in the
  // description.
  for (const SkillMention& mention : vocabulary.Find(posting.title)) add(*mention.skill);
  const std::vector<SkillMention> mentions = vocabulary.Find(scanned);
  for (const SkillMention& mention : mentions) add(*mention.skill);
  if (tagger != nullptr && (out.language.empty() || out.language == "en")) {
    const std::vector<Range> terms = tagger->Find(scanned.text(), mentions);
    out.mentions = Merged(mentions, terms, scanned.text());
  } else {
    for (const SkillMention& mention : mentions)
      out.mentions.push_back({mention.skill->name, mention.skill->knowledge, mention.range});
  }
  for (FoundSkill& found : out.mentions) found.range = text.ToSource(found.range);
}

// The phrases that whole texts are searched for, but for the names of skills.
const StartFilter& CueStarts() {
  static const StartFilter* const kFilter = [] {
    std::vector<const PhraseMatcher*> all;
    for (const auto& some : {LocationPhrases(), RemoteModePhrases(), ExperiencePhrases(),
                             EmploymentTypePhrases(), DeadlinePhrases()})
      all.insert(all.end(), some.begin(), some.end());
    return new StartFilter(all);
  }();
  return *kFilter;
}

int Score(const RawPosting& posting, const Refined& refined, absl::Time now) {
  Completeness has;
  has.title = !posting.title.empty();
  has.company = !posting.company.empty();
  has.url = !posting.url.empty();
  has.place = refined.place.has_value() || refined.remote_mode.has_value();
  has.salary = refined.salary.has_value();
  has.employment_type = refined.employment_type.has_value();
  has.experience = refined.experience.has_value();
  has.skills = refined.skills.size();
  has.description_bytes = refined.text.size();
  std::optional<absl::Time> posted;
  if (refined.posted_at) posted = refined.posted_at->value.time;
  return QualityScore(has, posted, now);
}

}  // namespace

Refined Refine(const RawPosting& posting, const Vocabulary& vocabulary, absl::Time now,
               const terms::Tagger* tagger) {
  const bool html = posting.description_format == RawPosting::Format::kHtml;
  MappedText text =
      html ? MappedText::FromHtml(posting.description) : MappedText::FromText(posting.description);
  Refined out;
  const ScannedText scanned(text.text());
  out.language = DetectLanguage(scanned);
  FindSkills(posting, text, scanned, vocabulary, tagger, out);
  const ScannedText cues = scanned.Only(CueStarts());
  out.place = FindPlace(posting, text, cues);
  out.remote_mode = FindMode(posting, text, cues);
  out.salary = FindPay(posting, text,
                       out.place ? std::string_view(out.place->value.country) : std::string_view());
  out.experience = FindYears(posting, text, cues);
  if (posting.employment_type_text) {
    out.employment_type = Structured(ParseEmploymentTypeField(*posting.employment_type_text));
  } else {
    out.employment_type = InSource(FindEmploymentType(posting.title, cues), text);
  }
  if (posting.seniority_text)
    out.seniority = Structured(ParseSeniorityField(*posting.seniority_text));
  if (!out.seniority) {
    out.seniority = posting.title.empty() ? InSource(FindSeniority(text.text()), text)
                                          : Structured(SeniorityOfTitle(posting.title));
  }
  if (posting.posted_text) out.posted_at = Structured(ParseDate(*posting.posted_text, now));
  if (posting.valid_through_text) {
    out.valid_through = Structured(ParseDate(*posting.valid_through_text, now));
  } else {
    out.valid_through = InSource(FindDeadline(cues), text);
  }
  out.fingerprint = FingerprintOf(text.text());
  out.text = std::move(text).TakeText();
  out.quality = Score(posting, out, now);
  return out;
}

}  // namespace jobmesh::scraper::refine
