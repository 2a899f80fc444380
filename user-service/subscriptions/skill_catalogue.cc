#include "user-service/subscriptions/skill_catalogue.h"

#include "jobmesh/postings/v1/skill_service.pb.h"
#include "runtime/status_macros.h"

namespace jobmesh::user {
namespace {

namespace postings_v1 = postings::v1;

runtime::rpc::CallOptions Options() {
  return {.timeout = absl::Seconds(2), .idempotent = true, .as_mesh = true};
}

}  // namespace

absl::StatusOr<ReservedSkill> RpcSkillCatalogue::Create(const std::string& saga_id,
                                                        const std::string& name) {
  postings_v1::CreateSkillRequest request;
  request.set_saga_id(saga_id);
  request.set_name(name);
  ASSIGN_OR_RETURN(auto response,
                   scraper_.Call<postings_v1::CreateSkillResponse>(
                       "jobmesh.postings.v1.SkillService/CreateSkill", request, Options()));
  return ReservedSkill{response.skill_id(), response.name().empty() ? name : response.name()};
}

absl::Status RpcSkillCatalogue::Confirm(const std::string& saga_id) {
  postings_v1::ConfirmSkillRequest request;
  request.set_saga_id(saga_id);
  return scraper_
      .Call<postings_v1::ConfirmSkillResponse>("jobmesh.postings.v1.SkillService/ConfirmSkill",
                                               request, Options())
      .status();
}

absl::Status RpcSkillCatalogue::Delete(const std::string& saga_id) {
  postings_v1::DeleteSkillRequest request;
  request.set_saga_id(saga_id);
  return scraper_
      .Call<postings_v1::DeleteSkillResponse>("jobmesh.postings.v1.SkillService/DeleteSkill",
                                              request, Options())
      .status();
}

absl::StatusOr<std::vector<CatalogueSkill>> RpcSkillCatalogue::List() {
  ASSIGN_OR_RETURN(auto response, scraper_.Call<postings_v1::ListSkillsResponse>(
                                      "jobmesh.postings.v1.SkillService/ListSkills",
                                      postings_v1::ListSkillsRequest(), Options()));
  std::vector<CatalogueSkill> skills;
  skills.reserve(response.skills_size());
  for (const postings_v1::Skill& skill : response.skills()) {
    skills.push_back({skill.name(), {skill.aliases().begin(), skill.aliases().end()}});
  }
  return skills;
}

}  // namespace jobmesh::user
