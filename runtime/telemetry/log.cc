#include "runtime/telemetry/log.h"

#include <memory>
#include <mutex>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

#include "runtime/strings.h"
#include "runtime/telemetry/trace.h"

namespace jobmesh::runtime::telemetry {
namespace {

constexpr char kEcsVersion[] = "8.11.0";

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

struct LogState {
  LogOptions options{
      .service = "jobmesh", .instance_id = "", .level = LogLevel::kInfo, .json = false};
  std::shared_ptr<spdlog::logger> logger;

  LogState() {
    logger = std::make_shared<spdlog::logger>("jobmesh",
                                              std::make_shared<spdlog::sinks::stdout_sink_mt>());
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
  }
};

LogState& State() {
  static LogState& state =
      *new LogState;  // never destroyed: threads may log while the process ends
  return state;
}

void Set(nlohmann::ordered_json& line, std::string_view key, const FieldValue& value) {
  std::visit([&](const auto& held) { line[std::string(key)] = held; }, value);
}

std::string JsonLine(const LogOptions& options, LogLevel level, std::string_view event,
                     Fields fields) {
  nlohmann::ordered_json line;
  line["@timestamp"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  line["log.level"] = LevelName(level);
  line["message"] = event;
  line["ecs.version"] = kEcsVersion;
  line["service.name"] = options.service;
  line["service.node.name"] = options.instance_id;
  line["event.action"] = event;
  if (const TraceContext* trace = TraceScope::Current()) {
    line["trace.id"] = trace->trace_id;
    line["span.id"] = trace->span_id;
  }
  for (const Field& field : fields) {
    // Dotted keys are ECS fields; ours go under labels.
    const bool ecs = field.key.find('.') != std::string_view::npos;
    Set(line, ecs ? std::string(field.key) : absl::StrCat("labels.", Av(field.key)), field.value);
  }
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string TextLine(LogLevel level, std::string_view event, Fields fields) {
  std::string line =
      absl::StrCat(absl::FormatTime("%H:%M:%E3S", absl::Now(), absl::LocalTimeZone()), " ",
                   LevelName(level), " ", Av(event));
  for (const Field& field : fields) {
    nlohmann::json value;
    std::visit([&](const auto& held) { value = held; }, field.value);
    absl::StrAppend(&line, " ", Av(field.key), "=",
                    value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  return line;
}

}  // namespace

void ConfigureLog(LogOptions options) { State().options = std::move(options); }

bool LogEnabled(LogLevel level) { return level >= State().options.level; }

void Log(LogLevel level, std::string_view event, Fields fields) {
  if (!LogEnabled(level)) {
    return;
  }
  LogState& state = State();
  const std::string line = state.options.json ? JsonLine(state.options, level, event, fields)
                                              : TextLine(level, event, fields);
  state.logger->log(spdlog::level::info, spdlog::string_view_t(line));
}

}  // namespace jobmesh::runtime::telemetry
