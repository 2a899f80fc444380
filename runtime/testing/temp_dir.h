#pragma once

#include <string>

namespace jobmesh::runtime::testing {

// An empty folder that goes away, with its content, on destruction.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  // Writes a file into the folder and returns its path.
  std::string Write(const std::string& file_name, const std::string& content) const;

 private:
  std::string path_;
};

}  // namespace jobmesh::runtime::testing
