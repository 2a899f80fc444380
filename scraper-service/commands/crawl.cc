#include "scraper-service/commands/crawl.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "runtime/status_macros.h"
#include "scraper-service/crawl_config.h"
#include "scraper-service/fetch/http_fetcher.h"
#include "scraper-service/refine/json_line.h"
#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper {
namespace {

constexpr int kMostConnections = 64;

// Writes postings as they come.
class LineSink final : public sources::PostingSink {
 public:
  explicit LineSink(std::ostream& out) : out_(out) {}

  absl::Status Accept(const std::string& page_url, RawPosting posting) override {
    line_ = "{";
    Add("native_id", posting.native_id);
    Add("url", posting.url.empty() ? page_url : posting.url);
    Add("title", posting.title);
    Add("company", posting.company);
    Add("location", posting.location);
    Add("description", posting.description);
    Add("format", posting.description_format == RawPosting::Format::kHtml ? "html" : "text");
    Add("salary_text", posting.salary_text.value_or(""));
    Add("experience_text", posting.experience_text.value_or(""));
    Add("posted_text", posting.posted_text.value_or(""));
    line_ += "}\n";
    out_ << line_;
    return out_ ? absl::OkStatus() : absl::UnavailableError("the output cannot be written");
  }
  void Unchanged(const std::string& /*page_url*/) override {}

 private:
  void Add(std::string_view name, const std::string& text) {
    if (text.empty()) {
      return;
    }
    line_ += line_.size() > 1 ? ",\"" : "\"";
    line_ += name;
    line_ += "\":";
    refine::AppendJsonString(text, line_);
  }

  std::ostream& out_;
  std::string line_;
};

}  // namespace

absl::StatusOr<CrawlRequest> ParseCrawlArguments(std::span<char* const> arguments) {
  CrawlRequest request;
  const bool polite = arguments.size() == 1;
  if (!polite && (arguments.size() != 3 || std::string_view(arguments[1]) != "--impolite")) {
    return absl::InvalidArgumentError("usage: crawl SOURCE [--impolite CONNECTIONS]");
  }
  request.source = arguments[0];
  if (!polite &&
      (!absl::SimpleAtoi(arguments[2], &request.impolite_connections) ||
       request.impolite_connections < 1 || request.impolite_connections > kMostConnections)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--impolite takes 1 to ", kMostConnections, " connections"));
  }
  return request;
}

absl::Status CrawlOnce(const runtime::config::Environment& environment, const CrawlRequest& request,
                       std::ostream& out) {
  runtime::config::ConfigReader reader(environment);
  CrawlConfig config = CrawlConfig::Load(reader);
  RETURN_IF_ERROR(reader.Finish());
  const auto source =
      std::ranges::find(config.sources, request.source, &sources::SourceConfig::name);
  if (source == config.sources.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no source ", request.source, " in the file that JOBMESH_SOURCES_FILE names"));
  }
  sources::CrawlContext context{.conditional = false};
  if (request.impolite_connections > 0) {
    config.fetch.DropPoliteness(request.impolite_connections);
    context.parallel_fetches = request.impolite_connections;
  }
  fetch::SystemClock clock;
  fetch::SystemResolver resolver;
  fetch::HttpFetcher fetcher(std::move(config.fetch), clock, resolver, nullptr,
                             fetch::MakeRandom());
  const fetch::CancelToken never;
  context.cancel = &never;
  LineSink sink(out);
  const sources::Outcome outcome =
      sources::MakeAdapter(source->adapter)->Crawl(*source, fetcher, sink, context);
  out.flush();
  std::fprintf(stderr, "%s: %d pages, %d postings, %d failed  %s\n",
               std::string(sources::OutcomeName(outcome.kind)).c_str(), outcome.fetched,
               outcome.parsed, outcome.failed, outcome.message.c_str());
  for (const std::string& sample : outcome.samples) {
    std::fprintf(stderr, "    %s\n", sample.c_str());
  }
  return outcome.parsed > 0 || outcome.kind == sources::OutcomeKind::kEmpty
             ? absl::OkStatus()
             : absl::UnavailableError("nothing was found");
}

}  // namespace jobmesh::scraper
