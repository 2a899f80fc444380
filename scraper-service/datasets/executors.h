#pragma once

#include <functional>
#include <map>
#include <string>

#include "scraper-service/datasets/draft_repository.h"
#include "scraper-service/datasets/input_directory.h"
#include "scraper-service/skills/vocabulary_keeper.h"
#include "scraper-service/tasks/task_run.h"

namespace jobmesh::scraper::datasets {

// What the executors of import jobs work with; all must outlive them.
struct ExecutorParts {
  DraftRepository& drafts;
  const InputDirectory& input;
  const VocabularyKeeper& vocabulary;
};

// Handlers of the nine operations of document 002, by name. ADD, CHANGE and PATCH_METADATA build a
// draft from a file, and take it over in a second phase; all others change the datastore in one
// transaction with their own end.
std::map<std::string, tasks::Handler> MakeExecutors(const ExecutorParts& parts);

}  // namespace jobmesh::scraper::datasets
