#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "scraper-service/refine/json_line.h"
#include "scraper-service/refine/raw_posting.h"

namespace jobmesh::scraper::datasets {

// Longest posting of a chunk, in bytes as written.
inline constexpr size_t kLongestRecord = 4 << 20;

// Postings of one chunk, from its bytes as they come: JSON lines, or CSV (RFC 4180) whose first
// record names the fields. Errors are INVALID_ARGUMENT and name the record; a posting must have a
// title. Not thread-safe.
class ChunkReader {
 public:
  enum class Format { kJsonLines, kCsv };
  using Take = std::function<absl::Status(RawPosting)>;

  ChunkReader(Format format, Take take) : format_(format), take_(std::move(take)) {}

  absl::Status Feed(std::string_view bytes);
  // The last record may end without a line break.
  absl::Status Finish();

 private:
  absl::Status Record(std::string_view record);
  absl::Status JsonRecord(std::string_view record);
  absl::Status CsvRecord(std::string_view record);
  absl::Status Deliver(RawPosting posting);
  absl::Status Bad(std::string_view problem) const;

  const Format format_;
  const Take take_;
  std::string pending_;     // of the record that has not ended
  bool in_quotes_ = false;  // of CSV
  int64_t number_ = 0;      // of records so far
  std::vector<std::string> columns_;
  std::vector<std::string> fields_;
  refine::JsonLine line_;
};

}  // namespace jobmesh::scraper::datasets
