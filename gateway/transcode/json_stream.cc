#include "gateway/transcode/json_stream.h"

#include <string>

#include "gateway/transcode/field_error.h"
#include "gateway/transcode/json_reader.h"

namespace jobmesh::gateway::transcode {
namespace {

absl::Status NotJson(const JsonReader& in, const std::string& problem) {
  return FieldErrorStatus(
      {.location = "body",
       .message = "not valid JSON at byte " + std::to_string(in.offset()) + ": " + problem});
}

}  // namespace

absl::StatusOr<std::vector<std::string_view>> SplitJsonStream(std::string_view json,
                                                              StreamForm form, int max_depth) {
  std::vector<std::string_view> messages;
  JsonReader in(json);
  const bool array = form == StreamForm::kArray;
  if (array && !in.Take('[')) {
    return FieldErrorStatus({.location = "body", .message = "expected a list of messages"});
  }
  bool more = array ? !in.Take(']') : !in.AtEnd();
  while (more) {
    in.Peek();
    const char* const begin = in.position();
    if (!in.SkipValue(max_depth)) return NotJson(in, in.problem());
    messages.emplace_back(begin, static_cast<std::size_t>(in.position() - begin));
    if (!array) {
      more = !in.AtEnd();
    } else if (in.Take(']')) {
      more = false;
    } else if (!in.Take(',')) {
      return NotJson(in, "expected ',' or ']'");
    }
  }
  if (!in.AtEnd()) return NotJson(in, "expected the end");
  return messages;
}

}  // namespace jobmesh::gateway::transcode
