#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>

namespace jobmesh::gateway::policy {

// Lets in so many requests at a time and refuses the rest at once: an answer in a microsecond that
// says "later" is worth more than one that comes after its client has gone. Thread-safe.
class LoadShedder {
 public:
  // A place among the requests in work, given back when it is destroyed.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept : shedder_(std::exchange(other.shedder_, nullptr)) {}
    Ticket& operator=(Ticket&& other) noexcept {
      std::swap(shedder_, other.shedder_);
      return *this;
    }
    ~Ticket() {
      if (shedder_ != nullptr) {
        shedder_->in_flight_.fetch_sub(1, std::memory_order_relaxed);
      }
    }

   private:
    friend class LoadShedder;
    explicit Ticket(LoadShedder* shedder) : shedder_(shedder) {}
    LoadShedder* shedder_ = nullptr;
  };

  // 0: no limit.
  explicit LoadShedder(std::int64_t limit) : limit_(limit) {}

  // Nothing when all places are taken.
  std::optional<Ticket> Admit() {
    if (in_flight_.fetch_add(1, std::memory_order_relaxed) >= limit_ && limit_ > 0) {
      in_flight_.fetch_sub(1, std::memory_order_relaxed);
      return std::nullopt;
    }
    return Ticket(this);
  }

  std::int64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  const std::int64_t limit_;
  std::atomic<std::int64_t> in_flight_{0};
};

}  // namespace jobmesh::gateway::policy
