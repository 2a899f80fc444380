#include "scraper-service/datasets/input_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "absl/strings/str_cat.h"

#include "runtime/status_macros.h"
#include "scraper-service/imports/job_status.h"

namespace jobmesh::scraper::datasets {
namespace {

constexpr std::string_view kTar = ".tar";

std::string FileOf(const std::string& name) { return absl::StrCat(name, ".tar"); }

std::vector<ImportableFile> ListFolder(const std::string& folder, bool is_archived) {
  std::vector<ImportableFile> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string file = entry.path().filename().string();
    if (!file.ends_with(kTar)) {
      continue;
    }
    const std::string name = file.substr(0, file.size() - kTar.size());
    if (!imports::IsDatasetName(name)) {
      continue;
    }
    absl::StatusOr<TarFile> tar = TarFile::Open(folder, file);
    if (!tar.ok() || tar->Find(name + ".json", TarMember::Type::kFile) == nullptr) {
      continue;
    }
    files.push_back({.name = name,
                     .has_data = std::ranges::any_of(
                         tar->members(), [](const TarMember& m) { return m.name == "chunks"; }),
                     .is_archived = is_archived});
  }
  std::ranges::sort(files, {}, &ImportableFile::name);
  return files;
}

absl::Status Unlink(const std::string& folder, const std::string& name) {
  const std::string path = absl::StrCat(folder, "/", FileOf(name));
  struct stat stat {};
  if (lstat(path.c_str(), &stat) != 0 || S_ISDIR(stat.st_mode) || unlink(path.c_str()) != 0) {
    return absl::NotFoundError(absl::StrCat("File ", name, " not found"));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<ImportableFile> InputDirectory::List() const {
  std::vector<ImportableFile> files = ListFolder(path_, false);
  std::ranges::move(ListFolder(archive_, true), std::back_inserter(files));
  return files;
}

absl::StatusOr<TarFile> InputDirectory::Open(const std::string& name) const {
  return TarFile::Open(path_, FileOf(name));
}

absl::Status InputDirectory::Delete(const std::string& name) const { return Unlink(path_, name); }

absl::Status InputDirectory::DeleteArchived(const std::string& name) const {
  return Unlink(archive_, name);
}

absl::Status InputDirectory::Archive(const std::string& name, const std::string& mark) const {
  ASSIGN_OR_RETURN(TarFile tar, Open(name));
  if (tar.mark() != mark) {
    return absl::FailedPreconditionError(
        absl::StrCat(FileOf(name), " is another file than the one that was imported"));
  }
  std::error_code error;
  std::filesystem::create_directories(archive_, error);
  const std::string from = absl::StrCat(path_, "/", FileOf(name));
  const std::string to = absl::StrCat(archive_, "/", FileOf(name));
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    return absl::UnknownError(
        absl::StrCat(FileOf(name), " cannot be moved to the archive: ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace jobmesh::scraper::datasets
