#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace jobmesh::scraper::datasets {

// One member of a tar file.
struct TarMember {
  enum class Type { kFile, kDirectory, kOther };  // links and devices are other: never followed
  std::string name;                               // as written, without slashes at the end
  Type type = Type::kFile;
  int64_t offset = 0;  // of its bytes in the file
  int64_t size = 0;
};

// A tar file (POSIX ustar, pax and GNU names), read where it stands: nothing is ever unpacked, so
// no name in it can lead anywhere. Not compressed ones. Thread-safe once opened.
class TarFile {
 public:
  // Opens `name` in a directory and reads its table of members. Links are not followed.
  // Errors: NOT_FOUND; INVALID_ARGUMENT for anything that is no whole, readable tar file.
  static absl::StatusOr<TarFile> Open(const std::string& directory, const std::string& name);

  TarFile(TarFile&& other) noexcept;
  TarFile& operator=(TarFile&& other) noexcept;
  ~TarFile();

  const std::vector<TarMember>& members() const { return members_; }
  // The first member of this name and type; nullptr when there is none.
  const TarMember* Find(std::string_view name, TarMember::Type type) const;
  // The file's size, time of change and number: another file has another mark.
  const std::string& mark() const { return mark_; }

  // The bytes of a member in pieces, in order, until `take` fails.
  absl::Status Read(const TarMember& member,
                    absl::FunctionRef<absl::Status(std::string_view)> take) const;
  // All of them. INVALID_ARGUMENT when there are more than `limit`.
  absl::StatusOr<std::string> ReadAll(const TarMember& member, int64_t limit) const;

 private:
  explicit TarFile(int file) : file_(file) {}
  absl::Status ReadMembers();

  int file_ = -1;
  int64_t size_ = 0;
  std::string mark_;
  std::vector<TarMember> members_;
};

}  // namespace jobmesh::scraper::datasets
