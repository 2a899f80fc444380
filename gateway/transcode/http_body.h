#pragma once

#include <string>
#include <string_view>

namespace jobmesh::gateway::transcode {

// google.api.HttpBody: a body that is passed on as it is instead of as JSON.
struct HttpBodyView {
  std::string_view content_type;
  std::string_view body;
};

// Appends the bytes of such a message.
void PutHttpBody(std::string_view content_type, std::string_view body, std::string* wire);
// Points into `wire`. False when it is malformed.
bool ReadHttpBody(std::string_view wire, HttpBodyView* view);

}  // namespace jobmesh::gateway::transcode
