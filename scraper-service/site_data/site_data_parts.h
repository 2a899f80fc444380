#pragma once

#include <functional>
#include <vector>

#include "absl/time/time.h"

#include "runtime/cache/cache.h"
#include "runtime/lifecycle/process.h"
#include "runtime/mesh_process.h"
#include "scraper-service/fetch/api_client.h"
#include "scraper-service/postings/posting_repository.h"
#include "scraper-service/site_data/site.h"
#include "scraper-service/skills/vocabulary_keeper.h"
#include "scraper-service/task_parts.h"

namespace jobmesh::scraper::site_data {

// What document 000 needs of the rest of the process. All references outlive its parts.
struct SiteDataNeeds {
  runtime::postgres::Pool& pool;
  TaskParts& tasks;
  const std::vector<Site>& sites;
  fetch::ApiClient& client;
  PostingRepository& postings;
  VocabularyKeeper& vocabulary;
  runtime::cache::Cache& cache;  // of items; whoever hears of new ones (kItemsChannel) empties it
  std::function<void()> on_postings;
  absl::Duration retention;  // of jobs that ended
  bool needs_token = true;   // false opens its routes to everybody
};

// Adds the services of document 000 to the process's server, and its executors to the worker where
// there is one.
void AddSiteDataParts(runtime::Process& process, runtime::MeshParts& mesh,
                      const SiteDataNeeds& needs);

}  // namespace jobmesh::scraper::site_data
