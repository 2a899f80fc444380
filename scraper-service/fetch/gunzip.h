#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

namespace jobmesh::scraper::fetch {

// Whether the bytes begin a gzip member (RFC 1952).
bool IsGzip(std::string_view bytes);

// Unpacks a gzip file of one or more members. OUT_OF_RANGE when the result would be larger than
// `max_bytes`, DATA_LOSS when the bytes are damaged or cut.
absl::StatusOr<std::string> Gunzip(std::string_view bytes, std::size_t max_bytes);

}  // namespace jobmesh::scraper::fetch
