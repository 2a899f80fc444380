#include "user-service/accounts/password_hasher.h"

#include <cstdio>
#include <cstdlib>

#include <sodium.h>

namespace jobmesh::user {
namespace {

constexpr int kParallelHashes = 4;

class Slot {
 public:
  explicit Slot(std::counting_semaphore<>& slots) : slots_(slots) { slots_.acquire(); }
  ~Slot() { slots_.release(); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

 private:
  std::counting_semaphore<>& slots_;
};

std::string HashOf(const std::string& password, const PasswordCost& cost) {
  char text[crypto_pwhash_STRBYTES];
  const int failed = crypto_pwhash_str_alg(
      text, password.data(), password.size(), static_cast<unsigned long long>(cost.passes),
      static_cast<size_t>(cost.memory_kib) * 1024, crypto_pwhash_ALG_ARGON2ID13);
  return failed == 0 ? std::string(text) : std::string();
}

std::string MakeDecoy(const PasswordCost& cost) {
  if (sodium_init() < 0) {
    std::fputs("libsodium cannot be initialised\n", stderr);
    std::abort();
  }
  std::string random(32, '\0');
  randombytes_buf(random.data(), random.size());
  return HashOf(random, cost);
}

}  // namespace

PasswordHasher::PasswordHasher(PasswordCost cost)
    : cost_(cost), slots_(kParallelHashes), decoy_(MakeDecoy(cost)) {}

absl::StatusOr<std::string> PasswordHasher::Hash(const std::string& password) {
  Slot slot(slots_);
  std::string hash = HashOf(password, cost_);
  if (hash.empty()) {
    return absl::ResourceExhaustedError("no memory to hash a password");
  }
  return hash;
}

bool PasswordHasher::Verify(const std::string& hash, const std::string& password) {
  Slot slot(slots_);
  const bool usable = hash.starts_with("$argon2");
  const std::string& against = usable ? hash : decoy_;
  const bool matches =
      crypto_pwhash_str_verify(against.c_str(), password.data(), password.size()) == 0;
  return usable && matches;
}

bool PasswordHasher::NeedsRehash(const std::string& hash) const {
  return crypto_pwhash_str_needs_rehash(hash.c_str(), static_cast<unsigned long long>(cost_.passes),
                                        static_cast<size_t>(cost_.memory_kib) * 1024) != 0;
}

}  // namespace jobmesh::user
