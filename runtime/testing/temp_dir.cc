#include "runtime/testing/temp_dir.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace jobmesh::runtime::testing {

TempDir::TempDir() : path_((std::filesystem::temp_directory_path() / "jobmesh-XXXXXX").string()) {
  if (mkdtemp(path_.data()) == nullptr) {
    throw std::runtime_error("cannot make a folder like " + path_);
  }
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::Write(const std::string& file_name, const std::string& content) const {
  std::string path = path_ + "/" + file_name;
  std::ofstream file(path, std::ios::binary);
  file << content;
  if (!file.flush()) {
    throw std::runtime_error("cannot write " + path);
  }
  return path;
}

}  // namespace jobmesh::runtime::testing
