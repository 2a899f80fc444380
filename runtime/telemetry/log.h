#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace jobmesh::runtime::telemetry {

// Structured logging: one ECS JSON object a line on standard output
// (https://www.elastic.co/guide/en/ecs), or text for people. Log events, not prose:
// LogInfo("source_crawled", {{"source", name}, {"postings", n}}). Never log secrets, tokens or
// e-mail addresses. All functions are thread-safe.

using FieldValue = std::variant<std::string, long long, double, bool>;

struct Field {
  Field(std::string_view key, std::string_view value) : key(key), value(std::string(value)) {}
  Field(std::string_view key, const char* value) : key(key), value(std::string(value)) {}
  Field(std::string_view key, const std::string& value) : key(key), value(value) {}
  Field(std::string_view key, bool value) : key(key), value(value) {}
  Field(std::string_view key, double value) : key(key), value(value) {}
  template <class T>
  requires std::is_integral_v<T> Field(std::string_view key, T value)
      : key(key), value(static_cast<long long>(value)) {}

  std::string_view key;
  FieldValue value;
};

using Fields = std::initializer_list<Field>;

enum class LogLevel { kDebug, kInfo, kWarn, kError };

struct LogOptions {
  std::string service;
  std::string instance_id;
  LogLevel level = LogLevel::kInfo;
  bool json = true;
};

// Called once at start; before it, lines are text at level info.
void ConfigureLog(LogOptions options);
bool LogEnabled(LogLevel level);
void Log(LogLevel level, std::string_view event, Fields fields = {});

inline void LogDebug(std::string_view event, Fields fields = {}) {
  Log(LogLevel::kDebug, event, fields);
}
inline void LogInfo(std::string_view event, Fields fields = {}) {
  Log(LogLevel::kInfo, event, fields);
}
inline void LogWarn(std::string_view event, Fields fields = {}) {
  Log(LogLevel::kWarn, event, fields);
}
inline void LogError(std::string_view event, Fields fields = {}) {
  Log(LogLevel::kError, event, fields);
}

}  // namespace jobmesh::runtime::telemetry
