#include "scraper-service/commands/import.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "prometheus/registry.h"

#include "runtime/lifecycle/worker_pool.h"
#include "runtime/status_macros.h"
#include "scraper-service/datasets/posting_fields.h"
#include "scraper-service/postings/intake.h"
#include "scraper-service/refine/json_line.h"
#include "scraper-service/scraper_config.h"
#include "scraper-service/skills/skill_repository.h"

namespace jobmesh::scraper {
namespace {

constexpr size_t kBatch = 500;
constexpr int kThreads = 3;
constexpr int kMostReported = 5;

// Takes in batches of lines on several threads. Keeps the first error.
class Importer {
 public:
  explicit Importer(const Intake& intake) : intake_(intake) {}

  void Take(std::vector<std::string> lines, size_t first_line) {
    {
      absl::MutexLock lock(&mutex_);
      auto room = [this]()
                      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return waiting_ < 2 * kThreads; };
      mutex_.Await(absl::Condition(&room));  // keeps memory bounded
      ++waiting_;
    }
    workers_.SubmitAlways([this, lines = std::move(lines), first_line] {
      Write(lines, first_line);
      absl::MutexLock lock(&mutex_);
      --waiting_;
    });
  }

  absl::Status Finish() {
    absl::MutexLock lock(&mutex_);
    auto idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return waiting_ == 0; };
    mutex_.Await(absl::Condition(&idle));
    std::fprintf(stderr, "\r%d postings: %d new, %d updated, %d lines could not be read\n", read_,
                 counts_.created, counts_.updated, bad_);
    return failure_;
  }

  bool failed() {
    absl::MutexLock lock(&mutex_);
    return !failure_.ok();
  }

 private:
  void Write(const std::vector<std::string>& lines, size_t first_line) {
    refine::JsonLine line;
    std::vector<FoundPosting> batch;
    batch.reserve(lines.size());
    for (size_t i = 0; i < lines.size(); ++i) {
      absl::Status parsed = line.Parse(lines[i]);
      if (!parsed.ok()) {
        ReportBad(first_line + i, parsed);
        continue;
      }
      batch.push_back({.page_url = "", .raw = datasets::ReadPosting([&line](const char* key) {
                                         return line.Text(key);
                                       })});
    }
    const absl::StatusOr<Intake::Taken> taken = intake_.Take(batch, absl::Now());
    absl::MutexLock lock(&mutex_);
    if (!taken.ok()) {
      failure_.Update(taken.status());
      return;
    }
    read_ += static_cast<int>(batch.size());
    counts_.created += taken->counts.created;
    counts_.updated += taken->counts.updated;
    std::fprintf(stderr, "\r%d postings stored", read_);
  }

  void ReportBad(size_t number, const absl::Status& status) {
    absl::MutexLock lock(&mutex_);
    if (++bad_ <= kMostReported) {
      std::fprintf(stderr, "\rline %zu: %s\n", number, std::string(status.message()).c_str());
    }
  }

  const Intake& intake_;
  absl::Mutex mutex_;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  int read_ ABSL_GUARDED_BY(mutex_) = 0;
  int bad_ ABSL_GUARDED_BY(mutex_) = 0;
  WriteCounts counts_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  runtime::lifecycle::WorkerPool workers_{kThreads, 1};  // last: its threads use the others
};

absl::Status ReadLines(std::istream& in, Importer& importer) {
  std::vector<std::string> lines;
  std::string line;
  size_t number = 0;
  size_t first = 1;
  while (!importer.failed() && std::getline(in, line)) {
    ++number;
    if (!line.empty()) {
      lines.push_back(std::move(line));
    }
    if (lines.size() == kBatch) {
      importer.Take(std::move(lines), first);
      lines.clear();
      first = number + 1;
    }
  }
  if (!lines.empty()) {
    importer.Take(std::move(lines), first);
  }
  return importer.Finish();
}

}  // namespace

absl::StatusOr<ImportRequest> ParseImportArguments(std::span<char* const> arguments) {
  ImportRequest request;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string argument = arguments[i];
    if (argument == "--source" && i + 1 < arguments.size()) {
      request.source = arguments[++i];
    } else if (request.file.empty() && (argument == "-" || !argument.starts_with("-"))) {
      request.file = argument;
    } else {
      return absl::InvalidArgumentError(absl::StrCat("import: unexpected \"", argument,
                                                     "\"; usage: import FILE|- [--source NAME]"));
    }
  }
  if (request.file.empty()) {
    return absl::InvalidArgumentError("import: name a file, or - for standard input");
  }
  return request;
}

absl::Status Import(const runtime::config::Environment& environment, const ImportRequest& request) {
  runtime::config::ConfigReader reader(environment);
  const std::string url = LoadDatabaseUrl(reader);
  const std::string vocabulary_file = LoadVocabularyFile(reader);
  RETURN_IF_ERROR(reader.Finish());
  prometheus::Registry metrics;
  runtime::postgres::Pool pool({.url = url,
                                .application_name = "scraper-import",
                                .max_connections = kThreads,
                                .statement_timeout = absl::Minutes(2)},
                               metrics);
  PostingRepository postings(pool);
  SkillRepository skills(pool);
  ASSIGN_OR_RETURN(const std::vector<std::string> custom, skills.CustomNames());
  ASSIGN_OR_RETURN(auto vocabulary, refine::Vocabulary::Parse(vocabulary_file, custom));
  const Intake intake(postings, std::move(vocabulary), request.source, std::nullopt);
  Importer importer(intake);
  if (request.file == "-") {
    std::ios::sync_with_stdio(false);
    return ReadLines(std::cin, importer);
  }
  std::ifstream file(request.file);
  if (!file) {
    return absl::InvalidArgumentError(absl::StrCat("import: cannot read ", request.file));
  }
  return ReadLines(file, importer);
}

}  // namespace jobmesh::scraper
