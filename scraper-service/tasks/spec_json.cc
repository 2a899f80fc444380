#include "scraper-service/tasks/spec_json.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

#include "runtime/errors.h"
#include "runtime/postgres/params.h"

namespace jobmesh::scraper::tasks {
namespace {

namespace postgres = runtime::postgres;
using runtime::InvalidField;

std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Adds members to an object that has one already, except those that are as `unless` says.
class Members {
 public:
  explicit Members(std::string& json) : json_(json) {}

  void Text(const char* name, const std::string& value, const std::string& unless = "") {
    if (value != unless) {
      absl::StrAppend(&json_, ",\"", name, "\":", Quoted(value));
    }
  }
  void Number(const char* name, int64_t value, int64_t unless = 0) {
    if (value != unless) {
      absl::StrAppend(&json_, ",\"", name, "\":", value);
    }
  }
  void Object(const char* name, const std::string& json, const std::string& unless = "") {
    if (json != unless) {
      absl::StrAppend(&json_, ",\"", name, "\":", json);
    }
  }

 private:
  std::string& json_;
};

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
  static const TaskSpec defaults;
  std::string json = absl::StrCat("{\"place\":", place);
  Members members(json);
  members.Text("family", spec.family);
  members.Text("operation", spec.operation);
  members.Text("queue", spec.queue, defaults.queue);
  members.Text("phase", spec.phase);
  members.Number("priority", spec.priority);
  members.Number("delay_ms", absl::ToInt64Milliseconds(spec.delay));
  members.Number("max_attempts", spec.max_attempts, defaults.max_attempts);
  members.Number("retry_base_ms", absl::ToInt64Milliseconds(spec.retry_base),
                 absl::ToInt64Milliseconds(defaults.retry_base));
  members.Text("on_crash", spec.on_crash == OnCrash::kFail ? "fail" : "requeue", "requeue");
  members.Text("target", spec.target);
  members.Text("owner", spec.owner);
  members.Text("unique_key", spec.unique_key);
  if (spec.run_time) {
    members.Text("run_time", postgres::TimestampText(*spec.run_time));
  }
  if (spec.limit) {
    members.Text("limit_key", spec.limit->key);
    members.Number("max_running", std::max(0, spec.limit->max_running));
    members.Number("rate_per_minute", std::max(0, spec.limit->rate_per_minute));
  }
  members.Object("payload", spec.payload, defaults.payload);
  members.Object("created_by", spec.created_by);
  json += '}';
  return json;
}

}  // namespace jobmesh::scraper::tasks
