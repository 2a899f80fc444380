#include "scraper-service/datasets/tar_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "runtime/status_macros.h"
#include "runtime/strings.h"

namespace jobmesh::scraper::datasets {
namespace {

// IEEE Std 1003.1-2017, pax, "ustar Interchange Format".
constexpr int64_t kBlock = 512;
constexpr size_t kMostMembers = 100'000;
constexpr int64_t kLongestExtension = 1 << 20;
constexpr int64_t kPiece = 1 << 18;
using Block = std::array<char, kBlock>;

absl::Status NoTar(std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("is no readable tar file: ", runtime::Av(why)));
}

bool ReadAt(int file, char* to, int64_t size, int64_t offset) {
  while (size > 0) {
    const ssize_t got = pread(file, to, static_cast<size_t>(size), offset);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return false;
    }
    to += got;
    size -= got;
    offset += got;
  }
  return true;
}

std::string TextAt(const Block& block, size_t begin, size_t size) {
  const char* text = block.data() + begin;
  return {text, strnlen(text, size)};
}

// Octal digits, or GNU's base 256 with the first bit set.
std::optional<int64_t> NumberAt(const Block& block, size_t begin, size_t size) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(block[begin + i]); };
  int64_t number = 0;
  if ((byte(0) & 0x80) != 0) {
    if (byte(0) != 0x80) {
      return std::nullopt;  // negative, or beyond all files
    }
    for (size_t i = 1; i < size; ++i) {
      if (number >> 48 != 0) {
        return std::nullopt;
      }
      number = number << 8 | byte(i);
    }
    return number;
  }
  size_t i = 0;
  while (i < size && byte(i) == ' ') {
    ++i;
  }
  for (; i < size && byte(i) != 0 && byte(i) != ' '; ++i) {
    if (byte(i) < '0' || byte(i) > '7') {
      return std::nullopt;
    }
    number = number << 3 | (byte(i) - '0');
  }
  return number;
}

bool IsZero(const Block& block) {
  return std::ranges::all_of(block, [](char c) { return c == 0; });
}

bool ChecksumHolds(const Block& block) {
  constexpr size_t kBegin = 148;
  constexpr size_t kSize = 8;
  int64_t sum = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    sum += i >= kBegin && i < kBegin + kSize ? ' ' : static_cast<unsigned char>(block[i]);
  }
  return NumberAt(block, kBegin, kSize) == sum;
}

// Records `LENGTH KEY=VALUE\n` of a pax header. False when they are malformed.
bool ReadPax(std::string_view text, std::map<std::string, std::string>& records) {
  while (!text.empty()) {
    const size_t space = text.find(' ');
    size_t length = 0;
    if (space == text.npos || !absl::SimpleAtoi(runtime::Av(text.substr(0, space)), &length) ||
        length <= space + 1 || length > text.size() || text[length - 1] != '\n') {
      return false;
    }
    const std::string_view record = text.substr(space + 1, length - space - 2);
    const size_t equals = record.find('=');
    if (equals == record.npos) {
      return false;
    }
    records[std::string(record.substr(0, equals))] = std::string(record.substr(equals + 1));
    text.remove_prefix(length);
  }
  return true;
}

TarMember::Type TypeOf(char flag, const std::string& name) {
  if (flag == '5') {
    return TarMember::Type::kDirectory;
  }
  if (flag == '0' || flag == '\0' || flag == '7') {
    return name.ends_with('/') ? TarMember::Type::kDirectory : TarMember::Type::kFile;
  }
  return TarMember::Type::kOther;
}

}  // namespace

TarFile::TarFile(TarFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      size_(other.size_),
      mark_(std::move(other.mark_)),
      members_(std::move(other.members_)) {}

TarFile& TarFile::operator=(TarFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(size_, other.size_);
  std::swap(mark_, other.mark_);
  std::swap(members_, other.members_);
  return *this;
}

TarFile::~TarFile() {
  if (file_ >= 0) {
    close(file_);
  }
}

absl::StatusOr<TarFile> TarFile::Open(const std::string& directory, const std::string& name) {
  const int folder = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) {
    return absl::NotFoundError(absl::StrCat(directory, " is not there"));
  }
  const int file = openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  const int error = errno;
  close(folder);
  if (file < 0) {
    return error == ENOENT ? absl::NotFoundError(absl::StrCat(name, " is not there"))
                           : NoTar(std::strerror(error));
  }
  TarFile tar(file);
  struct stat stat {};
  if (fstat(file, &stat) != 0 || !S_ISREG(stat.st_mode)) {
    return NoTar("it is no file");
  }
  tar.size_ = stat.st_size;
  tar.mark_ = absl::StrCat(stat.st_size, "-", stat.st_mtim.tv_sec, ".", stat.st_mtim.tv_nsec, "-",
                           stat.st_ino);
  RETURN_IF_ERROR(tar.ReadMembers());
  return tar;
}

absl::Status TarFile::ReadMembers() {
  if (size_ == 0) {
    return NoTar("it is empty");
  }
  std::string long_name;                          // of the next member
  std::map<std::string, std::string> next_pax;    // of the next member
  std::map<std::string, std::string> global_pax;  // of all that follow
  int64_t offset = 0;
  while (offset + kBlock <= size_) {
    Block block;
    if (!ReadAt(file_, block.data(), kBlock, offset)) {
      return NoTar("it cannot be read to its end");
    }
    if (IsZero(block)) {
      return absl::OkStatus();
    }
    if (!ChecksumHolds(block)) {
      return NoTar("a header's checksum is wrong");
    }
    offset += kBlock;
    std::optional<int64_t> size = NumberAt(block, 124, 12);
    const char flag = block[156];
    const bool extension = flag == 'x' || flag == 'g' || flag == 'L' || flag == 'K';
    if (const auto stated = next_pax.find("size"); !extension && stated != next_pax.end()) {
      int64_t number = 0;
      size = absl::SimpleAtoi(stated->second, &number) ? std::optional(number) : std::nullopt;
    }
    if (!size || *size < 0 || *size > size_ - offset || members_.size() == kMostMembers) {
      return NoTar("a member is longer than the file, or there are too many");
    }
    const int64_t begin = offset;
    offset += (*size + kBlock - 1) / kBlock * kBlock;
    if (extension) {
      if (*size > kLongestExtension) {
        return NoTar("a header is too long");
      }
      std::string text(static_cast<size_t>(*size), '\0');
      if (!ReadAt(file_, text.data(), *size, begin) || (flag == 'x' && !ReadPax(text, next_pax)) ||
          (flag == 'g' && !ReadPax(text, global_pax))) {
        return NoTar("a header is malformed");
      }
      if (flag == 'L') {
        long_name = text.c_str();
      }
      continue;
    }
    TarMember member{.offset = begin, .size = *size};
    member.name = TextAt(block, 0, 100);
    if (std::memcmp(block.data() + 257, "ustar\0", 6) == 0) {
      if (const std::string prefix = TextAt(block, 345, 155); !prefix.empty()) {
        member.name = absl::StrCat(prefix, "/", member.name);
      }
    }
    if (!long_name.empty()) {
      member.name = std::exchange(long_name, "");
    }
    for (const auto* pax : {&global_pax, &next_pax}) {
      if (const auto path = pax->find("path"); path != pax->end()) {
        member.name = path->second;
      }
    }
    next_pax.clear();
    member.type = TypeOf(flag, member.name);
    while (member.name.size() > 1 && member.name.ends_with('/')) {
      member.name.pop_back();
    }
    members_.push_back(std::move(member));
  }
  // Without its two blocks of zeros; others read such files too.
  return members_.empty() ? NoTar("it has no members") : absl::OkStatus();
}

const TarMember* TarFile::Find(std::string_view name, TarMember::Type type) const {
  const auto found = std::ranges::find_if(members_, [&](const TarMember& member) {
    return member.name == name && member.type == type;
  });
  return found == members_.end() ? nullptr : &*found;
}

absl::Status TarFile::Read(const TarMember& member,
                           absl::FunctionRef<absl::Status(std::string_view)> take) const {
  std::string piece;
  for (int64_t done = 0; done < member.size; done += static_cast<int64_t>(piece.size())) {
    piece.resize(static_cast<size_t>(std::min(kPiece, member.size - done)));
    if (!ReadAt(file_, piece.data(), static_cast<int64_t>(piece.size()), member.offset + done)) {
      return NoTar("it cannot be read to its end");
    }
    RETURN_IF_ERROR(take(piece));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TarFile::ReadAll(const TarMember& member, int64_t limit) const {
  if (member.size > limit) {
    return absl::InvalidArgumentError(
        absl::StrCat(member.name, " has more than ", limit, " bytes"));
  }
  std::string bytes;
  RETURN_IF_ERROR(Read(member, [&bytes](std::string_view piece) {
    bytes += piece;
    return absl::OkStatus();
  }));
  return bytes;
}

}  // namespace jobmesh::scraper::datasets
