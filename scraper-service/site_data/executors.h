#pragma once

#include <functional>
#include <vector>

#include "absl/time/time.h"

#include "scraper-service/fetch/api_client.h"
#include "scraper-service/postings/posting_repository.h"
#include "scraper-service/site_data/site.h"
#include "scraper-service/skills/vocabulary_keeper.h"
#include "scraper-service/tasks/task_run.h"

namespace jobmesh::scraper::site_data {

// What executors work with; all outlives the handlers.
struct ExecutorParts {
  const std::vector<Site>& sites;
  fetch::ApiClient& client;
  PostingRepository& postings;
  VocabularyKeeper& vocabulary;
  std::function<void()> on_postings;  // after postings were stored
  absl::Duration retention;           // of jobs that ended
};

// One job: asks the providers of its site, stores what they gave, items in the transaction that
// ends it. Postings are stored before; stored twice they are one.
tasks::Handler MakeFetchExecutor(ExecutorParts parts);
// What the clock enqueues: starts a job for every enabled site, with its own end in one
// transaction.
tasks::Handler MakeFetchAllExecutor(ExecutorParts parts);

}  // namespace jobmesh::scraper::site_data
