// Pages with structured data, most of it broken: never an exception, and what is JSON already means
// the same after repair.

#include <string>

#include "nlohmann/json.hpp"

#include "scraper-service/sources/jsonld.h"
#include "scraper-service/sources/page_postings.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;           // NOLINT(google-build-using-namespace)
using namespace scraper::sources;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

JOBMESH_FUZZ_TARGET(std::string_view input) {
  if (input.empty()) return;
  const bool is_page = (input.front() & 1) != 0;
  input.remove_prefix(1);
  std::string page(input);
  if (!is_page) {
    const json before = json::parse(input, nullptr, /*allow_exceptions=*/false);
    const json after = json::parse(RepairJson(input), nullptr, /*allow_exceptions=*/false);
    if (!before.is_discarded()) fuzz::Require(after == before, "repair leaves JSON as it is");
    page = "<script type=\"application/ld+json\">" + page + "</script>";
  }
  const auto postings = PostingsOfPage(page, "https://a.example/jobs/1");
  for (const scraper::RawPosting& posting : postings) {
    if (!posting.salary) continue;
    fuzz::Require(posting.salary->min || posting.salary->max, "a salary states an amount");
  }
}
