#include "tests/support/sample_board/failure_switch.h"

#include <utility>

namespace jobmesh::testing {
namespace {

constexpr std::pair<FailureMode, std::string_view> kNames[] = {
    {FailureMode::kNone, "none"},
    {FailureMode::kServerError, "500"},
    {FailureMode::kTooManyRequests, "429"},
    {FailureMode::kTimeout, "timeout"},
    {FailureMode::kReset, "reset"},
    {FailureMode::kHalf, "half"},
    {FailureMode::kSlow, "slow"},
    {FailureMode::kRedirectLoop, "redirect-loop"},
    {FailureMode::kCharset, "charset"},
    {FailureMode::kChallenge, "challenge"},
    {FailureMode::kAny, "any"},
};

}  // namespace

std::string_view FailureModeName(FailureMode mode) {
  for (const auto& [known, name] : kNames) {
    if (known == mode) return name;
  }
  return {};
}

std::optional<FailureMode> ParseFailureMode(std::string_view name) {
  for (const auto& [mode, known] : kNames) {
    if (known == name) return mode;
  }
  return std::nullopt;
}

void FailureSwitch::Set(const std::string& part, const Setting& setting) {
  {
    std::lock_guard lock(mutex_);
    settings_[part] = setting;
    ++generation_;
  }
  changed_.notify_all();
}

void FailureSwitch::Clear() {
  {
    std::lock_guard lock(mutex_);
    settings_.clear();
    ++generation_;
  }
  changed_.notify_all();
}

FailureSwitch::Setting FailureSwitch::Get(const std::string& part) const {
  std::lock_guard lock(mutex_);
  auto found = settings_.find(part);
  return found == settings_.end() ? Setting{} : found->second;
}

FailureSwitch::Setting FailureSwitch::Next(const std::string& part) {
  std::lock_guard lock(mutex_);
  auto found = settings_.find(part);
  if (found == settings_.end() || found->second.mode == FailureMode::kNone) return {};
  if (found->second.share < 1 && !random_.Chance(found->second.share)) return {};
  Setting setting = found->second;
  if (setting.mode == FailureMode::kAny) {
    // Between kNone and kAny.
    setting.mode =
        static_cast<FailureMode>(1 + random_.Below(static_cast<uint32_t>(FailureMode::kAny) - 1));
  }
  return setting;
}

bool FailureSwitch::Wait(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex_);
  uint64_t before = generation_;
  return !changed_.wait_for(lock, duration, [&] { return stopped_ || generation_ != before; });
}

void FailureSwitch::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

}  // namespace jobmesh::testing
