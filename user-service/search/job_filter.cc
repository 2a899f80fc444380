#include "user-service/search/job_filter.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"
#include "user-service/text/text.h"

namespace jobmesh::user {
namespace {

namespace v1 = search::v1;
using runtime::postgres::Param;
using runtime::postgres::ToParam;

constexpr size_t kMaxTextCharacters = 200;
constexpr int kMaxSkills = 50;
constexpr size_t kMinPrefixCharacters = 3;

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > ' ') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) {
    words.push_back(std::move(word));
  }
  return words;
}

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || (c & 0x80) != 0;
}

Param TextOrNull(const std::string& text) { return text.empty() ? Param() : Param(text); }

Param PatternOrNull(const std::string& text) {
  return text.empty() ? Param() : Param(ContainsPattern(text));
}

Param UpperOrNull(std::string text) {
  absl::AsciiStrToUpper(&text);
  return TextOrNull(text);
}

Param PatternsOrNull(const std::vector<std::string>& patterns) {
  return patterns.empty() ? Param() : ToParam(patterns);
}

Param SpellingsOrNull(const v1::JobFilter& filter, const SkillNames& names) {
  std::vector<std::string> spellings;
  for (const std::string& skill : filter.skills()) {
    for (std::string& spelling : names.Spellings(skill)) {
      spellings.push_back(std::move(spelling));
    }
  }
  return PatternsOrNull(spellings);
}

Param SinceOrNull(const v1::JobFilter& filter) {
  if (!filter.has_posted_since()) {
    return {};
  }
  return ToParam(absl::FromUnixSeconds(filter.posted_since().seconds()) +
                 absl::Nanoseconds(filter.posted_since().nanos()));
}

// Quotes, `or` and leading minus: the meaning of a word is then not simply that it must be there.
bool HasOperators(const std::string& q) {
  const std::string padded = " " + FoldCase(q) + " ";
  return padded.find('"') != std::string::npos || padded.find(" or ") != std::string::npos ||
         padded.find(" -") != std::string::npos;
}

absl::Status CheckWord(const char* field, const std::string& value,
                       std::initializer_list<std::string_view> allowed) {
  if (value.empty()) {
    return absl::OkStatus();
  }
  std::string upper(value);
  absl::AsciiStrToUpper(&upper);
  std::string problem("must be one of");
  for (const std::string_view word : allowed) {
    if (upper == word) {
      return absl::OkStatus();
    }
    problem.append(" ").append(word);
  }
  return runtime::InvalidField(field, problem);
}

absl::Status CheckLength(const char* field, const std::string& value) {
  return CodePoints(value) > kMaxTextCharacters
             ? runtime::InvalidField(field, "is longer than 200 characters")
             : absl::OkStatus();
}

}  // namespace

absl::Status ValidateJobFilter(const v1::JobFilter& filter) {
  RETURN_IF_ERROR(CheckLength("title", filter.title()));
  RETURN_IF_ERROR(CheckLength("q", filter.q()));
  RETURN_IF_ERROR(CheckLength("location", filter.location()));
  RETURN_IF_ERROR(CheckLength("company", filter.company()));
  RETURN_IF_ERROR(CheckLength("source", filter.source()));
  if (filter.skills_size() > kMaxSkills) {
    return runtime::InvalidField("skills", "has more than 50 members");
  }
  RETURN_IF_ERROR(
      CheckWord("seniority", filter.seniority(),
                {"INTERN", "JUNIOR", "MID", "SENIOR", "LEAD", "DIRECTOR", "EXECUTIVE"}));
  RETURN_IF_ERROR(CheckWord(
      "employment_type", filter.employment_type(),
      {"FULL_TIME", "PART_TIME", "CONTRACT", "TEMPORARY", "INTERN", "VOLUNTEER", "OTHER"}));
  RETURN_IF_ERROR(CheckWord("remote_mode", filter.remote_mode(), {"REMOTE", "HYBRID", "ONSITE"}));
  if (filter.has_salary_min() &&
      !(std::isfinite(filter.salary_min()) && filter.salary_min() >= 0)) {
    return runtime::InvalidField("salary_min", "must be a number, not negative");
  }
  return absl::OkStatus();
}

v1::JobFilter ToJobFilter(const v1::FindJobsRequest& request) {
  v1::JobFilter filter;
  filter.set_title(request.title());
  filter.set_q(request.q());
  filter.set_location(request.location());
  filter.set_company(request.company());
  *filter.mutable_skills() = request.skills();
  filter.set_seniority(request.seniority());
  filter.set_employment_type(request.employment_type());
  filter.set_remote_mode(request.remote_mode());
  if (request.has_salary_min()) {
    filter.set_salary_min(request.salary_min());
  }
  if (request.has_posted_since()) {
    *filter.mutable_posted_since() = request.posted_since();
  }
  filter.set_source(request.source());
  if (request.has_has_salary()) {
    filter.set_has_salary(request.has_salary());
  }
  return filter;
}

runtime::postgres::Params FilterParams(const v1::JobFilter& filter, TitleScope scope,
                                       const SkillNames& names) {
  const bool in_title = scope == TitleScope::kTitle;
  const Param words = TextOrNull(WordsQuery(filter.title()));
  const Param marks = PatternsOrNull(MarkPatterns(filter.title()));
  return {in_title ? words : Param(),
          in_title ? marks : Param(),
          in_title ? Param() : words,
          in_title ? Param() : marks,
          TextOrNull(std::string(Trim(filter.q()))),
          HasOperators(filter.q()) ? Param() : PatternsOrNull(MarkPatterns(filter.q())),
          PatternOrNull(std::string(Trim(filter.location()))),
          PatternOrNull(std::string(Trim(filter.company()))),
          SpellingsOrNull(filter, names),
          UpperOrNull(filter.seniority()),
          UpperOrNull(filter.employment_type()),
          UpperOrNull(filter.remote_mode()),
          filter.has_salary_min() ? ToParam(filter.salary_min()) : Param(),
          SinceOrNull(filter),
          TextOrNull(filter.source()),
          filter.has_has_salary() ? ToParam(filter.has_salary()) : Param()};
}

std::string WordsQuery(std::string_view words) {
  std::string query;
  const std::vector<std::string> all = SplitWords(words);
  for (size_t i = 0; i < all.size(); ++i) {
    if (std::none_of(all[i].begin(), all[i].end(), IsWordCharacter)) {
      continue;  // marks alone: the text search knows no such word
    }
    query += query.empty() ? "'" : " & '";
    for (const char c : all[i]) {
      if (c == '\'' || c == '\\') {
        query += c;
      }
      query += c;
    }
    query += '\'';
    const bool plain = std::all_of(all[i].begin(), all[i].end(), IsWordCharacter);
    if (i + 1 == all.size() && plain && CodePoints(all[i]) >= kMinPrefixCharacters) {
      query += ":*";
    }
  }
  return query;
}

std::vector<std::string> MarkPatterns(std::string_view words) {
  std::vector<std::string> patterns;
  for (const std::string& word : SplitWords(words)) {
    const bool marked =
        word.find_first_of("+#") != std::string::npos || (word.size() > 1 && word.front() == '.');
    if (marked && std::any_of(word.begin(), word.end(), IsWordCharacter)) {
      patterns.push_back(ContainsPattern(word));
    }
  }
  return patterns;
}

std::string ContainsPattern(std::string_view text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') {
      pattern += '\\';
    }
    pattern += c;
  }
  return pattern + "%";
}

}  // namespace jobmesh::user
