#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "runtime/config/config_reader.h"
#include "runtime/mesh_process.h"
#include "scraper-service/fetch/http_fetcher.h"
#include "scraper-service/imports/import_config.h"
#include "scraper-service/parsing/parsing_config.h"
#include "scraper-service/site_data/site.h"
#include "scraper-service/sources/source_config.h"

namespace jobmesh::scraper {

// Settings of the scraper-service; README.md explains each.
struct ScraperConfig {
  runtime::MeshConfig mesh;
  std::string database_url;
  int pool_size = 0;
  std::vector<sources::SourceConfig> sources;
  std::vector<site_data::Site> sites;  // of document 000
  fetch::FetchSettings fetch;
  absl::Duration source_lease;
  std::string vocabulary_file;            // its content
  bool works = false;                     // role worker: runs sources and tasks
  bool schedules = false;                 // role scheduler: may lead the clockwork of tasks
  std::map<std::string, int> task_slots;  // tasks at once, by queue
  absl::Duration task_retention;          // history older than this is dropped
  imports::ImportConfig imports;
  parsing::ParsingConfig parsing;

  // Problems stay in `reader`.
  static ScraperConfig Load(runtime::config::ConfigReader& reader);
};

// The URL of the service's own database, for commands that need nothing else.
std::string LoadDatabaseUrl(runtime::config::ConfigReader& reader);
// The content of the vocabulary file, checked: JOBMESH_SKILLS_FILE's, or the built-in one.
std::string LoadVocabularyFile(runtime::config::ConfigReader& reader);

}  // namespace jobmesh::scraper
