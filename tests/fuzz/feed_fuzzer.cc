// RSS and Atom feeds: every one ends in an outcome that fits what it brought.

#include <string>

#include "scraper-service/sources/crawl_fixture.h"
#include "tests/fuzz/fuzz.h"

using namespace jobmesh;           // NOLINT(google-build-using-namespace)
using namespace scraper::sources;  // NOLINT(google-build-using-namespace)

JOBMESH_FUZZ_TARGET(std::string_view input) {
  if (input.empty()) return;
  constexpr const char* kForms[] = {"plain", "company: title", "title at company",
                                    "title - company"};
  Crawl crawl("rss", "https://a.example/feed");
  crawl.source.options["title_form"] = kForms[static_cast<unsigned char>(input.front()) % 4];
  input.remove_prefix(1);
  crawl.fetcher.Page(crawl.source.url, std::string(input));
  const Outcome outcome = crawl.Run();
  fuzz::Require(outcome.parsed == static_cast<int>(crawl.sink.postings.size()),
                "what is counted was handed over");
  fuzz::Require(outcome.fetched == 1, "one page is one feed");
  const bool failed = outcome.kind == OutcomeKind::kSchemaChanged;
  fuzz::Require((outcome.kind == OutcomeKind::kEmpty || failed) == crawl.sink.postings.empty(),
                "a run that brings postings says so");
  fuzz::Require(outcome.samples.size() <= 5, "few samples are kept");
  for (const scraper::RawPosting& posting : crawl.sink.postings) {
    fuzz::Require(!posting.title.empty(), "a posting has a title");
    fuzz::Require(posting.url.empty() || posting.url.starts_with("http"), "links are addresses");
  }
}
