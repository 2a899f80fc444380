#include "scraper-service/tasks/task_message.h"

#include <cmath>

#include "google/protobuf/util/time_util.h"
#include "nlohmann/json.hpp"

#include "runtime/errors.h"
#include "runtime/timestamp.h"

namespace jobmesh::scraper::tasks {
namespace {

namespace v1 = jobmesh::tasks::v1;
using google::protobuf::Struct;
using google::protobuf::Value;
using google::protobuf::util::TimeUtil;
using nlohmann::json;

// Doubles hold whole numbers exactly up to here.
constexpr double kWholeLimit = 9007199254740992.0;

json ToJson(const Value& value);

json ToJson(const Struct& message) {
  json object = json::object();
  for (const auto& [name, value] : message.fields()) {
    object[name] = ToJson(value);
  }
  return object;
}

json ToJson(const Value& value) {
  switch (value.kind_case()) {
    case Value::kBoolValue:
      return value.bool_value();
    case Value::kNumberValue:
      if (std::trunc(value.number_value()) == value.number_value() &&
          std::abs(value.number_value()) <= kWholeLimit) {
        return static_cast<int64_t>(value.number_value());
      }
      return value.number_value();
    case Value::kStringValue:
      return value.string_value();
    case Value::kStructValue:
      return ToJson(value.struct_value());
    case Value::kListValue: {
      json list = json::array();
      for (const Value& element : value.list_value().values()) {
        list.push_back(ToJson(element));
      }
      return list;
    }
    default:
      return nullptr;
  }
}

void ToValue(const json& from, Value* to) {
  switch (from.type()) {
    case json::value_t::boolean:
      to->set_bool_value(from.get<bool>());
      break;
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
    case json::value_t::number_float:
      to->set_number_value(from.get<double>());
      break;
    case json::value_t::string:
      to->set_string_value(from.get<std::string>());
      break;
    case json::value_t::array:
      to->mutable_list_value();
      for (const json& element : from) {
        ToValue(element, to->mutable_list_value()->add_values());
      }
      break;
    case json::value_t::object:
      to->mutable_struct_value();
      for (const auto& [name, element] : from.items()) {
        ToValue(element, &(*to->mutable_struct_value()->mutable_fields())[name]);
      }
      break;
    default:
      to->set_null_value(google::protobuf::NULL_VALUE);
  }
}

std::string Text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

absl::Duration DurationOf(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

v1::TaskState ToMessage(TaskState state) {
  switch (state) {
    case TaskState::kAvailable:
      return v1::AVAILABLE;
    case TaskState::kRetryable:
      return v1::RETRYABLE;
    case TaskState::kRunning:
      return v1::RUNNING;
    case TaskState::kCompleted:
      return v1::COMPLETED;
    case TaskState::kDiscarded:
      return v1::DISCARDED;
    case TaskState::kCancelled:
      return v1::CANCELLED;
  }
  return v1::TASK_STATE_UNSPECIFIED;
}

std::optional<TaskState> FromMessage(v1::TaskState state) {
  for (const TaskState value :
       {TaskState::kAvailable, TaskState::kRetryable, TaskState::kRunning, TaskState::kCompleted,
        TaskState::kDiscarded, TaskState::kCancelled}) {
    if (ToMessage(value) == state) {
      return value;
    }
  }
  return std::nullopt;
}

v1::Task ToMessage(const Task& task) {
  v1::Task message;
  message.set_task_id(task.id);
  message.set_family(task.family);
  message.set_operation(task.operation);
  message.set_queue(task.queue);
  message.set_state(ToMessage(task.state));
  message.set_phase(task.phase);
  message.set_priority(task.priority);
  message.set_attempt(task.attempt);
  message.set_max_attempts(task.max_attempts);
  message.set_rescues(task.rescues);
  message.set_cancel_requested(task.cancel_requested);
  message.set_worker_id(task.worker_id);
  message.set_target(task.target);
  message.set_owner(task.owner);
  const json payload = json::parse(task.payload, nullptr, false);
  if (payload.is_object()) {
    Value value;
    ToValue(payload, &value);
    *message.mutable_payload() = std::move(*value.mutable_struct_value());
  }
  if (const json result = json::parse(task.result, nullptr, false); !result.is_discarded()) {
    ToValue(result, message.mutable_result());
  }
  message.set_error(task.error);
  message.set_progress(task.progress);
  const auto set = [](absl::Time time, google::protobuf::Timestamp* timestamp) {
    *timestamp = runtime::ToTimestamp(time);
  };
  if (task.create_time != absl::Time()) {
    set(task.create_time, message.mutable_create_time());
    set(task.update_time, message.mutable_update_time());
    set(task.run_time, message.mutable_run_time());
  }
  if (task.start_time) {
    set(*task.start_time, message.mutable_start_time());
  }
  if (task.finish_time) {
    set(*task.finish_time, message.mutable_finish_time());
  }
  return message;
}

v1::TaskLogLine ToMessage(const TaskLogLine& line) {
  v1::TaskLogLine message;
  message.set_sequence(line.sequence);
  *message.mutable_time() = runtime::ToTimestamp(line.time);
  message.set_message(line.message);
  return message;
}

absl::StatusOr<TaskSpec> FromMessage(const v1::TaskSpec& message) {
  TaskSpec spec;
  spec.family = message.family();
  spec.operation = message.operation();
  if (!message.queue().empty()) {
    spec.queue = message.queue();
  }
  spec.payload = JsonOf(message.payload());
  spec.priority = message.priority();
  spec.phase = message.phase();
  spec.target = message.target();
  spec.owner = message.owner();
  spec.unique_key = message.unique_key();
  if (message.has_delay()) {
    spec.delay = DurationOf(message.delay());
  }
  if (message.has_run_time()) {
    if (message.run_time().seconds() < TimeUtil::kTimestampMinSeconds ||
        message.run_time().seconds() > TimeUtil::kTimestampMaxSeconds) {
      return runtime::InvalidField("run_time", "must be between the years 1 and 9999");
    }
    spec.run_time = absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(message.run_time()));
  }
  if (message.has_limit()) {
    spec.limit = TaskLimit{.key = message.limit().key(),
                           .max_running = message.limit().max_running(),
                           .rate_per_minute = message.limit().rate_per_minute()};
  }
  if (message.max_attempts() != 0) {
    spec.max_attempts = message.max_attempts();
  }
  if (message.has_retry_base()) {
    spec.retry_base = DurationOf(message.retry_base());
  }
  spec.on_crash = message.on_crash() == v1::FAIL ? OnCrash::kFail : OnCrash::kRequeue;
  return spec;
}

Lease FromMessage(const v1::Lease& message) { return {message.task_id(), message.lease_token()}; }

std::string JsonOf(const Struct& message) { return Text(ToJson(message)); }

std::string JsonOf(const Value& message) { return Text(ToJson(message)); }

}  // namespace jobmesh::scraper::tasks
