#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>

#include "scraper-service/fetch/cancel_token.h"
#include "scraper-service/fetch/fetcher.h"
#include "scraper-service/refine/raw_posting.h"

namespace jobmesh::scraper::sources {

struct SourceConfig;

// How a run over one source ended.
enum class OutcomeKind {
  kOk,             // postings came and nothing failed
  kPartial,        // postings came, but something failed or the run was stopped
  kEmpty,          // the source works and lists no posting
  kBlocked,        // robots.txt, a challenge page or the server's refusal kept us out
  kUnreachable,    // no page could be had
  kSchemaChanged,  // pages came, but nothing in them looks as it should
};

// "ok", "partial", "empty", "blocked", "unreachable", "schema_changed".
std::string_view OutcomeName(OutcomeKind kind);

struct Outcome {
  OutcomeKind kind = OutcomeKind::kUnreachable;
  int fetched = 0;    // pages that came, including unchanged ones
  int unchanged = 0;  // pages that came as "not modified", or before the run was interrupted
  int parsed = 0;     // postings handed to the sink
  int failed = 0;     // pages and postings that could not be had or read
  int skipped = 0;    // pages left alone: forbidden by robots.txt, or gone
  // Whether all of the source was seen. Only then does a posting that did not come no longer exist.
  bool complete = false;
  std::vector<std::string>
      samples;          // what failed and why, at most five, at most 300 characters each
  std::string message;  // one line for people
};

// Receives what a run finds. Called by one thread at a time.
class PostingSink {
 public:
  virtual ~PostingSink() = default;
  // Takes a posting found at `page_url` in. An error ends the run.
  virtual absl::Status Accept(const std::string& page_url, RawPosting posting) = 0;
  // Every posting accepted from `page_url` when its validators were remembered is still there and
  // unchanged.
  virtual void Unchanged(const std::string& page_url) = 0;
  // Every posting of a page among many was accepted: asked for as `url`, found at `page_url`.
  virtual void PageDone(const std::string& /*url*/, const std::string& /*page_url*/) {}
  // Where a page was found whose postings this run stored before it was interrupted, so that it
  // need not come again; empty when it has to. May be called by several threads at a time.
  virtual std::string FoundBefore(const std::string& /*url*/) const { return {}; }
};

struct CrawlContext {
  // Stops the run; never null for adapters. Must outlive the run.
  const fetch::CancelToken* cancel = nullptr;
  // Pages of one source fetched at the same time, at least 1. The fetcher's limit per host holds
  // besides.
  int parallel_fetches = 4;
  // Ask for pages that hold postings only if they changed. Needs a sink that acts on Unchanged.
  bool conditional = true;
};

// An option that a source may set for its adapter.
struct OptionSpec {
  enum class Type { kString, kBool };
  std::string_view name;
  Type type;
};

// Reads one format. Stateless, so one adapter serves any number of runs at a time.
class Adapter {
 public:
  virtual ~Adapter() = default;
  virtual std::vector<OptionSpec> options() const { return {}; }
  // Goes over the source once and blocks until done. Never throws; what goes wrong is in the
  // outcome.
  virtual Outcome Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                        CrawlContext& context) const = 0;
};

// The adapter of that name, or null. The names are listed in README.md.
std::unique_ptr<Adapter> MakeAdapter(std::string_view name);
// All names, sorted.
std::vector<std::string> AdapterNames();

}  // namespace jobmesh::scraper::sources
