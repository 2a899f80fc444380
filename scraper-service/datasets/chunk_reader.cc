#include "scraper-service/datasets/chunk_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "runtime/status_macros.h"
#include "runtime/strings.h"
#include "scraper-service/datasets/posting_fields.h"

namespace jobmesh::scraper::datasets {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// The fields of a CSV record; false when its quotes do not match.
bool SplitCsv(std::string_view record, std::vector<std::string>& fields) {
  fields.assign(1, "");
  size_t i = 0;
  while (i < record.size()) {
    if (record[i] == '"' && fields.back().empty()) {
      for (++i;; ++i) {
        if (i == record.size()) {
          return false;
        }
        if (record[i] != '"') {
          fields.back() += record[i];
        } else if (i + 1 < record.size() && record[i + 1] == '"') {
          fields.back() += record[i++];
        } else {
          break;
        }
      }
      ++i;
      if (i < record.size() && record[i] != ',') {
        return false;
      }
    } else if (record[i] == ',') {
      fields.emplace_back();
      ++i;
    } else {
      fields.back() += record[i++];
    }
  }
  return true;
}

}  // namespace

absl::Status ChunkReader::Bad(std::string_view problem) const {
  return absl::InvalidArgumentError(absl::StrCat("record ", number_, ": ", runtime::Av(problem)));
}

absl::Status ChunkReader::Feed(std::string_view bytes) {
  size_t begin = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '"' && format_ == Format::kCsv) {
      in_quotes_ = !in_quotes_;
    } else if (bytes[i] == '\n' && !in_quotes_) {
      const std::string_view end = bytes.substr(begin, i - begin);
      if (pending_.empty()) {
        RETURN_IF_ERROR(Record(end));
      } else {
        pending_ += end;
        RETURN_IF_ERROR(Record(pending_));
        pending_.clear();
      }
      begin = i + 1;
    }
  }
  pending_ += bytes.substr(begin);
  if (pending_.size() > kLongestRecord) {
    ++number_;
    return Bad("is too long");
  }
  return absl::OkStatus();
}

absl::Status ChunkReader::Finish() {
  if (in_quotes_) {
    ++number_;
    return Bad("a quotation mark is not closed");
  }
  const std::string last = std::move(pending_);
  pending_.clear();
  return Record(last);
}

absl::Status ChunkReader::Record(std::string_view record) {
  if (number_ == 0 && record.starts_with(kByteOrderMark)) {
    record.remove_prefix(kByteOrderMark.size());
  }
  if (record.ends_with('\r')) {
    record.remove_suffix(1);
  }
  if (record.empty()) {
    return absl::OkStatus();
  }
  ++number_;
  return format_ == Format::kCsv ? CsvRecord(record) : JsonRecord(record);
}

absl::Status ChunkReader::JsonRecord(std::string_view record) {
  if (absl::Status parsed = line_.Parse(record); !parsed.ok()) {
    const absl::string_view text = parsed.message();
    return Bad({text.data(), text.size()});
  }
  return Deliver(ReadPosting([this](const char* key) { return line_.Text(key); }));
}

absl::Status ChunkReader::CsvRecord(std::string_view record) {
  if (!SplitCsv(record, fields_)) {
    return Bad("its quotation marks do not match");
  }
  if (columns_.empty()) {
    columns_ = fields_;
    return absl::OkStatus();
  }
  if (fields_.size() != columns_.size()) {
    return Bad(
        absl::StrCat("has ", fields_.size(), " fields where the header has ", columns_.size()));
  }
  return Deliver(ReadPosting([this](const char* key) -> const std::string* {
    const auto column = std::ranges::find(columns_, key);
    if (column == columns_.end()) {
      return nullptr;
    }
    const std::string& field = fields_[static_cast<size_t>(column - columns_.begin())];
    return field.empty() ? nullptr : &field;  // CSV cannot tell an empty field from an absent one
  }));
}

absl::Status ChunkReader::Deliver(RawPosting posting) {
  if (posting.title.empty()) {
    return Bad("title: is required");
  }
  return take_(std::move(posting));
}

}  // namespace jobmesh::scraper::datasets
