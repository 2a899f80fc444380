#include "scraper-service/datasets/dataset_build.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"

#include "runtime/status_macros.h"
#include "scraper-service/datasets/chunk_reader.h"
#include "scraper-service/postings/stored_posting.h"
#include "scraper-service/refine/refine.h"

namespace jobmesh::scraper::datasets {
namespace {

using nlohmann::json;
using tasks::TaskRun;

constexpr int64_t kLongestMetadata = 1 << 20;
constexpr size_t kBatch = 500;
constexpr std::string_view kChunks = "chunks/";

absl::Status In(const std::string& member, const absl::Status& status) {
  return status.ok() ? status
                     : absl::Status(status.code(), absl::StrCat(member, ": ", status.message()));
}

// The metadata, checked, as JSON.
absl::StatusOr<std::string> ReadMetadata(const TarFile& tar, const std::string& dataset) {
  const std::string name = dataset + ".json";
  const TarMember* member = tar.Find(name, TarMember::Type::kFile);
  if (member == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("the file has no member ", name));
  }
  ASSIGN_OR_RETURN(const std::string text, tar.ReadAll(*member, kLongestMetadata));
  const json metadata = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!metadata.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": is no JSON object"));
  }
  for (const char* field : {"name", "description", "source", "language"}) {
    if (metadata.contains(field) && !metadata[field].is_string()) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": ", field, ": must be a string"));
    }
  }
  if (metadata.value("name", "") != dataset) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": name: must be ", dataset));
  }
  std::string stored = metadata.dump();
  if (stored.find("\\u0000") != std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": has the character U+0000"));
  }
  return stored;
}

struct Chunk {
  const TarMember* member;
  ChunkReader::Format format;
};

absl::StatusOr<std::vector<Chunk>> ChunksOf(const TarFile& tar) {
  std::vector<Chunk> chunks;
  for (const TarMember& member : tar.members()) {
    const std::string_view name = member.name;
    if (!name.starts_with(kChunks) || member.type == TarMember::Type::kDirectory) {
      continue;
    }
    const bool is_csv = name.ends_with(".csv");
    if (member.type != TarMember::Type::kFile || (!is_csv && !name.ends_with(".jsonl"))) {
      return absl::InvalidArgumentError(
          absl::StrCat(member.name, ": is no file that ends in .jsonl or .csv"));
    }
    chunks.push_back(
        {&member, is_csv ? ChunkReader::Format::kCsv : ChunkReader::Format::kJsonLines});
  }
  return chunks;
}

// Refines postings and stores them in batches.
class Transformer {
 public:
  Transformer(TaskRun& run, DraftRepository& drafts, const refine::Vocabulary& vocabulary)
      : run_(run), drafts_(drafts), vocabulary_(vocabulary), source_(SourceOf(run.task().target)) {}

  absl::Status Take(const RawPosting& raw) {
    batch_.push_back(MakeStoredPosting(source_, "", raw, refine::Refine(raw, vocabulary_, now_)));
    return batch_.size() == kBatch ? Store() : absl::OkStatus();
  }

  absl::Status Store() {
    if (run_.cancel().cancelled()) {
      return absl::CancelledError("stopped");
    }
    if (batch_.empty()) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(
        drafts_.AddPostings({run_.task().id, run_.task().lease_token}, stored_, batch_));
    stored_ += static_cast<int>(batch_.size());
    batch_.clear();
    return absl::OkStatus();
  }

  int stored() const { return stored_; }

 private:
  TaskRun& run_;
  DraftRepository& drafts_;
  const refine::Vocabulary& vocabulary_;
  const std::string source_;
  const absl::Time now_ = absl::Now();
  std::vector<StoredPosting> batch_;
  int stored_ = 0;
};

absl::Status Transform(TaskRun& run, const TarFile& tar, const std::vector<Chunk>& chunks,
                       Transformer& transformer) {
  int64_t bytes = 0;
  for (const Chunk& chunk : chunks) {
    bytes += chunk.member->size;
  }
  int64_t done = 0;
  for (const Chunk& chunk : chunks) {
    ChunkReader reader(chunk.format, [&](const RawPosting& raw) { return transformer.Take(raw); });
    RETURN_IF_ERROR(In(chunk.member->name, tar.Read(*chunk.member, [&](std::string_view piece) {
      RETURN_IF_ERROR(reader.Feed(piece));
      done += static_cast<int64_t>(piece.size());
      return run.SetProgress(0.95 * static_cast<double>(done) / static_cast<double>(bytes));
    })));
    RETURN_IF_ERROR(In(chunk.member->name, reader.Finish()));
  }
  return transformer.Store();
}

}  // namespace

absl::Status BuildDraft(TaskRun& run, const TarFile& tar, DraftRepository& drafts,
                        const refine::Vocabulary& vocabulary) {
  const tasks::Task& job = run.task();
  RETURN_IF_ERROR(drafts.CheckOperation(job.operation, job.target));
  ASSIGN_OR_RETURN(const std::string metadata, ReadMetadata(tar, job.target));
  std::vector<Chunk> chunks;
  if (job.operation != "PATCH_METADATA") {
    ASSIGN_OR_RETURN(chunks, ChunksOf(tar));
  }
  RETURN_IF_ERROR(drafts.BeginBuild({job.id, job.lease_token}, job.target, metadata, tar.mark()));
  RETURN_IF_ERROR(run.SetPhase("transforming"));
  Transformer transformer(run, drafts, vocabulary);
  RETURN_IF_ERROR(Transform(run, tar, chunks, transformer));
  if (transformer.stored() == 0 && job.operation != "PATCH_METADATA") {
    return absl::InvalidArgumentError("the file has no postings under chunks/");
  }
  return run.SetPhase("partitioning");
}

}  // namespace jobmesh::scraper::datasets
