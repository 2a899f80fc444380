#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "runtime/rpc/client.h"

namespace jobmesh::user {

// An entry of the scraper-service's catalogue.
struct CatalogueSkill {
  std::string name;
  std::vector<std::string> aliases;
};

struct ReservedSkill {
  int skill_id = 0;
  std::string name;  // canonical
};

// The scraper-service's catalogue of skills and its side of the saga; see
// jobmesh.postings.v1.SkillService for what the calls promise. Thread-safe.
class SkillCatalogue {
 public:
  virtual ~SkillCatalogue() = default;
  virtual absl::StatusOr<ReservedSkill> Create(const std::string& saga_id,
                                               const std::string& name) = 0;
  virtual absl::Status Confirm(const std::string& saga_id) = 0;
  virtual absl::Status Delete(const std::string& saga_id) = 0;
  virtual absl::StatusOr<std::vector<CatalogueSkill>> List() = 0;
};

// Through the mesh.
class RpcSkillCatalogue : public SkillCatalogue {
 public:
  // `scraper`: a client of the scraper-service, which must outlive this.
  explicit RpcSkillCatalogue(runtime::rpc::Client& scraper) : scraper_(scraper) {}

  absl::StatusOr<ReservedSkill> Create(const std::string& saga_id,
                                       const std::string& name) override;
  absl::Status Confirm(const std::string& saga_id) override;
  absl::Status Delete(const std::string& saga_id) override;
  absl::StatusOr<std::vector<CatalogueSkill>> List() override;

 private:
  runtime::rpc::Client& scraper_;
};

}  // namespace jobmesh::user
