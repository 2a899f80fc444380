#include "runtime/auth/mesh_token.h"

#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include <openssl/crypto.h>

namespace jobmesh::runtime::auth {

absl::StatusOr<MeshToken> MeshToken::FromFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError("cannot read the mesh token from " + path);
  }
  std::string secret{std::istreambuf_iterator<char>(file), {}};
  absl::StripAsciiWhitespace(&secret);
  if (secret.size() < kMinMeshTokenLength) {
    return absl::InvalidArgumentError("the mesh token in " + path + " has less than 16 characters");
  }
  return MeshToken(std::move(secret));
}

bool MeshToken::Check(std::string_view candidate) const {
  return !secret_.empty() && candidate.size() == secret_.size() &&
         CRYPTO_memcmp(candidate.data(), secret_.data(), secret_.size()) == 0;
}

}  // namespace jobmesh::runtime::auth
