#include "scraper-service/imports/jwks_source.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "httplib.h"
#include "nlohmann/json.hpp"

#include "runtime/auth/jwt.h"
#include "scraper-service/json_value.h"

namespace jobmesh::scraper::imports {
namespace {

using nlohmann::json;

constexpr int kTimeoutSeconds = 2;
constexpr size_t kSchemeSize = 7;  // of http://

class JwksSource : public runtime::auth::KeySource {
 public:
  explicit JwksSource(const std::string& url) {
    const size_t slash = url.find('/', kSchemeSize);
    host_ = url.substr(0, slash);
    path_ = slash == std::string::npos ? "/" : url.substr(slash);
  }

  absl::StatusOr<runtime::auth::KeySet> FetchKeys() override {
    httplib::Client client(host_);
    client.set_connection_timeout(kTimeoutSeconds);
    client.set_read_timeout(kTimeoutSeconds);
    const httplib::Result answer = client.Get(path_);
    if (!answer || answer->status != 200) {
      return absl::UnavailableError(absl::StrCat(
          "the keys at ", host_, path_, " cannot be had: ",
          answer ? absl::StrCat("status ", answer->status) : httplib::to_string(answer.error())));
    }
    return ParseJwks(answer->body);
  }

  absl::StatusOr<std::vector<std::string>> FetchRevokedFamilies() override {
    return std::vector<std::string>();
  }

 private:
  std::string host_;
  std::string path_;
};

}  // namespace

absl::StatusOr<runtime::auth::KeySet> ParseJwks(const std::string& text) {
  const json set = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!set.is_object() || !set.contains("keys") || !set["keys"].is_array()) {
    return absl::InvalidArgumentError("is no JSON Web Key Set");
  }
  std::vector<runtime::auth::Jwk> keys;
  for (const json& key : set["keys"]) {
    if (!key.is_object() || TextMember(key, "kty") != "RSA" || TextMember(key, "use") == "enc") {
      continue;
    }
    const runtime::auth::Jwk jwk{TextMember(key, "kid"), TextMember(key, "n"),
                                 TextMember(key, "e")};
    if (runtime::auth::KeySet::FromJwks({jwk}).ok()) {
      keys.push_back(jwk);
    }
  }
  return runtime::auth::KeySet::FromJwks(keys);
}

std::unique_ptr<runtime::auth::KeySource> MakeJwksSource(const std::string& url) {
  return std::make_unique<JwksSource>(url);
}

}  // namespace jobmesh::scraper::imports
