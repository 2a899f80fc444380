#pragma once

#include <memory>

#include "jobmesh/postings/v1/skill_service.pb.h"
#include "runtime/rpc/service.h"
#include "scraper-service/skills/skill_repository.h"
#include "scraper-service/skills/vocabulary_keeper.h"

namespace jobmesh::scraper {

// jobmesh.postings.v1.SkillService. Thread-safe.
class SkillHandlers {
 public:
  SkillHandlers(SkillRepository& skills, const VocabularyKeeper& vocabulary)
      : skills_(skills), vocabulary_(vocabulary) {}

  absl::StatusOr<jobmesh::postings::v1::CreateSkillResponse> CreateSkill(
      const runtime::rpc::CallContext& call,
      const jobmesh::postings::v1::CreateSkillRequest& request);
  absl::StatusOr<jobmesh::postings::v1::ConfirmSkillResponse> ConfirmSkill(
      const runtime::rpc::CallContext& call,
      const jobmesh::postings::v1::ConfirmSkillRequest& request);
  absl::StatusOr<jobmesh::postings::v1::DeleteSkillResponse> DeleteSkill(
      const runtime::rpc::CallContext& call,
      const jobmesh::postings::v1::DeleteSkillRequest& request);
  absl::StatusOr<jobmesh::postings::v1::ListSkillsResponse> ListSkills(
      const runtime::rpc::CallContext& call,
      const jobmesh::postings::v1::ListSkillsRequest& request);

 private:
  SkillRepository& skills_;
  const VocabularyKeeper& vocabulary_;
};

std::unique_ptr<runtime::rpc::Service> MakeSkillService(SkillHandlers& handlers);

}  // namespace jobmesh::scraper
