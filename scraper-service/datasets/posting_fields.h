#pragma once

#include <string>

#include "absl/functional/function_ref.h"

#include "scraper-service/refine/raw_posting.h"

namespace jobmesh::scraper::datasets {

// A posting whose fields have the names of the refinement's input: id, native_id, url, title,
// company, location, description, format (html or text), salary_text, experience_text, posted_text.
// `find` gives a field's text, or nullptr.
RawPosting ReadPosting(absl::FunctionRef<const std::string*(const char*)> find);

}  // namespace jobmesh::scraper::datasets
