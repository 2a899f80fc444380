#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "scraper-service/refine/dates.h"
#include "scraper-service/refine/employment_type.h"
#include "scraper-service/refine/experience.h"
#include "scraper-service/refine/fact.h"
#include "scraper-service/refine/fingerprint.h"
#include "scraper-service/refine/location.h"
#include "scraper-service/refine/raw_posting.h"
#include "scraper-service/refine/remote_mode.h"
#include "scraper-service/refine/salary.h"
#include "scraper-service/refine/seniority.h"
#include "scraper-service/refine/skills.h"
#include "scraper-service/refine/terms/tagger.h"

namespace jobmesh::scraper::refine {

// A mention of a skill in the description.
struct FoundSkill {
  std::string name;  // canonical; as written where only the tagger knows it
  bool knowledge = false;
  Range range;  // in the description as received
};

// What refinement makes of a posting. Absent = not stated; every value says where it comes from.
// Ranges inside values (Salary::range, Experience::range) are replaced by the evidence's.
struct Refined {
  // The description as readable text.
  std::string text;
  // Every mention, in order.
  std::vector<FoundSkill> mentions;
  // Canonical names of named technologies, each once: the source's tags first, then mentions in
  // order.
  std::vector<std::string> skills;
  std::optional<Fact<Salary>> salary;
  std::optional<Fact<Experience>> experience;
  std::optional<Fact<EmploymentType>> employment_type;
  std::optional<Fact<Seniority>> seniority;
  std::optional<Fact<RemoteMode>> remote_mode;
  std::optional<Fact<Place>> place;
  std::optional<Fact<StatedDate>> posted_at;
  std::optional<Fact<StatedDate>> valid_through;
  std::string language;  // ISO 639-1; empty when unclear
  int quality = 0;       // 0-100
  Fingerprint fingerprint;
};

// Refines one posting. Pure: the same arguments give the same result; safe from many threads. A
// structured field that is present is the only place its fact is taken from, even when it says
// nothing.
//
// With a tagger, mentions are the terms that it finds in English text, and the technologies of the
// vocabulary, whatever it says of them; a name that is part of a term has the term's range.
Refined Refine(const RawPosting& posting, const Vocabulary& vocabulary, absl::Time now,
               const terms::Tagger* tagger = nullptr);

}  // namespace jobmesh::scraper::refine
