#include "scraper-service/tasks/spec_json.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

#include "runtime/errors.h"
#include "runtime/postgres/params.h"

namespace jobmesh::scraper::tasks {
namespace {

namespace postgres = runtime::postgres;
using runtime::InvalidField;

nlohmann::json OrNull(const std::string& text) {
  return text.empty() ? nlohmann::json() : nlohmann::json(text);
}

nlohmann::json OrNull(int number) {
  return number <= 0 ? nlohmann::json() : nlohmann::json(number);
}

// Without the objects, which are appended as they are.
nlohmann::json Fields(const TaskSpec& spec, size_t place) {
  nlohmann::json json = {{"place", place},
                         {"family", spec.family},
                         {"operation", spec.operation},
                         {"queue", spec.queue},
                         {"phase", spec.phase},
                         {"priority", spec.priority},
                         {"delay_ms", absl::ToInt64Milliseconds(spec.delay)},
                         {"max_attempts", spec.max_attempts},
                         {"retry_base_ms", absl::ToInt64Milliseconds(spec.retry_base)},
                         {"on_crash", spec.on_crash == OnCrash::kFail ? "fail" : "requeue"},
                         {"target", OrNull(spec.target)},
                         {"owner", OrNull(spec.owner)},
                         {"unique_key", OrNull(spec.unique_key)}};
  if (spec.run_time) {
    json["run_time"] = postgres::TimestampText(*spec.run_time);
  }
  if (spec.limit) {
    json["limit_key"] = spec.limit->key;
    json["max_running"] = OrNull(spec.limit->max_running);
    json["rate_per_minute"] = OrNull(spec.limit->rate_per_minute);
  }
  return json;
}

}  // namespace

bool IsJsonObject(const std::string& text) {
  return text.find("\\u0000") == std::string::npos && !text.empty() &&
         text.find_first_not_of(" \t\r\n") == text.find('{') && nlohmann::json::accept(text);
}

absl::Status ValidateSpec(const TaskSpec& spec) {
  if (spec.operation.empty()) {
    return InvalidField("operation", "is required");
  }
  if (spec.queue.empty()) {
    return InvalidField("queue", "is required");
  }
  if (spec.priority < -100 || spec.priority > 100) {
    return InvalidField("priority", "must be between -100 and 100");
  }
  if (spec.max_attempts < 1 || spec.max_attempts > 1000) {
    return InvalidField("max_attempts", "must be between 1 and 1000");
  }
  if (spec.retry_base < absl::Milliseconds(1) || spec.retry_base > absl::Hours(24)) {
    return InvalidField("retry_base", "must be between 1 ms and 24 h");
  }
  if (spec.delay < absl::ZeroDuration() || spec.delay > absl::Hours(24 * 3660)) {
    return InvalidField("delay", "must be between 0 and ten years");
  }
  if (!IsJsonObject(spec.payload)) {
    return InvalidField("payload", "must be a JSON object without the character U+0000");
  }
  if (!spec.created_by.empty() && !IsJsonObject(spec.created_by)) {
    return InvalidField("created_by", "must be a JSON object");
  }
  if (spec.limit && (spec.limit->key.empty() || absl::StartsWith(spec.limit->key, "queue:"))) {
    return InvalidField("limit.key", "is required and must not begin with queue:");
  }
  if (spec.limit && spec.limit->max_running <= 0 && spec.limit->rate_per_minute <= 0) {
    return InvalidField("limit", "needs max_running or rate_per_minute");
  }
  return absl::OkStatus();
}

std::string SpecJson(const TaskSpec& spec, size_t place) {
  std::string text =
      Fields(spec, place).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.pop_back();
  return absl::StrCat(text, ",\"payload\":", spec.payload,
                      spec.created_by.empty() ? "" : ",\"created_by\":", spec.created_by, "}");
}

}  // namespace jobmesh::scraper::tasks
