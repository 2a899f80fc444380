#include "tests/support/posting_generator.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/posting_prose.h"
#include "tests/support/posting_vocabulary.h"
#include "tests/support/posting_wording.h"
#include "tests/support/random.h"

namespace jobmesh::testing {
namespace {

using std::string_view;

struct Level {
  string_view seniority;
  Words prefixes;
  double pay;
  int min_years;
  int max_years;
  double share;
};

constexpr string_view kSeniorPrefixes[] = {"Senior ", "Senior ", "Sr. "};
constexpr string_view kJuniorPrefixes[] = {"Junior ", "Entry Level "};
constexpr string_view kLeadPrefixes[] = {"Lead ", "Staff ", "Principal "};
constexpr string_view kMidPrefixes[] = {"Mid-Level ", "Intermediate "};
constexpr string_view kNoPrefix[] = {""};
constexpr string_view kOnlySenior[] = {"Senior "};
constexpr string_view kOnlyJunior[] = {"Junior "};
constexpr string_view kOnlyLead[] = {"Lead "};

constexpr Level kLevels[] = {
    {"", kNoPrefix, 1.0, 2, 4, 0.45},
    {"SENIOR", kSeniorPrefixes, 1.3, 4, 7, 0.28},
    {"JUNIOR", kJuniorPrefixes, 0.62, 1, 1, 0.1},
    {"LEAD", kLeadPrefixes, 1.6, 6, 10, 0.08},
    {"MID", kMidPrefixes, 1.0, 3, 5, 0.05},
    {"INTERN", kNoPrefix, 0.35, 0, 0, 0.04},
};

const Level& PickLevel(Random& random) {
  double left = random.Unit();
  for (const Level& level : kLevels) {
    if (left < level.share) return level;
    left -= level.share;
  }
  return kLevels[0];
}

string_view RomanianPrefix(const Level& level) {
  if (level.seniority == "SENIOR") return kOnlySenior[0];
  if (level.seniority == "JUNIOR") return kOnlyJunior[0];
  if (level.seniority == "LEAD") return kOnlyLead[0];
  return {};
}

std::string MakeTitle(Random& random, const Role& role, const Level& level, string_view main_skill,
                      bool romanian) {
  std::string title(romanian ? RomanianPrefix(level) : random.Pick(level.prefixes));
  string_view name = random.Pick(romanian ? role.romanian_titles : role.titles);
  uint32_t form = random.Below(5);
  if (form == 0 && !romanian) title.append(main_skill).append(" ");
  title += name;
  if (form == 1) title.append(" (").append(main_skill).append(")");
  if (level.seniority == "INTERN") title += " Intern";
  return title;
}

std::string MakeCompany(Random& random, const WorkPlace& place) {
  std::string company(random.Pick(CompanyStems()));
  company += random.Pick(CompanyEndings());
  if (!random.Chance(0.3)) return company;
  string_view country = place.country_code;
  if (country == "DE" || country == "AT" || country == "CH") return company + " GmbH";
  if (country == "MD" || country == "RO") return company + " SRL";
  if (country == "GB" || country == "IE") return company + " Ltd";
  if (country == "US") return company + (random.Chance(0.5) ? ", Inc." : " LLC");
  if (country == "PL") return company + " Sp. z o.o.";
  if (country == "FR" || country == "ES") return company + " S.A.";
  return company;
}

std::string MakeLocation(Random& random, const WorkPlace& place, PostingTruth* truth) {
  if (truth->remote_mode == "REMOTE" && random.Chance(0.6)) {
    if (random.Chance(0.4)) return "Remote";
    truth->country = place.country;
    truth->country_code = place.country_code;
    return std::string(random.Chance(0.5) ? "Remote - " : "Remote, ").append(place.country);
  }
  truth->city = place.city;
  truth->region = place.region;
  truth->country = place.country;
  truth->country_code = place.country_code;
  std::string location(place.city);
  if (!place.region.empty()) location.append(", ").append(place.region);
  bool american = place.country_code == "US";
  if (!american || random.Chance(0.3)) location.append(", ").append(place.country);
  return location;
}

// Rounded as people round: two significant digits, or three for small steps.
double Rounded(double amount, string_view period) {
  double step = 1;
  if (period == "YEAR") {
    step = amount > 1e6 ? 100000 : amount > 20000 ? 5000 : 1000;
  } else if (period == "MONTH") {
    step = amount > 100000 ? 5000 : amount > 10000 ? 1000 : amount > 2000 ? 100 : 50;
  } else if (period == "DAY") {
    step = 25;
  }
  return std::max(step, std::round(amount / step) * step);
}

SalaryFact MakeSalary(Random& random, const Role& role, const WorkPlace& place, const Level& level,
                      string_view employment_type) {
  SalaryFact salary{.currency = place.currency, .period = place.period};
  if (employment_type == "CONTRACT" || employment_type == "PART_TIME") {
    if (place.country_code == "US") salary.period = "HOUR";
    if (place.country_code == "GB") salary.period = "DAY";
  }
  double divisor = 1;
  if (salary.period == "MONTH") divisor = 12;
  if (salary.period == "DAY") divisor = 230;
  if (salary.period == "HOUR") divisor = 2080;
  double middle = role.yearly_pay_usd * level.pay * place.pay_level * place.units_per_usd *
                  (0.85 + 0.3 * random.Unit()) / divisor;
  double half_width = 0.05 + 0.15 * random.Unit();
  double low = Rounded(middle * (1 - half_width), salary.period);
  double high = Rounded(middle * (1 + half_width), salary.period);
  double form = random.Unit();
  if (low == high || form < 0.1) {
    salary.max = high;
  } else if (form < 0.2) {
    salary.min = low;
  } else {
    salary.min = low;
    salary.max = high;
  }
  return salary;
}

ExperienceFact MakeExperience(Random& random, const Level& level) {
  ExperienceFact experience{.min_years = random.Between(level.min_years, level.max_years)};
  if (random.Chance(0.4)) {
    experience.max_years = experience.min_years + random.Between(1, 3);
  }
  return experience;
}

string_view MakeEmploymentType(Random& random, const Level& level) {
  if (level.seniority == "INTERN") return "INTERN";
  double chance = random.Unit();
  if (chance < 0.5) return "FULL_TIME";
  if (chance < 0.6) return "CONTRACT";
  if (chance < 0.65) return "PART_TIME";
  if (chance < 0.67) return "TEMPORARY";
  return {};
}

string_view MakeRemoteMode(Random& random) {
  double chance = random.Unit();
  if (chance < 0.22) return "REMOTE";
  if (chance < 0.45) return "HYBRID";
  if (chance < 0.6) return "ONSITE";
  return {};
}

std::vector<std::string> PickSkills(Random& random, Words pool) {
  std::vector<string_view> left(pool.begin(), pool.end());
  auto count = std::min<size_t>(left.size(), random.Between(2, 7));
  std::vector<std::string> picked;
  picked.reserve(count);
  // The first of a pool is what the role is about, so it is named most of the time.
  size_t next = random.Chance(0.8) ? 0 : random.Below(static_cast<uint32_t>(left.size()));
  while (true) {
    picked.emplace_back(left[next]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(next));
    if (picked.size() == count) return picked;
    next = random.Below(static_cast<uint32_t>(left.size()));
  }
}

std::string LowerCase(string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

void ApplyLocation(const std::string& location, GeneratedPosting* posting) {
  posting->location = location;
  PostingTruth& truth = posting->truth;
  truth.region.clear();
  truth.country_code.clear();
  auto comma = location.find(", ");
  truth.city = location.substr(0, comma);
  truth.country = comma == std::string::npos ? "" : location.substr(location.rfind(", ") + 2);
}

}  // namespace

GeneratedPosting PostingGenerator::At(uint64_t index, const PostingWishes& wishes) const {
  Random random = Random::For(options_.seed, index);
  GeneratedPosting posting;
  PostingTruth& truth = posting.truth;
  posting.native_id = std::to_string(1000000 + index);
  posting.url = options_.base_url + "/jobs/" + posting.native_id;
  posting.romanian = options_.language == Language::kRomanian ||
                     (options_.language == Language::kVaried && random.Chance(0.06));
  posting.html = options_.markup == Markup::kHtml ||
                 (options_.markup == Markup::kVaried && random.Chance(0.6));

  const Role& role = random.Pick(Roles());
  const WorkPlace& place = random.Pick(posting.romanian ? RomanianWorkPlaces() : WorkPlaces());
  const Level& level = PickLevel(random);

  std::vector<std::string> skills = PickSkills(random, role.skills);
  posting.title = MakeTitle(random, role, level, skills.front(), posting.romanian);
  truth.seniority = level.seniority == "MID" && posting.romanian ? "" : level.seniority;
  if (wishes.skills) skills = *wishes.skills;
  if (wishes.title) {
    posting.title = *wishes.title;
    truth.seniority = {};
  }
  posting.company = MakeCompany(random, place);
  if (wishes.company) posting.company = *wishes.company;

  truth.employment_type = MakeEmploymentType(random, level);
  truth.remote_mode = MakeRemoteMode(random);
  posting.location = MakeLocation(random, place, &truth);
  if (wishes.location) ApplyLocation(*wishes.location, &posting);

  std::string salary_in_prose;
  if (wishes.salary) {
    salary_in_prose = *wishes.salary;
  } else if (random.Chance(0.55)) {
    truth.salary = MakeSalary(random, role, place, level, truth.employment_type);
    std::string words = WordSalary(random, *truth.salary, posting.romanian);
    if (random.Chance(options_.salary_field_share)) {
      posting.salary_text = std::move(words);
    } else {
      salary_in_prose = std::move(words);
    }
  }

  std::string experience_in_prose;
  if (wishes.experience) {
    experience_in_prose = *wishes.experience;
  } else if (level.max_years > 0 && random.Chance(0.65)) {
    truth.experience = MakeExperience(random, level);
    std::string words = WordExperience(random, *truth.experience, posting.romanian);
    if (random.Chance(options_.experience_field_share)) {
      posting.experience_text = std::move(words);
    } else {
      experience_in_prose = std::move(words);
    }
  }

  auto age =
      std::chrono::seconds(random.Below(static_cast<uint32_t>(options_.max_age_days) * 86400));
  posting.posted_at = options_.now - age;
  posting.posted_text = WordDate(random, posting.posted_at, options_.now);

  std::string reference;
  if (random.Chance(0.5)) reference = "R-" + std::to_string(random.Between(10000, 9999999));
  for (const std::string& skill : skills) truth.skills.push_back(LowerCase(skill));
  posting.description = WriteDescription(random, {.title = posting.title,
                                                  .company = posting.company,
                                                  .city = truth.city,
                                                  .tasks = role.tasks,
                                                  .skills = skills,
                                                  .experience = experience_in_prose,
                                                  .salary = salary_in_prose,
                                                  .employment_type = truth.employment_type,
                                                  .remote_mode = truth.remote_mode,
                                                  .reference = reference,
                                                  .html = posting.html,
                                                  .romanian = posting.romanian});
  return posting;
}

}  // namespace jobmesh::testing
