#pragma once

#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

namespace jobmesh::gateway::transcode {

// How the messages of a client stream stand in one body.
enum class StreamForm {
  kArray,  // `[{…},{…}]`
  kLines,  // one after another, white space between (application/x-ndjson)
};

// The JSON of each message; the views point into `json`. `max_depth` is that of one message.
// Errors: INVALID_ARGUMENT when the text is not of that form.
absl::StatusOr<std::vector<std::string_view>> SplitJsonStream(std::string_view json,
                                                              StreamForm form, int max_depth);

}  // namespace jobmesh::gateway::transcode
