#include "user-service/search/page_token.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "nlohmann/json.hpp"
#include <sodium.h>

#include "runtime/errors.h"
#include "runtime/strings.h"

namespace jobmesh::user {
namespace {

constexpr size_t kMaxTokenBytes = 1024;
constexpr size_t kDigestBytes = 16;

bool IsUuid(const std::string& text) {
  return text.size() == 36 && std::all_of(text.begin(), text.end(), [](char c) {
           return c == '-' || absl::ascii_isxdigit(static_cast<unsigned char>(c));
         });
}

// Timestamps and numbers as PostgreSQL writes them.
bool IsSortKey(const std::string& text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
           std::string_view(" :.+-eE").find(c) != std::string_view::npos;
  });
}

}  // namespace

absl::Status InvalidPageToken() {
  return runtime::Error(absl::StatusCode::kInvalidArgument, runtime::ErrorReason::CURSOR_INVALID,
                        "page_token: does not belong to this search", {{"field", "page_token"}});
}

std::string SearchFingerprint(const search::v1::JobFilter& filter, std::string_view sort) {
  const std::string text = filter.SerializeAsString() + '\0' + std::string(sort);
  std::string digest(kDigestBytes, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(digest.data()), digest.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return absl::BytesToHexString(digest);
}

std::string EncodePageToken(const PagePosition& position, std::string_view fingerprint) {
  const nlohmann::json token = {{"f", std::string(fingerprint)},
                                {"s", position.scope == TitleScope::kTitle ? 0 : 1},
                                {"t", position.total},
                                {"k", position.sort_key},
                                {"p", position.posting_id}};
  return absl::WebSafeBase64Escape(token.dump());
}

absl::StatusOr<PagePosition> DecodePageToken(std::string_view token, std::string_view fingerprint) {
  std::string text;
  if (token.size() > kMaxTokenBytes || !absl::WebSafeBase64Unescape(runtime::Av(token), &text)) {
    return InvalidPageToken();
  }
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto is_text = [&](const char* key) { return json.contains(key) && json[key].is_string(); };
  const auto is_number = [&](const char* key) {
    return json.contains(key) && json[key].is_number_integer();
  };
  if (!json.is_object() || !is_text("f") || !is_number("s") || !is_number("t") || !is_text("k") ||
      !is_text("p") || json["f"] != std::string(fingerprint)) {
    return InvalidPageToken();
  }
  PagePosition position{json["s"] == 0 ? TitleScope::kTitle : TitleScope::kAnywhere,
                        std::max(0, json["t"].get<int>()), json["k"], json["p"]};
  if (!IsSortKey(position.sort_key) || !IsUuid(position.posting_id)) {
    return InvalidPageToken();
  }
  return position;
}

}  // namespace jobmesh::user
