#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/synchronization/mutex.h"

#include "runtime/lifecycle/part.h"
#include "user-service/subscriptions/skill_catalogue.h"

namespace jobmesh::user {

// This process's copy of the catalogue: which spellings name the same skill. Read every minute by a
// thread of its own; while the scraper-service is out of reach the last copy stays in use, and
// before the first every name stands for itself. Thread-safe.
class SkillNames : public runtime::lifecycle::Part {
 public:
  explicit SkillNames(SkillCatalogue& catalogue);
  ~SkillNames() override;

  // Canonical spelling of a name or alias, in any letter case; the name itself when it is unknown.
  std::string Canonical(std::string_view name) const;
  // Spellings under which postings may hold the skill `name`: the canonical one, or guesses when it
  // is unknown.
  std::vector<std::string> Spellings(std::string_view name) const;
  // Folded: the name and all aliases of a canonical name.
  std::vector<std::string> TagsOf(const std::string& canonical) const;
  // Reads the catalogue now.
  absl::Status Refresh();

  std::string name() const override { return "skill-names"; }
  absl::Status Start() override;
  void Stop() override;

 private:
  struct Names {
    std::unordered_map<std::string, std::string> canonical;          // by folded name or alias
    std::unordered_map<std::string, std::vector<std::string>> tags;  // by canonical name
  };

  void Run();
  std::shared_ptr<const Names> Current() const;

  SkillCatalogue& catalogue_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Names> names_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace jobmesh::user
