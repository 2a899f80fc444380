#include "gateway/session/ticker.h"

#include <utility>

#include "absl/time/clock.h"

namespace jobmesh::gateway::session {

Ticker::Ticker() : thread_([this] { Run(); }) {}

Ticker::~Ticker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Ticker::Add(std::weak_ptr<Ticking> member) {
  const std::lock_guard lock(mutex_);
  members_.push_back(std::move(member));
}

void Ticker::Run() {
  std::vector<std::shared_ptr<Ticking>> alive;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, absl::ToChronoMilliseconds(kInterval),
                            [this] { return stopping_; })) {
        return;
      }
      std::erase_if(members_, [&](const std::weak_ptr<Ticking>& weak) {
        std::shared_ptr<Ticking> member = weak.lock();
        if (member == nullptr) {
          return true;
        }
        alive.push_back(std::move(member));
        return false;
      });
    }
    const absl::Time now = absl::Now();
    for (const std::shared_ptr<Ticking>& member : alive) {
      member->OnTick(now);
    }
    alive.clear();  // without the lock: the last reference may be ours
  }
}

}  // namespace jobmesh::gateway::session
