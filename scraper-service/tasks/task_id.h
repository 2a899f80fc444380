#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jobmesh::scraper::tasks {

// Tasks are stored under UUIDs of version 7. The family "004" writes its own with 24 lower-case
// hexadecimal digits: the UUID without version, variant and its last 26 bits, which are 0 there.

// The UUID that an id of either form stands for; nothing when it is malformed.
std::optional<std::string> UuidOfTask(std::string_view id);
// The id of a task of this family as its clients see it.
std::string PublicTaskId(std::string_view uuid, std::string_view family);

}  // namespace jobmesh::scraper::tasks
