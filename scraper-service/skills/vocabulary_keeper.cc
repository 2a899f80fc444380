#include "scraper-service/skills/vocabulary_keeper.h"

#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::scraper {
namespace {

constexpr absl::Duration kPeriod = absl::Seconds(2);

}  // namespace

VocabularyKeeper::VocabularyKeeper(SkillRepository& skills, std::string file)
    : skills_(skills),
      file_(std::move(file)),
      vocabulary_(refine::Vocabulary::Parse(file_).value()) {}

VocabularyKeeper::~VocabularyKeeper() { Stop(); }

std::shared_ptr<const refine::Vocabulary> VocabularyKeeper::Get() const {
  absl::MutexLock lock(&mutex_);
  return vocabulary_;
}

absl::Status VocabularyKeeper::Start() {
  std::vector<std::string> names;
  for (const refine::Skill& skill : Get()->skills()) {
    names.push_back(skill.name);
  }
  RETURN_IF_ERROR(skills_.AddVocabulary(names));
  RETURN_IF_ERROR(Load());
  thread_ = std::thread([this] { Follow(); });
  return absl::OkStatus();
}

void VocabularyKeeper::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void VocabularyKeeper::Follow() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kPeriod)) {
        return;
      }
    }
    absl::Status status = Load();
    if (!status.ok()) {
      runtime::telemetry::LogWarn("vocabulary_not_refreshed",
                                  {{"error.message", std::string(status.message())}});
    }
  }
}

absl::Status VocabularyKeeper::Load() {
  ASSIGN_OR_RETURN(std::vector<std::string> custom, skills_.CustomNames());
  if (custom == custom_) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(std::shared_ptr<const refine::Vocabulary> vocabulary,
                   refine::Vocabulary::Parse(file_, custom));
  custom_ = std::move(custom);
  absl::MutexLock lock(&mutex_);
  vocabulary_ = std::move(vocabulary);
  return absl::OkStatus();
}

}  // namespace jobmesh::scraper
