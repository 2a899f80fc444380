#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

#include "gateway/routes/route.h"

namespace jobmesh::gateway::session {

// Whether the answers of a route are google.api.HttpBody: passed on as they are, under the
// Content-Type they name.
bool AnswersRaw(const routes::Route& route);

// What one message of an answer is on the web.
struct AnswerBody {
  std::string content_type;
  std::string bytes;
};

// Of the message `wire`: JSON of what the route prints of it, or raw bytes. INTERNAL when the bytes
// are not such a message.
absl::StatusOr<AnswerBody> AnswerBodyOf(const routes::Route& route, std::string_view wire);

}  // namespace jobmesh::gateway::session
