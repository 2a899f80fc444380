#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jobmesh::runtime::telemetry {

// A position in a distributed trace (W3C Trace Context, https://www.w3.org/TR/trace-context/).
struct TraceContext {
  std::string trace_id;  // 32 lower-case hexadecimal digits
  std::string span_id;   // 16
  bool sampled = true;

  // A new trace.
  static TraceContext New();
  // From a `traceparent` header; nothing when it is malformed.
  static std::optional<TraceContext> Parse(std::string_view traceparent);
  // Same trace, new span.
  TraceContext Child() const;
  // `00-<trace>-<span>-<flags>`.
  std::string Header() const;
};

// The trace that log lines of the calling thread belong to, while the scope lives.
class TraceScope {
 public:
  explicit TraceScope(const TraceContext& context);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

  // Of the calling thread; null outside any scope.
  static const TraceContext* Current();

 private:
  const TraceContext* previous_;
};

// `bytes` random bytes in lower-case hexadecimal, from the operating system's generator.
std::string RandomHex(size_t bytes);

}  // namespace jobmesh::runtime::telemetry
