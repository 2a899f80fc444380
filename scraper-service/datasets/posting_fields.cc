#include "scraper-service/datasets/posting_fields.h"

#include <optional>

namespace jobmesh::scraper::datasets {

RawPosting ReadPosting(absl::FunctionRef<const std::string*(const char*)> find) {
  const auto text = [find](const char* key) {
    const std::string* value = find(key);
    return value == nullptr ? std::string() : *value;
  };
  const auto optional = [find](const char* key) {
    const std::string* value = find(key);
    return value == nullptr ? std::optional<std::string>() : *value;
  };
  RawPosting posting;
  posting.native_id = find("native_id") == nullptr ? text("id") : text("native_id");
  posting.url = text("url");
  posting.title = text("title");
  posting.company = text("company");
  posting.location = text("location");
  posting.description = text("description");
  posting.description_format =
      text("format") == "html" ? RawPosting::Format::kHtml : RawPosting::Format::kText;
  posting.salary_text = optional("salary_text");
  posting.experience_text = optional("experience_text");
  posting.posted_text = optional("posted_text");
  return posting;
}

}  // namespace jobmesh::scraper::datasets
