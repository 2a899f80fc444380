#pragma once

#include <memory>
#include <string>

#include "runtime/auth/token_verifier.h"

namespace jobmesh::scraper::imports {

// Keys of an issuer that publishes them as a JSON Web Key Set (RFC 7517) at an http address. Keys
// other than RSA signing keys are passed over. Nothing is ever revoked.
std::unique_ptr<runtime::auth::KeySource> MakeJwksSource(const std::string& url);

// The usable keys of a key set's text. INVALID_ARGUMENT when it is none.
absl::StatusOr<runtime::auth::KeySet> ParseJwks(const std::string& text);

}  // namespace jobmesh::scraper::imports
