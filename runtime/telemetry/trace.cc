#include "runtime/telemetry/trace.h"

#include <sys/random.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace jobmesh::runtime::telemetry {
namespace {

thread_local const TraceContext* current_trace = nullptr;

bool IsLowerHex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == '0'; });
}

}  // namespace

std::string RandomHex(size_t bytes) {
  // One system call serves many ids: a gateway makes tens of thousands a second.
  thread_local unsigned char pool[512];
  thread_local size_t used = sizeof(pool);
  std::string text(bytes * 2, '0');
  static constexpr char kDigits[] = "0123456789abcdef";
  for (size_t i = 0; i < bytes; ++i) {
    if (used == sizeof(pool)) {
      for (size_t filled = 0; filled < sizeof(pool);) {
        const ssize_t got = getrandom(pool + filled, sizeof(pool) - filled, 0);
        filled += got > 0 ? static_cast<size_t>(got) : 0;
      }
      used = 0;
    }
    const unsigned char byte = pool[used++];
    text[2 * i] = kDigits[byte >> 4];
    text[2 * i + 1] = kDigits[byte & 15];
  }
  return text;
}

TraceContext TraceContext::New() { return {RandomHex(16), RandomHex(8), true}; }

std::optional<TraceContext> TraceContext::Parse(std::string_view header) {
  // version "-" trace-id "-" parent-id "-" flags; later versions may append fields.
  if (header.size() < 55 || header[2] != '-' || header[35] != '-' || header[52] != '-') {
    return std::nullopt;
  }
  const std::string_view version = header.substr(0, 2);
  const std::string_view trace = header.substr(3, 32);
  const std::string_view span = header.substr(36, 16);
  const std::string_view flags = header.substr(53, 2);
  const bool length_fits =
      version == "00" ? header.size() == 55 : header.size() == 55 || header[55] == '-';
  if (!IsLowerHex(version) || version == "ff" || !IsLowerHex(trace) || IsZero(trace) ||
      !IsLowerHex(span) || IsZero(span) || !IsLowerHex(flags) || !length_fits) {
    return std::nullopt;
  }
  const bool sampled = std::string_view("13579bdf").find(flags[1]) != std::string_view::npos;
  return TraceContext{std::string(trace), std::string(span), sampled};
}

TraceContext TraceContext::Child() const { return {trace_id, RandomHex(8), sampled}; }

std::string TraceContext::Header() const {
  std::string header = "00-";
  header.append(trace_id).append("-").append(span_id).append(sampled ? "-01" : "-00");
  return header;
}

TraceScope::TraceScope(const TraceContext& context) : previous_(current_trace) {
  current_trace = &context;
}
TraceScope::~TraceScope() { current_trace = previous_; }
const TraceContext* TraceScope::Current() { return current_trace; }

}  // namespace jobmesh::runtime::telemetry
