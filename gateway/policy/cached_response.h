#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "gateway/http/message.h"
#include "gateway/policy/data_version.h"

namespace jobmesh::gateway::policy {

// How an answer came about, as X-Cache says it.
enum class CacheResult { kHit, kMiss, kStale };
const char* CacheResultName(CacheResult result);  // "hit", "miss", "stale"

// A successful response with everything that can be made ready once: entity tags, header fields,
// and the gzip form, which is made for the first client that takes it. Thread-safe.
class CachedResponse {
 public:
  struct Source {
    std::string route;  // template, the label of metrics
    int status = 200;
    std::string content_type;
    std::string body;
    // Of the service, as the client may see them.
    std::vector<std::pair<std::string, std::string>> headers;
    absl::Duration max_age;
    std::vector<std::string> vary;
    absl::Time time;
    // The service's data version when it answered, and where the newest is known; 0, null: none.
    std::int64_t data_version = 0;
    std::shared_ptr<const DataVersion> newest_version;
  };
  explicit CachedResponse(Source source);

  // The answer to a GET or HEAD: 304 where its If-None-Match holds, gzip where it takes it. Age,
  // ETag, Vary and X-Cache are set; what differs from request to request is not.
  http::Response Answer(const http::Request& request, CacheResult result, absl::Time now) const;

  const std::string& route() const { return route_; }
  absl::Time time() const { return time_; }
  absl::Duration max_age() const { return max_age_; }
  std::int64_t data_version() const { return data_version_; }
  // Another answer of the service has carried a newer data version.
  bool is_outdated() const {
    return newest_version_ != nullptr && data_version_ < newest_version_->newest();
  }
  // Memory it takes, roughly, with room for the gzip form.
  size_t bytes() const;

 private:
  struct Form {
    std::shared_ptr<const std::string> body;
    std::string etag;
    http::Headers headers;            // of 200, but for Age and X-Cache
    http::Headers unchanged_headers;  // of 304, likewise
  };

  // The gzip form, or the plain one where gzip saves nothing and need not be.
  const Form& Coded(bool must_code) const;

  const std::string route_;
  const int status_;
  const absl::Time time_;
  const absl::Duration max_age_;
  const std::int64_t data_version_;
  const std::shared_ptr<const DataVersion> newest_version_;
  bool is_compressible_ = false;
  Form plain_;
  mutable std::once_flag gzip_once_;
  mutable Form gzip_;
};

}  // namespace jobmesh::gateway::policy
