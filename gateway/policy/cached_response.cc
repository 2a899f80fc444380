#include "gateway/policy/cached_response.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "gateway/policy/content_coding.h"
#include "gateway/policy/entity_tag.h"

namespace jobmesh::gateway::policy {
namespace {

size_t SizeOf(const http::Headers& headers) {
  size_t size = 0;
  for (const http::Headers::Field field : headers) {
    size += field.name.size() + field.value.size() + 12;
  }
  return size;
}

}  // namespace

const char* CacheResultName(CacheResult result) {
  switch (result) {
    case CacheResult::kHit:
      return "hit";
    case CacheResult::kStale:
      return "stale";
    default:
      return "miss";
  }
}

CachedResponse::CachedResponse(Source source)
    : route_(std::move(source.route)),
      status_(source.status),
      time_(source.time),
      max_age_(source.max_age),
      data_version_(source.data_version),
      newest_version_(std::move(source.newest_version)) {
  std::string etag;
  std::string cache_control = absl::StrCat("public, max-age=", absl::ToInt64Seconds(max_age_));
  plain_.headers.Add("Content-Type", source.content_type);
  for (const auto& [name, value] : source.headers) {
    if (name == "etag") {
      etag = value;
    } else if (name == "cache-control") {
      cache_control = value;
    } else {
      plain_.headers.Add(name, value);
    }
  }
  plain_.etag = etag.empty() ? EntityTagOf(source.body) : etag;
  source.vary.push_back("Accept-Encoding");
  // What a 304 repeats (RFC 9110 §15.4.5).
  for (http::Headers* headers : {&plain_.headers, &plain_.unchanged_headers}) {
    headers->Add("ETag", plain_.etag);
    headers->Add("Cache-Control", cache_control);
    headers->Add("Vary", absl::StrJoin(source.vary, ", "));
  }
  is_compressible_ = IsCompressible(source.content_type);
  plain_.body = std::make_shared<const std::string>(std::move(source.body));
}

const CachedResponse::Form& CachedResponse::Coded(bool must_code) const {
  if (!is_compressible_ || (plain_.body->size() < kSmallestCoded && !must_code)) {
    return plain_;
  }
  std::call_once(gzip_once_, [this] {
    std::string coded = Gzip(*plain_.body, kGzipKept);
    gzip_ = plain_;
    gzip_.etag = CodedEntityTag(plain_.etag, "gzip");
    gzip_.headers.Set("ETag", gzip_.etag);
    gzip_.headers.Add("Content-Encoding", "gzip");
    gzip_.unchanged_headers.Set("ETag", gzip_.etag);
    gzip_.body = std::make_shared<const std::string>(std::move(coded));
  });
  return gzip_.body->size() < plain_.body->size() || must_code ? gzip_ : plain_;
}

http::Response CachedResponse::Answer(const http::Request& request, CacheResult result,
                                      absl::Time now) const {
  const CodingChoice choice = ChooseCoding(request.headers.Find("accept-encoding"));
  const Form& form = choice.gzip ? Coded(choice.must_code) : plain_;
  http::Response response;
  const auto none_match = request.headers.Find("if-none-match");
  if (none_match && NoneMatchHolds(*none_match, form.etag)) {
    response.status = 304;
    response.headers = form.unchanged_headers;
  } else {
    response.status = status_;
    response.headers = form.headers;
    response.shared_body = form.body;
  }
  const std::int64_t age = std::max<std::int64_t>(absl::ToInt64Seconds(now - time_), 0);
  response.headers.Add("Age", std::to_string(age));
  response.headers.Add("X-Cache", CacheResultName(result));
  return response;
}

size_t CachedResponse::bytes() const {
  const size_t plain =
      plain_.body->size() + SizeOf(plain_.headers) + SizeOf(plain_.unchanged_headers);
  return sizeof(*this) + route_.size() + (is_compressible_ ? plain + plain / 2 : plain);
}

}  // namespace jobmesh::gateway::policy
