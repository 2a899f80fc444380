#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"

namespace jobmesh::scraper {

// Collects what is wrong with the fields of a request, so that its sender learns all of it at once.
class FieldProblems {
 public:
  // `location`: where the fields stand, `body`, `query` or `path`.
  explicit FieldProblems(std::string location) : location_(std::move(location)) {}

  // `type` is a word for programs, such as `value_error` or `missing`.
  void Add(const char* field, const char* type, const std::string& text);
  void Missing(const char* field) { Add(field, "missing", "Field required"); }
  // PostgreSQL's texts have no U+0000.
  void CheckText(const char* field, const std::string& text);

  // OK, or INVALID_ARGUMENT (INVALID_FIELD) of the first, with all of them as metadata `details`.
  absl::Status status() const;

 private:
  const std::string location_;
  nlohmann::json list_ = nlohmann::json::array();
  std::string first_;
  std::string field_;
};

}  // namespace jobmesh::scraper
