// Files robots.txt, with the target that is asked about as the first line.

#include <chrono>
#include <string>

#include "scraper-service/fetch/robots.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;  // NOLINT(google-build-using-namespace)
using scraper::fetch::RobotsRules;

JOBMESH_FUZZ_TARGET(std::string_view input) {
  const std::string target = "/" + std::string(fuzz::TakeUntil('\n', &input));
  const RobotsRules rules = RobotsRules::Parse(input, "JobMesh");
  fuzz::Require(rules.Allows("/robots.txt"), "robots.txt itself is always allowed");
  fuzz::Require(!rules.crawl_delay() || *rules.crawl_delay() >= std::chrono::milliseconds(0),
                "a delay is no less than none");
  const bool allowed = rules.Allows(target);
  const std::string text(input);
  fuzz::Require(RobotsRules::Parse(text + "\n", "jobmesh").Allows(target) == allowed,
                "neither the case of the name nor a line end at the end matters");
  const std::string commented = "# about\n" + text;
  // A byte order mark counts only at the beginning.
  if (!text.starts_with("\xEF\xBB\xBF")) {
    fuzz::Require(RobotsRules::Parse(commented, "JobMesh").Allows(target) == allowed,
                  "comments do not matter");
  }
}
