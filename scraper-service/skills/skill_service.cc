#include "scraper-service/skills/skill_service.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "re2/re2.h"

#include "runtime/errors.h"
#include "runtime/status_macros.h"

namespace jobmesh::scraper {
namespace {

namespace v1 = jobmesh::postings::v1;
using runtime::rpc::CallContext;

constexpr size_t kLongestName = 100;

absl::Status ValidateSagaId(const std::string& saga_id) {
  static const RE2 kUuid("(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  return RE2::FullMatch(saga_id, kUuid) ? absl::OkStatus()
                                        : runtime::InvalidField("saga_id", "must be a UUID");
}

absl::StatusOr<std::string> ValidName(const std::string& text) {
  const std::string name(absl::StripAsciiWhitespace(text));
  const auto characters = std::ranges::count_if(name, [](char c) { return (c & 0xc0) != 0x80; });
  const bool control =
      std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (name.empty() || static_cast<size_t>(characters) > kLongestName || control) {
    return runtime::InvalidField("name", "must have 1 to 100 characters and no control characters");
  }
  return name;
}

}  // namespace

absl::StatusOr<v1::CreateSkillResponse> SkillHandlers::CreateSkill(
    const CallContext&, const v1::CreateSkillRequest& request) {
  RETURN_IF_ERROR(ValidateSagaId(request.saga_id()));
  ASSIGN_OR_RETURN(std::string name, ValidName(request.name()));
  // An alias stands for its skill: "golang" is Go.
  ASSIGN_OR_RETURN(
      ReservedSkill skill,
      skills_.Reserve(request.saga_id(), vocabulary_.Get()->Canonical(name).value_or(name)));
  v1::CreateSkillResponse response;
  response.set_skill_id(skill.skill_id);
  response.set_created(skill.created);
  response.set_name(skill.name);
  return response;
}

absl::StatusOr<v1::ConfirmSkillResponse> SkillHandlers::ConfirmSkill(
    const CallContext&, const v1::ConfirmSkillRequest& request) {
  RETURN_IF_ERROR(ValidateSagaId(request.saga_id()));
  RETURN_IF_ERROR(skills_.Confirm(request.saga_id()));
  return v1::ConfirmSkillResponse();
}

absl::StatusOr<v1::DeleteSkillResponse> SkillHandlers::DeleteSkill(
    const CallContext&, const v1::DeleteSkillRequest& request) {
  RETURN_IF_ERROR(ValidateSagaId(request.saga_id()));
  ASSIGN_OR_RETURN(const bool deleted, skills_.Undo(request.saga_id()));
  v1::DeleteSkillResponse response;
  response.set_deleted(deleted);
  return response;
}

absl::StatusOr<v1::ListSkillsResponse> SkillHandlers::ListSkills(const CallContext&,
                                                                 const v1::ListSkillsRequest&) {
  ASSIGN_OR_RETURN(std::vector<CatalogueSkill> skills, skills_.List());
  const std::shared_ptr<const refine::Vocabulary> vocabulary = vocabulary_.Get();
  v1::ListSkillsResponse response;
  for (CatalogueSkill& skill : skills) {
    v1::Skill& entry = *response.add_skills();
    entry.set_skill_id(skill.skill_id);
    entry.set_name(std::move(skill.name));
    if (const refine::Skill* known = vocabulary->Lookup(entry.name())) {
      entry.mutable_aliases()->Assign(known->aliases.begin(), known->aliases.end());
    }
  }
  return response;
}

std::unique_ptr<runtime::rpc::Service> MakeSkillService(SkillHandlers& handlers) {
  auto service = std::make_unique<runtime::rpc::Service>("jobmesh.postings.v1.SkillService");
  service->Unary("CreateSkill", &handlers, &SkillHandlers::CreateSkill)
      .Unary("ConfirmSkill", &handlers, &SkillHandlers::ConfirmSkill)
      .Unary("DeleteSkill", &handlers, &SkillHandlers::DeleteSkill)
      .Unary("ListSkills", &handlers, &SkillHandlers::ListSkills);
  return service;
}

}  // namespace jobmesh::scraper
