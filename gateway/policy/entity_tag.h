#pragma once

#include <string>
#include <string_view>

namespace jobmesh::gateway::policy {

// A strong entity tag of the bytes, quotes included: 128 bits of their SHA-256. The same on every
// replica (RFC 9110 §8.8.3).
std::string EntityTagOf(std::string_view body);

// The tag of the same representation in a content coding, which has other bytes and so needs a tag
// of its own (RFC 9110 §8.8.3.3): `"…-gzip"`.
std::string CodedEntityTag(std::string_view tag, std::string_view coding);

// Whether an If-None-Match holds `tag`, by weak comparison, or `*` (RFC 9110 §13.1.2): then the
// answer is 304.
bool NoneMatchHolds(std::string_view if_none_match, std::string_view tag);

}  // namespace jobmesh::gateway::policy
