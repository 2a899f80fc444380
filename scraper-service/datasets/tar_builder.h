#pragma once

#include <cstdio>
#include <string>

namespace jobmesh::scraper::datasets {

// Writes tar files byte by byte, right and wrong ones, for tests.
class TarBuilder {
 public:
  // Type flags of POSIX: '0' file, '5' directory, '2' symbolic link, 'x' pax header, 'L' GNU name.
  TarBuilder& Add(const std::string& name, const std::string& content, char type = '0') {
    char header[512] = {};
    std::snprintf(header, 100, "%s", name.c_str());
    std::snprintf(header + 100, 8, "0000644");
    std::snprintf(header + 124, 12, "%011zo", content.size());
    std::snprintf(header + 136, 12, "00000000000");
    header[156] = type;
    if (type == '2') {
      std::snprintf(header + 157, 100, "/etc/passwd");
    }
    std::snprintf(header + 257, 8, "ustar");
    header[263] = header[264] = '0';
    unsigned sum = 8 * ' ';
    for (const char c : header) {
      sum += static_cast<unsigned char>(c);
    }
    std::snprintf(header + 148, 8, "%06o", sum);
    bytes_.append(header, sizeof header);
    bytes_ += content;
    bytes_.append((512 - content.size() % 512) % 512, '\0');
    return *this;
  }
  std::string Finish() const { return bytes_ + std::string(1024, '\0'); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

inline void WriteFile(const std::string& path, const std::string& bytes) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  std::fwrite(bytes.data(), 1, bytes.size(), file);
  std::fclose(file);
}

}  // namespace jobmesh::scraper::datasets
