#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "scraper-service/datasets/tar_file.h"

namespace jobmesh::scraper::datasets {

// A file NAME.tar that may be imported.
struct ImportableFile {
  std::string name;
  bool has_data = false;     // a member `chunks`
  bool is_archived = false;  // in the folder `archive`
};

// Where datasets are put to be imported: files NAME.tar, and the folder `archive` with those that
// were. Looks at the disk each time. Thread-safe.
class InputDirectory {
 public:
  explicit InputDirectory(std::string path)
      : path_(std::move(path)), archive_(path_ + "/archive") {}

  // Readable tar files with a member NAME.json, by name, archived ones last. Everything else in the
  // directory is passed over.
  std::vector<ImportableFile> List() const;
  // NOT_FOUND; INVALID_ARGUMENT when it is no readable tar file. `name` is a dataset's.
  absl::StatusOr<TarFile> Open(const std::string& name) const;
  // NOT_FOUND.
  absl::Status Delete(const std::string& name) const;
  absl::Status DeleteArchived(const std::string& name) const;
  // Moves the file to the archive, in the place of an earlier one, if it is still the one with this
  // mark.
  absl::Status Archive(const std::string& name, const std::string& mark) const;

 private:
  const std::string path_;
  const std::string archive_;
};

}  // namespace jobmesh::scraper::datasets
