#pragma once

#include <array>
#include <string_view>

namespace jobmesh::scraper::imports {

// Words of document 002. docs/api lists them; the database checks them too (migration 0004).

inline constexpr char kFamily[] = "002";
inline constexpr char kDatastore[] = "DATASTORE";  // target of releases

// Queues of its work: building drafts side by side, and changing the datastore one at a time.
inline constexpr char kBuildQueue[] = "import-build";
inline constexpr char kManagerQueue[] = "datastore-manager";

inline constexpr char kQueued[] = "queued";
inline constexpr char kBuilt[] = "built";
inline constexpr char kImporting[] = "importing";
inline constexpr char kCompleted[] = "completed";
inline constexpr char kFailed[] = "failed";
inline constexpr auto kStatuses = std::to_array<std::string_view>(
    {kQueued, "initiated", "validating", "decrypting", "transforming", "pseudonymizing",
     "enriching", "converting", "partitioning", kBuilt, kImporting, kCompleted, kFailed});

inline constexpr auto kOperations = std::to_array<std::string_view>(
    {"BUMP", "ADD", "CHANGE", "PATCH_METADATA", "SET_STATUS", "DELETE_DRAFT", "REMOVE",
     "ROLLBACK_REMOVE", "DELETE_ARCHIVE"});

inline constexpr char kDraft[] = "DRAFT";
inline constexpr char kPendingRelease[] = "PENDING_RELEASE";
inline constexpr char kPendingDelete[] = "PENDING_DELETE";
inline constexpr auto kReleaseStatuses =
    std::to_array<std::string_view>({kDraft, kPendingRelease, kPendingDelete});

// Whether the operation builds a draft from a file before the datastore changes.
constexpr bool BuildsDraft(std::string_view operation) {
  return operation == "ADD" || operation == "CHANGE" || operation == "PATCH_METADATA";
}

// Whether datasets may have this name: `^[A-Z][A-Z0-9_]*$`, at most 200 characters.
constexpr bool IsDatasetName(std::string_view name) {
  if (name.empty() || name.size() > 200 || name[0] < 'A' || name[0] > 'Z') {
    return false;
  }
  for (const char c : name) {
    if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) {
      return false;
    }
  }
  return true;
}

}  // namespace jobmesh::scraper::imports
