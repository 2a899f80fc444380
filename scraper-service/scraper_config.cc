#include "scraper-service/scraper_config.h"

#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "scraper-service/crawl_config.h"
#include "scraper-service/fetch/url.h"
#include "scraper-service/refine/skills.h"

namespace jobmesh::scraper {
namespace {

using runtime::config::ConfigReader;

// The file's text; a problem of `setting` when it cannot be read.
std::string ReadFile(ConfigReader& reader, const char* setting, const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) {
    reader.AddProblem(setting, absl::StrCat("cannot read ", path));
  }
  return text.str();
}

std::string LoadBoard(ConfigReader& reader) {
  return reader.String("JOBMESH_BOARD_URL", "http://127.0.0.1:8090",
                       "address that ${BOARD} stands for in the sources file");
}

std::vector<sources::SourceConfig> LoadSources(ConfigReader& reader, const std::string& board) {
  const std::string path =
      reader.String("JOBMESH_SOURCES_FILE", "", "JSON file of the sources to scrape");
  const std::string keys_path =
      reader.String("JOBMESH_SOURCE_KEYS_FILE", "",
                    "file of lines NAME=VALUE: keys of APIs that ${NAME} stands for in the sources "
                    "file, shown nowhere");
  const auto secrets = sources::ParseSecrets(
      keys_path.empty() ? "" : ReadFile(reader, "JOBMESH_SOURCE_KEYS_FILE", keys_path));
  if (!secrets.ok()) {
    reader.AddProblem("JOBMESH_SOURCE_KEYS_FILE", std::string(secrets.status().message()));
    return {};
  }
  if (path.empty()) {
    return {};
  }
  auto sources = sources::ParseSources(ReadFile(reader, "JOBMESH_SOURCES_FILE", path),
                                       {{"BOARD", board}}, *secrets);
  if (!sources.ok()) {
    reader.AddProblem("JOBMESH_SOURCES_FILE", std::string(sources.status().message()));
    return {};
  }
  return *std::move(sources);
}

std::vector<site_data::Site> LoadSites(ConfigReader& reader, const std::string& board) {
  const std::string path =
      reader.String("JOBMESH_SITES_FILE", "",
                    "JSON file of the sites whose providers are asked (site_data/README.md)");
  if (path.empty()) {
    return {};
  }
  auto sites =
      site_data::ParseSites(ReadFile(reader, "JOBMESH_SITES_FILE", path), {{"BOARD", board}});
  if (!sites.ok()) {
    reader.AddProblem("JOBMESH_SITES_FILE", std::string(sites.status().message()));
    return {};
  }
  return *std::move(sites);
}

fetch::FetchSettings LoadFetchSettings(ConfigReader& reader) {
  fetch::FetchSettings settings;
  settings.SetTimeoutSeconds(static_cast<int>(reader.ClampedInt(
      "HTTP_TIMEOUT", 5, 1, 10, "seconds a request of the scraper may take, 1-10")));
  settings.SetTries(static_cast<int>(
      reader.ClampedInt("HTTP_RETRIES", 3, 1, 10, "requests for one page in all, 1-10")));
  auto allowed = fetch::ParseNetworks(reader.String(
      "JOBMESH_FETCH_ALLOW", "",
      "comma list of networks that may be fetched although private: 10.0.0.0/8, 127.0.0.1:8090"));
  if (allowed.ok()) {
    settings.allowed = *std::move(allowed);
  } else {
    reader.AddProblem("JOBMESH_FETCH_ALLOW", std::string(allowed.status().message()));
  }
  return settings;
}

void LoadRoles(ConfigReader& reader, ScraperConfig& config) {
  for (const std::string& role : reader.List(
           "JOBMESH_ROLES", "api,worker,scheduler",
           "comma list: api answers calls, worker runs sources and tasks, scheduler makes tasks "
           "when they are due")) {
    config.works = config.works || role == "worker";
    config.schedules = config.schedules || role == "scheduler";
    if (role != "api" && role != "worker" && role != "scheduler") {
      reader.AddProblem("JOBMESH_ROLES",
                        absl::StrCat("\"", role, "\" is none of api, worker, scheduler"));
    }
  }
}

std::map<std::string, int> LoadTaskSlots(ConfigReader& reader) {
  std::map<std::string, int> slots;
  for (const std::string& entry :
       reader.List("JOBMESH_TASK_SLOTS",
                   "default=2,scrape=4,fast=8,standard=2,import-build=2,datastore-manager=1,"
                   "site-fetch=4",
                   "comma list of QUEUE=NUMBER: queues a worker serves, and its tasks at once")) {
    const size_t equals = entry.find('=');
    int number = 0;
    if (equals == 0 || equals == std::string::npos ||
        !absl::SimpleAtoi(entry.substr(equals + 1), &number) || number < 1 || number > 256) {
      reader.AddProblem("JOBMESH_TASK_SLOTS",
                        absl::StrCat("\"", entry, "\" is not QUEUE=NUMBER with 1 to 256"));
      continue;
    }
    slots[entry.substr(0, equals)] = number;
  }
  return slots;
}

imports::ImportConfig LoadImports(ConfigReader& reader) {
  imports::ImportConfig config;
  const std::string state = reader.String(
      "JOBMESH_STATE_DIR", ".state", "folder of this installation; input/ of it holds datasets");
  const std::string input =
      reader.String("JOBMESH_INPUT_DIR", state + "/input", "folder of datasets to be imported");
  config.input_directory = reader.String("INPUT_DIR", input, "another name of JOBMESH_INPUT_DIR");
  config.auth.enabled =
      reader.Bool("JWT_AUTH", true, "false: import jobs are open to everybody, for trials");
  const std::string stack =
      reader.String("STACK", "", "qa: tokens of import jobs are meant for datastore-qa");
  config.auth.audience = stack == "qa" ? "datastore-qa" : "datastore";
  config.jwks_url = reader.String(
      "JWKS_URL", "", "http address of the keys that sign tokens of import jobs; empty = our own");
  if (!config.jwks_url.empty() && !config.jwks_url.starts_with("http://")) {
    reader.AddProblem("JWKS_URL", "must begin with http://");
  }
  config.bump_enabled = reader.Bool("BUMP_ENABLED", false, "true: BUMP jobs release datasets");
  config.start_delay = reader.Milliseconds(
      "JOBMESH_IMPORT_DELAY_MS", absl::Seconds(2), absl::ZeroDuration(), absl::Minutes(10),
      "time a new import job waits, in which it can still be changed");
  return config;
}

parsing::ParsingConfig LoadParsing(ConfigReader& reader, const std::string& board) {
  parsing::ParsingConfig config;
  config.needs_token =
      reader.Bool("PARSER_AUTH", false, "true: /parse and its results are for signed-in users");
  const std::string upstream =
      reader.String("JOBMESH_RANDOM_USER_URL", board + "/api/",
                    "http or https address that answers with people as randomuser.me does");
  if (absl::StatusOr<fetch::Url> url = fetch::ParseUrl(upstream); url.ok()) {
    config.random_user_url = *std::move(url);
  } else {
    reader.AddProblem("JOBMESH_RANDOM_USER_URL", std::string(url.status().message()));
  }
  config.random_user_host = reader.String("JOBMESH_RANDOM_USER_ADDRESS", "127.0.0.1",
                                          "address of the listener that answers with a person");
  config.random_user_port = static_cast<int>(reader.Int("JOBMESH_RANDOM_USER_PORT", 8001, 0, 65535,
                                                        "port of that listener; 0 = free port"));
  return config;
}

}  // namespace

std::string LoadDatabaseUrl(ConfigReader& reader) {
  return reader.Secret("JOBMESH_DATABASE_URL", "libpq URL of the service's own database");
}

std::string LoadVocabularyFile(ConfigReader& reader) {
  const std::string path =
      reader.String("JOBMESH_SKILLS_FILE", "",
                    "vocabulary of skills (format: refine/README.md); empty = built in");
  if (path.empty()) return std::string(refine::Vocabulary::DefaultFile());
  std::string file = ReadFile(reader, "JOBMESH_SKILLS_FILE", path);
  absl::Status parsed = refine::Vocabulary::Parse(file).status();
  if (!parsed.ok()) {
    reader.AddProblem("JOBMESH_SKILLS_FILE", std::string(parsed.message()));
  }
  return file;
}

CrawlConfig CrawlConfig::Load(ConfigReader& reader) {
  return {.sources = LoadSources(reader, LoadBoard(reader)), .fetch = LoadFetchSettings(reader)};
}

ScraperConfig ScraperConfig::Load(ConfigReader& reader) {
  ScraperConfig config;
  config.mesh = runtime::MeshConfig::Load(reader, 50052, 9103);
  config.database_url = LoadDatabaseUrl(reader);
  config.pool_size = static_cast<int>(
      reader.Int("JOBMESH_DATABASE_POOL_SIZE", 8, 1, 200, "connections to each database at most"));
  const std::string board = LoadBoard(reader);
  config.sources = LoadSources(reader, board);
  config.sites = LoadSites(reader, board);
  config.fetch = LoadFetchSettings(reader);
  config.source_lease = absl::Seconds(
      reader.Int("JOBMESH_SOURCE_LEASE_SECONDS", 20, 2, 600,
                 "seconds after which another replica takes over the source of a dead one"));
  config.vocabulary_file = LoadVocabularyFile(reader);
  LoadRoles(reader, config);
  config.task_slots = LoadTaskSlots(reader);
  config.task_retention = absl::Hours(
      24 * reader.Int("JOBMESH_TASK_RETENTION_DAYS", 30, 2, 3650,
                      "days that finished tasks are kept; whole weeks are dropped at once"));
  config.imports = LoadImports(reader);
  config.parsing = LoadParsing(reader, board);
  return config;
}

}  // namespace jobmesh::scraper
