#pragma once

#include <semaphore>
#include <string>

#include "absl/status/statusor.h"

namespace jobmesh::user {

// What one hash costs. The defaults are OWASP's for Argon2id: 19 MiB, 2 passes.
struct PasswordCost {
  int passes = 2;
  int memory_kib = 19456;
};

// Argon2id by libsodium (RFC 9106). At most four hashes are computed at a time, which bounds the
// memory that log-ins can take; others wait. Thread-safe.
class PasswordHasher {
 public:
  explicit PasswordHasher(PasswordCost cost);

  // The text form of a hash with a salt of its own. RESOURCE_EXHAUSTED when there is no memory for
  // it.
  absl::StatusOr<std::string> Hash(const std::string& password);
  // Whether `password` belongs to `hash`. An empty or unusable hash belongs to no password, and
  // finding that out takes as long as for any other.
  bool Verify(const std::string& hash, const std::string& password);
  // Whether `hash` was made at another cost than today's.
  bool NeedsRehash(const std::string& hash) const;

 private:
  const PasswordCost cost_;
  std::counting_semaphore<> slots_;
  // Of a random password; verified where there is no hash.
  const std::string decoy_;
};

}  // namespace jobmesh::user
