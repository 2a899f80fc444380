#include "scraper-service/skills/skill_repository.h"

#include "scraper_sql.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"

namespace jobmesh::scraper {
namespace {

namespace postgres = runtime::postgres;

// The skill of that name, made when there is none.
absl::StatusOr<ReservedSkill> FindOrCreate(postgres::Tx& tx, const std::string& name) {
  ASSIGN_OR_RETURN(pqxx::result found, tx.Execute(sql::kFindSkill, name));
  bool created = false;
  if (found.empty()) {
    ASSIGN_OR_RETURN(found, tx.Execute(sql::kInsertCustomSkill, name));
    created = !found.empty();
    if (!created) {  // somebody else made it between the two statements
      ASSIGN_OR_RETURN(found, tx.Execute(sql::kFindSkill, name));
    }
    if (found.empty()) {  // and took it back
      return absl::AbortedError("the skill is being changed; try again");
    }
  }
  return ReservedSkill{.skill_id = found[0]["skill_id"].as<int32_t>(),
                       .created = created,
                       .name = found[0]["name"].c_str()};
}

absl::Status Undone() {
  return runtime::Error(absl::StatusCode::kFailedPrecondition, runtime::ErrorReason::SAGA_FAILED,
                        "The saga was undone before");
}

}  // namespace

absl::Status SkillRepository::AddVocabulary(const std::vector<std::string>& names) {
  return pool_.Execute(sql::kAddVocabularySkills, names).status();
}

absl::StatusOr<ReservedSkill> SkillRepository::Reserve(const std::string& saga_id,
                                                       const std::string& name) {
  return pool_.InTransaction([&](postgres::Tx& tx) -> absl::StatusOr<ReservedSkill> {
    ASSIGN_OR_RETURN(pqxx::result saga, tx.Execute(sql::kFindSkillSaga, saga_id));
    if (saga.empty()) {
      ASSIGN_OR_RETURN(ReservedSkill skill, FindOrCreate(tx, name));
      ASSIGN_OR_RETURN(pqxx::result noted,
                       tx.Execute(sql::kInsertSkillSaga, saga_id, skill.skill_id, skill.created));
      if (noted.empty()) {  // the same saga, at the same time
        return absl::AbortedError("the saga is being changed; try again");
      }
      return skill;
    }
    if (std::string_view(saga[0]["state"].c_str()) == "undone") {
      return Undone();
    }
    return ReservedSkill{.skill_id = saga[0]["skill_id"].as<int32_t>(),
                         .created = saga[0]["created"].as<bool>(),
                         .name = saga[0]["name"].c_str()};
  });
}

absl::Status SkillRepository::Confirm(const std::string& saga_id) {
  return pool_.InTransaction([&](postgres::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(pqxx::result saga, tx.Execute(sql::kConfirmSkillSaga, saga_id));
    if (saga.empty()) {
      return runtime::Error(absl::StatusCode::kNotFound, runtime::ErrorReason::SKILL_NOT_FOUND,
                            "This saga has reserved no skill");
    }
    ASSIGN_OR_RETURN(pqxx::result skill,
                     tx.Execute(sql::kConfirmSkill, saga[0]["skill_id"].as<int32_t>()));
    if (skill.empty()) {
      return absl::OkStatus();
    }
    return tx.Execute(sql::kAddSkillToPostings, skill[0]["name"].c_str()).status();
  });
}

absl::StatusOr<bool> SkillRepository::Undo(const std::string& saga_id) {
  return pool_.InTransaction([&](postgres::Tx& tx) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(pqxx::result saga, tx.Execute(sql::kUndoSkillSaga, saga_id));
    if (saga.empty() || saga[0]["skill_id"].is_null() || !saga[0]["created"].as<bool>()) {
      return false;
    }
    const auto skill_id = saga[0]["skill_id"].as<int32_t>();
    RETURN_IF_ERROR(tx.Execute(sql::kLockSkill, skill_id).status());
    ASSIGN_OR_RETURN(pqxx::result deleted,
                     tx.Execute(sql::kDeleteUnconfirmedSkill, skill_id, saga_id));
    return !deleted.empty();
  });
}

absl::StatusOr<std::vector<CatalogueSkill>> SkillRepository::List() {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListSkills));
  std::vector<CatalogueSkill> skills;
  for (const pqxx::row& row : rows) {
    skills.push_back({.skill_id = row["skill_id"].as<int32_t>(), .name = row["name"].c_str()});
  }
  return skills;
}

absl::StatusOr<std::vector<std::string>> SkillRepository::CustomNames() {
  ASSIGN_OR_RETURN(pqxx::result rows, pool_.Execute(sql::kListCustomSkills));
  std::vector<std::string> names;
  for (const pqxx::row& row : rows) {
    names.emplace_back(row["name"].c_str());
  }
  return names;
}

}  // namespace jobmesh::scraper
