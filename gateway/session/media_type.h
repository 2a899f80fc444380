#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace jobmesh::gateway::session {

inline constexpr char kJsonType[] = "application/json";
inline constexpr char kNdjsonType[] = "application/x-ndjson";
inline constexpr char kEventStreamType[] = "text/event-stream";

// `type/subtype` of a Content-Type, without its parameters.
std::string_view MediaTypeOf(std::string_view content_type);

// Whether a body may be read as JSON: without a type it is taken for JSON, as curl users expect of
// an API.
bool IsJsonType(std::string_view content_type);
// What curl calls the body of `-d`.
bool IsFormType(std::string_view content_type);
// One JSON text after another, by any of the names in use.
bool IsNdjsonType(std::string_view content_type);

// Which of `offered` an Accept header likes best (RFC 9110 §12.5.1), the first of equals; the first
// of all where there is no header. Nothing when it takes none.
std::optional<size_t> Negotiate(std::optional<std::string_view> accept,
                                std::span<const std::string_view> offered);

}  // namespace jobmesh::gateway::session
