#include "scraper-service/field_problems.h"

#include "absl/strings/str_cat.h"

#include "runtime/errors.h"

namespace jobmesh::scraper {

void FieldProblems::Add(const char* field, const char* type, const std::string& text) {
  list_.push_back({{"loc", {location_, field}}, {"msg", text}, {"type", type}});
  if (first_.empty()) {
    first_ = absl::StrCat(field, ": ", text);
    field_ = field;
  }
}

void FieldProblems::CheckText(const char* field, const std::string& text) {
  if (text.find('\0') != std::string::npos) {
    Add(field, "value_error", "must not contain the character U+0000");
  }
}

absl::Status FieldProblems::status() const {
  return list_.empty() ? absl::OkStatus()
                       : runtime::Error(absl::StatusCode::kInvalidArgument,
                                        runtime::ErrorReason::INVALID_FIELD, first_,
                                        {{"field", field_}, {"details", list_.dump()}});
}

}  // namespace jobmesh::scraper
