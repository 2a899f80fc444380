#include "scraper-service/commands/commands.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "prometheus/registry.h"
#include "scraper_migrations.h"

#include "jobmesh/scraping/v1/sources.pb.h"
#include "runtime/discovery/directory.h"
#include "runtime/postgres/migrate.h"
#include "runtime/rpc/client.h"
#include "runtime/status_macros.h"
#include "scraper-service/commands/crawl.h"
#include "scraper-service/commands/import.h"
#include "scraper-service/refine/engine.h"
#include "scraper-service/refine/terms/learner.h"
#include "scraper-service/scraper_config.h"

namespace jobmesh::scraper {
namespace {

using runtime::config::ConfigReader;
using runtime::config::Environment;

constexpr absl::Duration kScrapeTimeout = absl::Minutes(5);

absl::Status CannotRead(const char* file) {
  return absl::InvalidArgumentError(absl::StrCat("cannot read ", file));
}

int Report(const absl::Status& status) {
  if (status.ok()) {
    return 0;
  }
  std::fprintf(stderr, "scraper-service: %s\n", std::string(status.message()).c_str());
  return absl::IsInvalidArgument(status) ? 2 : 1;
}

absl::Status Migrate(const Environment& environment) {
  ConfigReader reader(environment);
  const std::string url = LoadDatabaseUrl(reader);
  RETURN_IF_ERROR(reader.Finish());
  return runtime::postgres::Migrate(url, kMigrations);
}

// Blocks until the directory knows the service, or the deadline.
absl::Status WaitForService(const runtime::discovery::Directory& directory,
                            const std::string& service) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (directory.Get(service)->endpoints.empty()) {
    if (absl::Now() > deadline) {
      return absl::UnavailableError(
          absl::StrCat("no ", service, " is registered; is the mesh up?"));
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
  return absl::OkStatus();
}

void PrintRuns(const jobmesh::scraping::v1::ScrapeResponse& response) {
  for (const auto& [source, run] : response.runs()) {
    std::printf(
        "%-20s %-14s %4d pages %5d postings: %d new, %d updated, %d closed, %d failed  %s\n",
        source.c_str(), run.outcome().c_str(), run.fetched(), run.parsed(), run.created(),
        run.updated(), run.closed(), run.failed(), run.message().c_str());
  }
}

absl::Status Scrape(const Environment& environment, const std::string& source) {
  ConfigReader reader(environment);
  const auto config = runtime::discovery::DiscoveryConfig::Load(reader);
  const std::string secret =
      reader.Secret("JOBMESH_MESH_TOKEN", "secret that the processes of one mesh share");
  RETURN_IF_ERROR(reader.Finish());
  const runtime::auth::MeshToken token(secret);
  auto metrics = std::make_shared<prometheus::Registry>();
  runtime::discovery::Directory directory(config, token, metrics);
  RETURN_IF_ERROR(directory.Start());
  RETURN_IF_ERROR(WaitForService(directory, "scraper-service"));
  runtime::rpc::Client client("scraper-service", directory, token, metrics);
  jobmesh::scraping::v1::ScrapeRequest request;
  request.set_source(source);
  ASSIGN_OR_RETURN(auto response, client.Call<jobmesh::scraping::v1::ScrapeResponse>(
                                      "jobmesh.scraping.v1.SourceService/Scrape", request,
                                      {.timeout = kScrapeTimeout, .as_mesh = true}));
  PrintRuns(response);
  return absl::OkStatus();
}

}  // namespace

int RunMigrate(const Environment& environment, std::span<char* const> arguments) {
  return Report(arguments.empty() ? Migrate(environment)
                                  : absl::InvalidArgumentError("migrate takes no arguments"));
}

int RunRefine(const Environment& environment, std::span<char* const> arguments) {
  std::shared_ptr<const refine::terms::Tagger> tagger;
  if (arguments.size() == 2 && std::string_view(arguments[0]) == "--terms") {
    std::ifstream in(arguments[1]);
    const std::string model(std::istreambuf_iterator<char>(in), {});
    absl::StatusOr<std::shared_ptr<const refine::terms::Tagger>> parsed =
        in ? refine::terms::Tagger::Parse(model) : CannotRead(arguments[1]);
    if (!parsed.ok()) {
      return Report(parsed.status());
    }
    tagger = *std::move(parsed);
  } else if (!arguments.empty()) {
    return Report(absl::InvalidArgumentError(
        "refine reads standard input and takes only --terms MODEL (see learn-terms)"));
  }
  ConfigReader reader(environment);
  const std::string file = LoadVocabularyFile(reader);
  absl::Status status = reader.Finish();
  if (!status.ok()) {
    return Report(status);
  }
  std::ios::sync_with_stdio(false);
  return refine::RunEngine(std::cin, std::cout, std::cerr, *refine::Vocabulary::Parse(file).value(),
                           tagger ? *tagger : refine::terms::Tagger::Default(), absl::Now());
}

int RunLearnTerms(const Environment& environment, std::span<char* const> arguments) {
  if (arguments.size() != 1) {
    return Report(absl::InvalidArgumentError("learn-terms takes one file of labelled postings"));
  }
  ConfigReader reader(environment);
  const std::string file = LoadVocabularyFile(reader);
  if (const absl::Status status = reader.Finish(); !status.ok()) {
    return Report(status);
  }
  std::ifstream in(arguments[0]);
  absl::StatusOr<std::vector<refine::terms::LabelledPosting>> postings =
      in ? refine::terms::ReadConll(in) : CannotRead(arguments[0]);
  if (!postings.ok()) {
    return Report(postings.status());
  }
  const std::shared_ptr<const refine::Vocabulary> vocabulary =
      refine::Vocabulary::Parse(file).value();
  int tenths = 0;
  std::cout << refine::terms::Learn(*postings, *vocabulary, [&tenths](double share) {
    if (share * 10 < tenths + 1) return;
    tenths = static_cast<int>(share * 10);
    std::fprintf(stderr, "learn-terms: %d0 %%\n", tenths);
  });
  std::cout.flush();
  return std::cout ? 0 : 1;
}

int RunCrawl(const Environment& environment, std::span<char* const> arguments) {
  absl::StatusOr<CrawlRequest> request = ParseCrawlArguments(arguments);
  if (!request.ok()) {
    return Report(request.status());
  }
  std::ios::sync_with_stdio(false);
  return Report(CrawlOnce(environment, *request, std::cout));
}

int RunImport(const Environment& environment, std::span<char* const> arguments) {
  absl::StatusOr<ImportRequest> request = ParseImportArguments(arguments);
  return Report(request.ok() ? Import(environment, *request) : request.status());
}

int RunScrape(const Environment& environment, std::span<char* const> arguments) {
  if (arguments.size() > 1) {
    return Report(absl::InvalidArgumentError("scrape takes one source at most"));
  }
  return Report(Scrape(environment, arguments.empty() ? "" : arguments[0]));
}

}  // namespace jobmesh::scraper
