#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "runtime/postgres/pool.h"

namespace jobmesh::scraper {

struct ReservedSkill {
  int32_t skill_id = 0;
  bool created = false;
  std::string name;
};

struct CatalogueSkill {
  int32_t skill_id = 0;
  std::string name;
};

// The catalogue of skills and the sagas that add to it, in PostgreSQL. Each method is one
// transaction and may be repeated. Thread-safe.
class SkillRepository {
 public:
  explicit SkillRepository(runtime::postgres::Pool& pool) : pool_(pool) {}

  // Makes sure that every name of the vocabulary has an id.
  absl::Status AddVocabulary(const std::vector<std::string>& names);
  // FAILED_PRECONDITION (SAGA_FAILED) when the saga was undone before.
  absl::StatusOr<ReservedSkill> Reserve(const std::string& saga_id, const std::string& name);
  // Also gives the skill, when it is new, to the postings that name it. NOT_FOUND (SKILL_NOT_FOUND)
  // when the saga reserved nothing.
  absl::Status Confirm(const std::string& saga_id);
  // Returns whether a skill was deleted.
  absl::StatusOr<bool> Undo(const std::string& saga_id);
  absl::StatusOr<std::vector<CatalogueSkill>> List();
  // Names that users added, confirmed ones only.
  absl::StatusOr<std::vector<std::string>> CustomNames();

 private:
  runtime::postgres::Pool& pool_;
};

}  // namespace jobmesh::scraper
