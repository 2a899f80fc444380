#include "tests/support/posting_wording.h"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace jobmesh::testing {
namespace {

using std::string_view;

struct AmountStyle {
  string_view separator;  // between groups of three digits
  bool thousands_as_k = false;
};

std::string WordAmount(double amount, const AmountStyle& style) {
  auto value = static_cast<int64_t>(amount);
  if (style.thousands_as_k) return std::to_string(value / 1000) + "k";
  std::string digits = std::to_string(value);
  for (auto at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), style.separator);
  }
  return digits;
}

string_view CurrencySymbol(string_view currency) {
  if (currency == "USD") return "$";
  if (currency == "EUR") return "€";
  if (currency == "GBP") return "£";
  if (currency == "INR") return "₹";
  if (currency == "BRL") return "R$";
  return {};
}

// Every way is right for its period; which one is chance.
string_view PeriodWords(Random& random, string_view period, bool romanian) {
  static constexpr string_view kYear[] = {" per year", " a year", "/year", " per annum",
                                          " annually"};
  static constexpr string_view kMonth[] = {" per month", "/month", " monthly", " a month"};
  static constexpr string_view kDay[] = {" per day", "/day", " a day"};
  static constexpr string_view kHour[] = {" per hour", "/hr", " an hour", "/hour"};
  static constexpr string_view kAn[] = {" pe an", " anual"};
  static constexpr string_view kLuna[] = {" pe lună", "/lună", " lunar"};
  static constexpr string_view kOra[] = {" pe oră", "/oră"};
  static constexpr string_view kZi[] = {" pe zi", "/zi"};
  auto pick = [&random](auto& words) { return random.Pick(std::span<const string_view>(words)); };
  if (period == "YEAR") return romanian ? pick(kAn) : pick(kYear);
  if (period == "MONTH") return romanian ? pick(kLuna) : pick(kMonth);
  if (period == "DAY") return romanian ? pick(kZi) : pick(kDay);
  return romanian ? pick(kOra) : pick(kHour);
}

string_view NumberWord(int number) {
  static constexpr string_view kWords[] = {"zero", "one",   "two",   "three", "four", "five",
                                           "six",  "seven", "eight", "nine",  "ten"};
  return number >= 0 && number <= 10 ? kWords[number] : string_view();
}

std::string Years(int years, bool romanian) {
  std::string text = std::to_string(years);
  if (romanian) return text + (years == 1 ? " an" : " ani");
  return text + (years == 1 ? " year" : " years");
}

constexpr string_view kMonthNames[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr string_view kDayNames[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

}  // namespace

std::string WordSalary(Random& random, const SalaryFact& salary, bool romanian) {
  AmountStyle style{.separator = ","};
  if (salary.currency != "USD" && salary.currency != "GBP" && random.Chance(0.4)) {
    style.separator = " ";
  } else if (salary.currency == "EUR" && random.Chance(0.2)) {
    style.separator = ".";
  }
  auto whole_thousands = [](const std::optional<double>& amount) {
    return !amount || (*amount >= 10000 && static_cast<int64_t>(*amount) % 1000 == 0);
  };
  style.thousands_as_k = salary.period == "YEAR" && whole_thousands(salary.min) &&
                         whole_thousands(salary.max) && random.Chance(0.25);

  string_view symbol = CurrencySymbol(salary.currency);
  std::string before;
  std::string after;
  if (!symbol.empty() && random.Chance(0.7)) {
    if (salary.currency == "EUR" && random.Chance(0.5)) {
      after = std::string(" ").append(symbol);
    } else {
      before = symbol;
    }
  } else if (romanian && salary.currency == "MDL" && random.Chance(0.5)) {
    after = " lei";
  } else if (random.Chance(0.4)) {
    before = std::string(salary.currency).append(" ");
  } else {
    after = std::string(" ").append(salary.currency);
  }

  std::string text;
  auto amount = [&](double value) { return WordAmount(value, style); };
  if (salary.min && salary.max) {
    static constexpr string_view kDashes[] = {" - ", "-", " – ", " to "};
    static constexpr string_view kLiniute[] = {" - ", "-", " – "};
    string_view dash = romanian ? random.Pick(std::span<const string_view>(kLiniute))
                                : random.Pick(std::span<const string_view>(kDashes));
    text = before + amount(*salary.min);
    text += dash;
    // A symbol is repeated before the upper end, a code is not.
    if (!before.empty() && before.back() != ' ') text += before;
    text += amount(*salary.max) + after;
  } else if (salary.max) {
    text = (romanian ? "până la " : "up to ") + before + amount(*salary.max) + after;
  } else {
    text = (romanian ? "de la " : "from ") + before + amount(*salary.min) + after;
  }
  // A yearly amount in dollars or pounds is often written without its period.
  bool obvious = salary.period == "YEAR" && (salary.currency == "USD" || salary.currency == "GBP");
  if (!obvious || !random.Chance(0.15)) text += PeriodWords(random, salary.period, romanian);
  return text;
}

std::string WordExperience(Random& random, const ExperienceFact& experience, bool romanian) {
  int min = experience.min_years;
  if (experience.max_years) {
    std::string range = std::to_string(min);
    if (romanian) {
      return range + (random.Chance(0.5) ? " - " : "-") + Years(*experience.max_years, true);
    }
    static constexpr string_view kDashes[] = {"-", " - ", "–", " to "};
    range += random.Pick(std::span<const string_view>(kDashes));
    return range + Years(*experience.max_years, false);
  }
  if (romanian) return (random.Chance(0.5) ? "minim " : "cel puțin ") + Years(min, true);
  switch (random.Below(5)) {
    case 0:
      return "at least " + Years(min, false);
    case 1:
      return "minimum " + Years(min, false);
    case 2: {
      string_view word = NumberWord(min);
      if (!word.empty()) {
        return std::string("at least ").append(word).append(min == 1 ? " year" : " years");
      }
      [[fallthrough]];
    }
    default:
      return std::to_string(min) + "+ years";
  }
}

std::string WordDate(Random& random, std::chrono::sys_seconds posted,
                     std::chrono::sys_seconds now) {
  auto days = std::chrono::duration_cast<std::chrono::days>(now - posted).count();
  switch (random.Below(6)) {
    case 0:
      return IsoDate(posted);
    case 1:
      return Rfc822Time(posted);
    case 2:
      return std::to_string(posted.time_since_epoch().count() * 1000);
    case 3:
      if (days == 0) return "today";
      if (days == 1) return "yesterday";
      if (days > 30) return "30+ days ago";
      return std::to_string(days) + " days ago";
    default:
      return IsoTime(posted);
  }
}

std::string IsoDate(std::chrono::sys_seconds time) { return IsoTime(time).substr(0, 10); }

std::string IsoTime(std::chrono::sys_seconds time) {
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss clock(time - day);
  char text[40];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

std::string Rfc822Time(std::chrono::sys_seconds time, string_view zone) {
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(
      text, sizeof(text), "%s, %02u %s %04d %02d:%02d:%02d ",
      kDayNames[std::chrono::weekday(day).c_encoding()].data(), static_cast<unsigned>(date.day()),
      kMonthNames[static_cast<unsigned>(date.month()) - 1].data(), static_cast<int>(date.year()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return std::string(text).append(zone);
}

}  // namespace jobmesh::testing
