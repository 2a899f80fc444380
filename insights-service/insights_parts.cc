#include "insights-service/insights_parts.h"

#include "insights-service/load/loader.h"
#include "insights-service/load/recomputation_handlers.h"
#include "insights-service/queries/insights_handlers.h"
#include "insights-service/queries/market_handlers.h"
#include "runtime/cache/in_process_cache.h"

namespace jobmesh::insights {

void AddInsightsParts(runtime::Process& process, runtime::MeshParts& mesh,
                      const InsightsConfig& config) {
  auto& pool = process.Add<runtime::postgres::Pool>(
      runtime::postgres::PoolOptions{.url = config.database_url,
                                     .application_name = process.instance_id(),
                                     .max_connections = config.pool_size,
                                     .statement_timeout = absl::Seconds(15)},
      *process.metrics());
  auto& warehouse = process.Keep<Warehouse>(pool);
  auto& feed = process.Keep<RpcPostingFeed>(mesh.AddClient("scraper-service"));
  process.Add<Loader>(warehouse, feed, process.instance_id(), *process.metrics());
  auto& version = process.Add<DataVersion>(warehouse, *process.metrics());

  auto& cache = process.Keep<runtime::cache::InProcessCache>();
  auto& answers = process.Keep<AnswerCache>(cache, version);
  auto& repository = process.Keep<InsightsRepository>(pool);
  auto& handlers = process.Keep<InsightsHandlers>(repository, answers);
  auto& market = process.Keep<MarketRepository>(pool);
  auto& market_handlers = process.Keep<MarketHandlers>(market, answers);
  auto& recomputation = process.Keep<RecomputationHandlers>(warehouse);
  runtime::rpc::Server& server = mesh.AddServer();
  server.AddService(InsightsHandlers::MakeService(&handlers));
  server.AddService(MarketHandlers::MakeService(&market_handlers));
  server.AddService(RecomputationHandlers::MakeService(&recomputation));
}

}  // namespace jobmesh::insights
