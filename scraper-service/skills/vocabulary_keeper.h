#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"

#include "runtime/lifecycle/part.h"
#include "scraper-service/refine/skills.h"
#include "scraper-service/skills/skill_repository.h"

namespace jobmesh::scraper {

// The vocabulary that postings are refined with: the built-in one, or a file's, and the skills that
// users added, which are looked for every few seconds. Thread-safe.
class VocabularyKeeper : public runtime::lifecycle::Part {
 public:
  // `file` is the content of a vocabulary file, already known to be good.
  VocabularyKeeper(SkillRepository& skills, std::string file);
  ~VocabularyKeeper() override;

  std::shared_ptr<const refine::Vocabulary> Get() const;

  std::string name() const override { return "vocabulary"; }
  // Registers the vocabulary's names in the catalogue.
  absl::Status Start() override;
  void Stop() override;

 private:
  void Follow();
  absl::Status Load();

  SkillRepository& skills_;
  const std::string file_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const refine::Vocabulary> vocabulary_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::string> custom_;  // following thread, and Start before it
  std::thread thread_;
};

}  // namespace jobmesh::scraper
