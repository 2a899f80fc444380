#include "scraper_descriptors.h"

#include "runtime/lifecycle/process.h"
#include "runtime/mesh_process.h"
#include "runtime/status_macros.h"
#include "scraper-service/commands/commands.h"
#include "scraper-service/scraper_config.h"
#include "scraper-service/scraper_parts.h"

namespace {

using namespace jobmesh;  // NOLINT(google-build-using-namespace): this file only lists parts

absl::Status Build(runtime::Process& process, runtime::config::ConfigReader& reader) {
  scraper::ScraperConfig config = scraper::ScraperConfig::Load(reader);
  RETURN_IF_ERROR(reader.Finish());
  runtime::MeshParts mesh(process, config.mesh, reader.settings());
  scraper::AddScraperParts(process, mesh, std::move(config));
  mesh.AddRegistrar(scraper::ScraperDescriptors());
  return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  return runtime::Main(
      argc, argv,
      {.name = "scraper-service",
       .summary = "Pulls postings from their sources, refines them and keeps them.",
       .build = Build,
       .commands = {
           {"migrate", "                  bring the database up to date", scraper::RunMigrate},
           {"scrape", "[SOURCE]            scrape now, through the running mesh, and wait",
            scraper::RunScrape},
           {"crawl", "SOURCE [--impolite N] crawl once, without database; JSON lines to stdout",
            scraper::RunCrawl},
           {"import", "FILE|- [--source N] refine and store JSON lines", scraper::RunImport},
           {"refine", "[--terms MODEL]    refine JSON lines from stdin to stdout",
            scraper::RunRefine},
           {"learn-terms", "FILE          learn a model of terms from labelled postings",
            scraper::RunLearnTerms}}});
}
