#include "scraper-service/scraper_parts.h"

#include "absl/strings/str_cat.h"
#include "scraper_sql.h"

#include "runtime/cache/in_process_cache.h"
#include "runtime/postgres/listener.h"
#include "runtime/postgres/pool.h"
#include "runtime/telemetry/log.h"
#include "scraper-service/crawl/crawler.h"
#include "scraper-service/crawl/source_service.h"
#include "scraper-service/executors/recompute_insights.h"
#include "scraper-service/imports/import_parts.h"
#include "scraper-service/named_jobs/named_job_parts.h"
#include "scraper-service/parsing/parser_parts.h"
#include "scraper-service/postings/change_feed_service.h"
#include "scraper-service/site_data/site_data_parts.h"
#include "scraper-service/site_data/site_job_repository.h"
#include "scraper-service/skills/skill_service.h"
#include "scraper-service/skills/vocabulary_keeper.h"
#include "scraper-service/task_parts.h"

namespace jobmesh::scraper {
namespace {

namespace postgres = runtime::postgres;

constexpr int kMaxRuns = 8;
// A replica tells the others by NOTIFY, after its commit and never inside a transaction.
constexpr char kChangedChannel[] = "postings_changed";
constexpr char kRequestedChannel[] = "run_requested";

void Notify(postgres::Pool& pool, const char* channel) {
  absl::Status status = pool.Execute(sql::kNotify, channel).status();
  if (!status.ok()) {  // the others poll
    runtime::telemetry::LogWarn("notify_failed",
                                {{"error.message", std::string(status.message())}});
  }
}

std::string DescribeSources(SourceRepository& repository) {
  auto sources = repository.List();
  if (!sources.ok()) {
    return absl::StrCat(sources.status().message(), "\n");
  }
  std::string text;
  for (const auto& [name, source] : *sources) {
    absl::StrAppend(&text, name, "  ", source.running() ? "running" : "idle", "  open ",
                    source.open_postings(), "  last ", source.last_run().outcome(), " ",
                    source.last_run().message(), "\n");
    for (const std::string& sample : source.last_run().samples()) {
      absl::StrAppend(&text, "    ", sample, "\n");
    }
  }
  return text;
}

}  // namespace

void AddScraperParts(runtime::Process& process, runtime::MeshParts& mesh, ScraperConfig config) {
  auto& pool =
      process.Add<postgres::Pool>(postgres::PoolOptions{.url = config.database_url,
                                                        .application_name = process.instance_id(),
                                                        .max_connections = config.pool_size,
                                                        .statement_timeout = absl::Seconds(30)},
                                  *process.metrics());
  auto& sources = process.Keep<std::vector<sources::SourceConfig>>(std::move(config.sources));
  auto& postings = process.Keep<PostingRepository>(pool);
  auto& source_states = process.Keep<SourceRepository>(pool);
  auto& skills = process.Keep<SkillRepository>(pool);
  auto& vocabulary = process.Add<VocabularyKeeper>(skills, std::move(config.vocabulary_file));

  auto& clock = process.Keep<fetch::SystemClock>();
  auto& resolver = process.Keep<fetch::SystemResolver>();
  auto& pages = process.Keep<PageMemory>(source_states);
  auto& providers =
      process.Keep<fetch::HttpApiClient>(config.fetch, clock, resolver, fetch::MakeRandom());
  auto& fetcher = process.Keep<fetch::HttpFetcher>(std::move(config.fetch), clock, resolver, &pages,
                                                   fetch::MakeRandom());
  auto& bell = process.Keep<FeedBell>();
  auto& crawler =
      process.Add<Crawler>(config.works ? sources : std::vector<sources::SourceConfig>(),
                           CrawlerParts{.sources = source_states,
                                        .postings = postings,
                                        .pages = pages,
                                        .fetcher = fetcher,
                                        .vocabulary = vocabulary,
                                        .on_change = [&pool] { Notify(pool, kChangedChannel); },
                                        .lease = config.source_lease},
                           kMaxRuns, *process.metrics());
  TaskParts& task_parts =
      AddTaskParts(process, config, source_states, [&pool] { Notify(pool, kRequestedChannel); });
  auto& insights = mesh.AddClient("insights-service");
  if (task_parts.worker != nullptr) {
    task_parts.worker->Register(kRecomputeInsights,
                                MakeRecomputeInsightsHandler(RecomputeThrough(insights)));
  }
  auto& item_cache = process.Keep<runtime::cache::InProcessCache>();
  process.Add<postgres::Listener>(
      postgres::ListenerOptions{.url = config.database_url,
                                .application_name = process.instance_id(),
                                .keepalive = absl::Seconds(5)},
      std::map<std::string, postgres::Listener::Callback>{
          {kChangedChannel, [&bell](const std::string&) { bell.Ring(); }},
          {site_data::kItemsChannel,
           [&item_cache](const std::string&) { item_cache.InvalidateAll(); }},
          {kRequestedChannel, [&crawler](const std::string&) { crawler.Wake(); }},
          {tasks::kReadyChannel,
           [&task_parts](const std::string& queue) { task_parts.doorbell.HearRing(queue); }},
          {tasks::kStopChannel,
           [&task_parts](const std::string&) { task_parts.doorbell.HearStop(); }}});

  auto& feed = process.Keep<ChangeFeedHandlers>(postings, bell);
  auto& skill_handlers = process.Keep<SkillHandlers>(skills, vocabulary);
  auto& source_handlers = process.Keep<SourceHandlers>(
      source_states, sources, [&pool] { Notify(pool, kRequestedChannel); });
  runtime::rpc::Server& server = mesh.AddServer();
  server.AddService(MakeChangeFeedService(feed));
  server.AddService(MakeSkillService(skill_handlers));
  server.AddService(MakeSourceService(source_handlers));
  server.AddService(tasks::MakeTaskService(task_parts.handlers));
  imports::AddImportParts(process, mesh, config.imports,
                          {.pool = pool, .tasks = task_parts, .vocabulary = vocabulary});
  parsing::AddParserParts(
      process, mesh, config.parsing,
      {.pool = pool, .tasks = task_parts, .fetcher = fetcher, .vocabulary = vocabulary});
  named_jobs::AddNamedJobParts(process, mesh, config.imports.auth.enabled, task_parts);
  site_data::AddSiteDataParts(
      process, mesh,
      {.pool = pool,
       .tasks = task_parts,
       .sites = process.Keep<std::vector<site_data::Site>>(std::move(config.sites)),
       .client = providers,
       .postings = postings,
       .vocabulary = vocabulary,
       .cache = item_cache,
       .on_postings = [&pool] { Notify(pool, kChangedChannel); },
       .retention = config.task_retention,
       .needs_token = config.imports.auth.enabled});
  mesh.admin().AddStatus("sources", [&source_states] { return DescribeSources(source_states); });
  AddTaskPages(mesh.admin(), task_parts);
}

}  // namespace jobmesh::scraper
