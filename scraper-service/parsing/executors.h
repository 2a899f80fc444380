#pragma once

#include "scraper-service/fetch/fetcher.h"
#include "scraper-service/parsing/random_users.h"
#include "scraper-service/skills/vocabulary_keeper.h"
#include "scraper-service/tasks/task_run.h"

namespace jobmesh::scraper::parsing {

inline constexpr char kFamily[] = "003";
// Operations of its tasks. The payload of the first is the document.
inline constexpr char kParse[] = "parse";
inline constexpr char kFetchUser[] = "fetch_user";

// What executors work with; all outlives the handlers.
struct ExecutorParts {
  fetch::Fetcher& fetcher;
  RandomUsers& users;
  VocabularyKeeper& vocabulary;
};

tasks::Handler MakeParseExecutor(ExecutorParts parts);
tasks::Handler MakeFetchUserExecutor(RandomUsers& users);

}  // namespace jobmesh::scraper::parsing
