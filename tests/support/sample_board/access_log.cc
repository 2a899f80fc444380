#include "tests/support/sample_board/access_log.h"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "tests/support/posting_wording.h"

namespace jobmesh::testing {

void AccessLog::Add(AccessEntry entry) {
  std::lock_guard lock(mutex_);
  entries_.push_back(std::move(entry));
  if (entries_.size() > kCapacity) {
    entries_.pop_front();
    ++first_seq_;
  }
}

std::string AccessLog::JsonLines(uint64_t after) const {
  std::lock_guard lock(mutex_);
  std::string lines;
  uint64_t seq = first_seq_;
  for (const AccessEntry& entry : entries_) {
    if (seq > after) {
      auto since_epoch = entry.started.time_since_epoch();
      nlohmann::ordered_json line = {
          {"seq", seq},
          {"time", IsoTime(std::chrono::floor<std::chrono::seconds>(entry.started))},
          {"at_ms", std::chrono::duration<double, std::milli>(since_epoch).count()},
          {"duration_ms", std::chrono::duration<double, std::milli>(entry.duration).count()},
          {"method", entry.method},
          {"path", entry.target},
          {"status", entry.status},
          {"user_agent", entry.user_agent},
          {"conditional", entry.conditional}};
      // A request line may hold any bytes; what is not UTF-8 is replaced.
      lines += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    }
    ++seq;
  }
  return lines;
}

void AccessLog::Clear() {
  std::lock_guard lock(mutex_);
  first_seq_ += entries_.size();
  entries_.clear();
}

}  // namespace jobmesh::testing
