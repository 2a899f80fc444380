#include "user-service/subscriptions/skill_names.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"

#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"
#include "user-service/text/text.h"

namespace jobmesh::user {
namespace {

constexpr absl::Duration kRefresh = absl::Minutes(1);
constexpr absl::Duration kRetry = absl::Seconds(5);

}  // namespace

SkillNames::SkillNames(SkillCatalogue& catalogue)
    : catalogue_(catalogue), names_(std::make_shared<Names>()) {}

SkillNames::~SkillNames() { Stop(); }

std::string SkillNames::Canonical(std::string_view name) const {
  const std::shared_ptr<const Names> names = Current();
  auto it = names->canonical.find(FoldCase(name));
  return it == names->canonical.end() ? std::string(name) : it->second;
}

std::vector<std::string> SkillNames::Spellings(std::string_view name) const {
  const std::shared_ptr<const Names> names = Current();
  if (auto it = names->canonical.find(FoldCase(name)); it != names->canonical.end()) {
    return {it->second};
  }
  const std::string lower = FoldCase(name);
  std::string upper(lower);
  absl::AsciiStrToUpper(&upper);
  std::string capital(lower);
  if (!capital.empty()) {
    capital[0] = absl::ascii_toupper(static_cast<unsigned char>(capital[0]));
  }
  std::vector<std::string> guesses{std::string(name), lower, upper, capital};
  std::sort(guesses.begin(), guesses.end());
  guesses.erase(std::unique(guesses.begin(), guesses.end()), guesses.end());
  return guesses;
}

std::vector<std::string> SkillNames::TagsOf(const std::string& canonical) const {
  const std::shared_ptr<const Names> names = Current();
  auto it = names->tags.find(canonical);
  return it == names->tags.end() ? std::vector<std::string>{FoldCase(canonical)} : it->second;
}

absl::Status SkillNames::Refresh() {
  ASSIGN_OR_RETURN(std::vector<CatalogueSkill> skills, catalogue_.List());
  auto names = std::make_shared<Names>();
  for (const CatalogueSkill& skill : skills) {
    for (const std::string& alias : skill.aliases) {
      names->canonical.emplace(FoldCase(alias), skill.name);
      names->tags[skill.name].push_back(FoldCase(alias));
    }
  }
  // After the aliases: a name is never taken over by another skill's alias.
  for (const CatalogueSkill& skill : skills) {
    names->canonical[FoldCase(skill.name)] = skill.name;
    names->tags[skill.name].push_back(FoldCase(skill.name));
  }
  absl::MutexLock lock(&mutex_);
  names_ = std::move(names);
  return absl::OkStatus();
}

absl::Status SkillNames::Start() {
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void SkillNames::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void SkillNames::Run() {
  bool complained = false;
  while (true) {
    const absl::Status status = Refresh();
    if (!status.ok() && !complained) {
      runtime::telemetry::LogWarn("skill_names_unread", {{"error", std::string(status.message())}});
    }
    complained = !status.ok();
    absl::MutexLock lock(&mutex_);
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), status.ok() ? kRefresh : kRetry)) {
      return;
    }
  }
}

std::shared_ptr<const SkillNames::Names> SkillNames::Current() const {
  absl::MutexLock lock(&mutex_);
  return names_;
}

}  // namespace jobmesh::user
