#pragma once

#include "runtime/lifecycle/process.h"
#include "runtime/mesh_process.h"
#include "scraper-service/fetch/fetcher.h"
#include "scraper-service/parsing/parsing_config.h"
#include "scraper-service/skills/vocabulary_keeper.h"
#include "scraper-service/task_parts.h"

namespace jobmesh::scraper::parsing {

// What document 003 needs of the rest of the process.
struct ParserNeeds {
  runtime::postgres::Pool& pool;
  TaskParts& tasks;
  fetch::Fetcher& fetcher;
  VocabularyKeeper& vocabulary;
};

// Adds the service of document 003 to the process's server, its own listener, which answers `GET /`
// with a person, and its executors to the worker where there is one.
void AddParserParts(runtime::Process& process, runtime::MeshParts& mesh,
                    const ParsingConfig& config, const ParserNeeds& needs);

}  // namespace jobmesh::scraper::parsing
