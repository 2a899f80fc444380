#include "gateway/session/cached_call.h"

#include <charconv>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "gateway/session/answer_body.h"
#include "gateway/session/call_headers.h"
#include "gateway/session/call_metadata.h"
#include "gateway/session/error_response.h"
#include "runtime/strings.h"

namespace jobmesh::gateway::session {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using policy::CachedResponse;
using policy::ResponseCache;

constexpr std::string_view kDataVersion = "x-jobmesh-data-version";

ResponseCache::Fetched Fetched(Gateway& gateway, const routes::Route& route,
                               runtime::rpc::RawResult result) {
  ResponseCache::Fetched fetched;
  if (!result.status.ok()) {
    fetched.status = result.status;
    fetched.headers = std::move(result.headers);
    fetched.headers.insert(fetched.headers.end(), result.trailers.begin(), result.trailers.end());
    return fetched;
  }
  absl::StatusOr<AnswerBody> body = AnswerBodyOf(route, result.body);
  if (!body.ok()) {
    fetched.status = body.status();
    return fetched;
  }
  http::Headers passed_on;
  AddAnswerMetadata(result.headers, kMetadataPrefix, passed_on);
  AddListedMetadata(result.trailers, passed_on);
  fetched.may_be_kept = true;
  CachedResponse::Source source;
  for (const http::Headers::Field field : passed_on) {
    if (field.name == "set-cookie") {
      fetched.may_be_kept = false;
    } else if (field.name == "cache-control") {
      fetched.may_be_kept &= !absl::StrContains(runtime::Av(field.value), "no-store") &&
                             !absl::StrContains(runtime::Av(field.value), "private");
    } else if (field.name == kDataVersion) {
      std::from_chars(field.value.data(), field.value.data() + field.value.size(),
                      source.data_version);
    }
    source.headers.emplace_back(field.name, field.value);
  }
  policy::ResponseCache& cache = gateway.traffic().cache();
  source.time = cache.Now();
  if (source.data_version > 0) {
    const auto newest = gateway.traffic().data_versions().Of(route.owner);
    newest->Note(source.data_version, source.time);
    source.newest_version = newest;
  }
  source.route = route.path.text;
  source.status = route.policy->success_status;
  source.content_type = std::move(body->content_type);
  source.body = std::move(body->bytes);
  source.max_age = absl::FromChrono(route.policy->cache_max_age);
  source.vary = route.policy->cache_vary;
  fetched.response = std::make_shared<const CachedResponse>(std::move(source));
  return fetched;
}

// What the response depends on: rpc, route (which may print another part of the response), the
// bytes of the request, and the headers that the rpc varies by.
std::string CacheKey(const RoutedRequest& routed, std::string_view wire) {
  const routes::Route& route = routed.route();
  std::string key = absl::StrCat(route.rpc, "\n", route.path.text, "\n");
  for (const std::string& name : route.policy->cache_vary) {
    const std::string_view value = routed.request().headers.Find(name).value_or("");
    absl::StrAppend(&key, value.size(), ":", runtime::Av(value), "\n");
  }
  return key.append(wire);
}

Pairs Headers(const RoutedRequest& routed) {
  Pairs headers{{"x-request-id", routed.request_id()}, {"traceparent", routed.trace().Header()}};
  for (const auto& [name, value] :
       CallHeaders(routed.request(), "", routed.request_id(), routed.trace())) {
    for (const std::string& varies : routed.policy().cache_vary) {
      if (http::EqualsIgnoreCase(name, varies)) {
        headers.emplace_back(name, value);
      }
    }
  }
  return headers;
}

void Fetch(const std::shared_ptr<RoutedRequest>& routed, const std::string& key, std::string wire) {
  const routes::Route& route = routed->route();
  const runtime::rpc::CallOptions options{.timeout = absl::FromChrono(route.policy->deadline),
                                          .idempotent = route.policy->IsIdempotent("GET"),
                                          .headers = Headers(*routed)};
  routed->gateway()
      .ClientOf(route.owner)
      .CallRaw(route.rpc.substr(1), std::move(wire), options,
               [routed, key](runtime::rpc::RawResult result) {
                 Gateway& gateway = routed->gateway();
                 gateway.traffic().cache().Land(
                     key, Fetched(gateway, routed->route(), std::move(result)));
               });
}

void Answer(const RoutedRequest& routed, const CachedResponse& response,
            policy::CacheResult result) {
  Traffic& traffic = routed.gateway().traffic();
  traffic.CountCache(routed.route().path.text, result);
  routed.Answer(response.Answer(routed.request(), result, traffic.cache().Now()));
}

void AnswerFailure(const RoutedRequest& routed, const ResponseCache::Fetched& failure) {
  http::Response response =
      ErrorResponse(failure.status, routed.policy().error_style, routed.policy().invalid_status);
  AddAnswerMetadata(failure.headers, kMetadataPrefix, response.headers);
  routed.Answer(std::move(response));
}

}  // namespace

void CallCached(std::shared_ptr<RoutedRequest> routed, std::string wire) {
  ResponseCache& cache = routed->gateway().traffic().cache();
  const std::string key = CacheKey(*routed, wire);
  if (const auto response = cache.Peek(key)) {
    if (routed->policy().cache_vary.empty() && routed->request().body.empty()) {
      cache.Alias(routed->request().target, key);
    }
    Answer(*routed, *response, policy::CacheResult::kHit);
    return;
  }
  if (!routed->Admit()) {
    return;
  }
  const ResponseCache::Found found =
      cache.Find(key, [routed](const ResponseCache::Outcome& outcome) {
        outcome.response != nullptr ? Answer(*routed, *outcome.response, outcome.result)
                                    : AnswerFailure(*routed, *outcome.failure);
      });
  if (found.must_fetch) {
    Fetch(routed, key, std::move(wire));
  }
  if (found.response != nullptr) {
    Answer(*routed, *found.response, found.result);
  }
}

}  // namespace jobmesh::gateway::session
