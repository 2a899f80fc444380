#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace jobmesh::runtime::auth {

inline constexpr size_t kMinMeshTokenLength = 16;

// The secret that processes of one mesh share and show each other on MESH methods. Immutable.
class MeshToken {
 public:
  // An empty secret matches nothing.
  explicit MeshToken(std::string secret) : secret_(std::move(secret)) {}
  // From a file, without white space around it. INVALID_ARGUMENT below 16 characters, NOT_FOUND
  // when unreadable.
  static absl::StatusOr<MeshToken> FromFile(const std::string& path);

  // In constant time for candidates of the right length.
  bool Check(std::string_view candidate) const;
  // To be sent. Secret.
  const std::string& value() const { return secret_; }

 private:
  std::string secret_;
};

}  // namespace jobmesh::runtime::auth
