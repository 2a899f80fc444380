// Descriptions of postings, as text and as HTML. Whatever they hold, every fact shows bytes of the
// description that came.

#include <memory>
#include <string>

#include "scraper-service/refine/html_text.h"
#include "scraper-service/refine/refine.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;          // NOLINT(google-build-using-namespace)
using namespace scraper::refine;  // NOLINT(google-build-using-namespace)

namespace {

const Vocabulary& Skills() {
  static const auto& vocabulary = *new std::shared_ptr<const Vocabulary>(Vocabulary::Default());
  return *vocabulary;
}

void RequireTidy(const MappedText& text, std::string_view source) {
  fuzz::Require(text.text().find("\n\n") == std::string::npos, "no line is empty");
  fuzz::Require(text.text().find("  ") == std::string::npos, "blanks stand alone");
  fuzz::Require(text.text().size() <= 2 * source.size() + 4, "text grows little");
  std::size_t before = 0;
  for (std::size_t i = 0; i < text.text().size(); ++i) {
    const Range range = text.ToSource({i, i + 1});
    fuzz::Require(range.begin <= range.end && range.end <= source.size(),
                  "text comes from its source");
    fuzz::Require(range.begin >= before, "text keeps the order of its source");
    before = range.begin;
  }
}

}  // namespace

JOBMESH_FUZZ_TARGET(std::string_view input) {
  if (input.empty()) return;
  scraper::RawPosting posting;
  posting.description_format = (input.front() & 1) != 0 ? scraper::RawPosting::Format::kHtml
                                                        : scraper::RawPosting::Format::kText;
  input.remove_prefix(1);
  posting.description = input;
  RequireTidy(posting.description_format == scraper::RawPosting::Format::kHtml
                  ? MappedText::FromHtml(input)
                  : MappedText::FromText(input),
              input);
  const Refined refined = Refine(posting, Skills(), absl::UnixEpoch(), &terms::Tagger::Default());
  const auto require = [&](const auto& fact) {
    if (!fact || fact->evidence.origin != Origin::kText) return;
    const Range range = fact->evidence.range;
    fuzz::Require(range.begin < range.end && range.end <= input.size(),
                  "evidence is a piece of the description");
  };
  require(refined.salary);
  require(refined.experience);
  require(refined.employment_type);
  require(refined.seniority);
  require(refined.remote_mode);
  require(refined.place);
  require(refined.valid_through);
  std::size_t before = 0;
  for (const FoundSkill& mention : refined.mentions) {
    fuzz::Require(mention.range.begin < mention.range.end && mention.range.end <= input.size(),
                  "a mention is a piece of the description");
    fuzz::Require(mention.range.begin >= before, "mentions come in order");
    before = mention.range.begin;
  }
  fuzz::Require(refined.quality >= 0 && refined.quality <= 100, "quality is 0 to 100");
}
