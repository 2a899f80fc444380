#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace jobmesh::scraper::refine {

// Reader of one flat JSON object, for lines by the ten thousand: keeps its buffers from line to
// line. Values that are not strings are kept as they are written ("null", "12"), nested ones are
// skipped. Not thread-safe.
class JsonLine {
 public:
  // Errors: INVALID_ARGUMENT when the line is not a JSON object.
  absl::Status Parse(std::string_view line);

  // Value of a string member; nullptr when it is absent or no string.
  const std::string* Text(std::string_view key) const;

 private:
  struct Member {
    std::string key;
    std::string value;
    bool is_string = false;
  };

  std::vector<Member> members_;
  size_t count_ = 0;
};

// Appends `text` as a JSON string. Invalid UTF-8 becomes U+FFFD, so that the output is always
// valid.
void AppendJsonString(std::string_view text, std::string& out);
// Appends a number in its shortest form that keeps fifteen digits; whole numbers without a point.
void AppendJsonNumber(double value, std::string& out);

}  // namespace jobmesh::scraper::refine
