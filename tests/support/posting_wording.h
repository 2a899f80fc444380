#pragma once

#include <chrono>
#include <string>

#include "tests/support/posting_generator.h"
#include "tests/support/random.h"

namespace jobmesh::testing {

// The many ways in which postings write the same fact. All are pure functions of the random stream.

// "$120,000 - $150,000 per year", "de la 20 000 lei pe lună".
std::string WordSalary(Random& random, const SalaryFact& salary, bool romanian);

// "5+ years", "3-5 years", "at least three years"; Romanian: "minim 3 ani".
std::string WordExperience(Random& random, const ExperienceFact& experience, bool romanian);

// A date as feeds and pages write it; never later than `now`.
std::string WordDate(Random& random, std::chrono::sys_seconds posted, std::chrono::sys_seconds now);

// "2026-11-22T10:55:28Z"
std::string IsoTime(std::chrono::sys_seconds time);
// "2026-11-22"
std::string IsoDate(std::chrono::sys_seconds time);
// "Sun, 22 Nov 2026 10:55:28 <zone>": RFC 822 with "+0000", HTTP dates with "GMT".
std::string Rfc822Time(std::chrono::sys_seconds time, std::string_view zone = "+0000");

}  // namespace jobmesh::testing
