#pragma once

#include "runtime/lifecycle/process.h"
#include "runtime/mesh_process.h"
#include "runtime/postgres/pool.h"
#include "scraper-service/imports/import_config.h"
#include "scraper-service/skills/vocabulary_keeper.h"
#include "scraper-service/task_parts.h"

namespace jobmesh::scraper::imports {

// What document 002 needs of the rest of the process.
struct ImportNeeds {
  runtime::postgres::Pool& pool;
  TaskParts& tasks;
  VocabularyKeeper& vocabulary;
};

// Adds the services of document 002 to the process's server, and its executors to the worker where
// there is one.
void AddImportParts(runtime::Process& process, runtime::MeshParts& mesh, const ImportConfig& config,
                    const ImportNeeds& needs);

}  // namespace jobmesh::scraper::imports
