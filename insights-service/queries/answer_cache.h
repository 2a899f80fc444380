#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include "insights-service/load/loader.h"
#include "runtime/cache/cache.h"
#include "runtime/rpc/call_context.h"

namespace jobmesh::insights {

// Remembers answers for as long as the warehouse does not change. Thread-safe.
class AnswerCache {
 public:
  AnswerCache(runtime::cache::Cache& cache, const DataVersion& version)
      : cache_(cache), version_(version) {}

  // Every answer holds what the feed had at this time.
  absl::Time as_of() const { return version_.as_of(); }

  // The remembered answer of `question`, or what `compute` gives. Callers with the same question
  // share one computation. Tells the caller the revision that the answer holds at least.
  template <class Response>
  absl::StatusOr<Response> Get(const runtime::rpc::CallContext& call, const std::string& question,
                               const std::function<absl::StatusOr<Response>()>& compute) {
    const std::string revision = absl::StrCat(version_.revision());
    absl::StatusOr<std::string> bytes = cache_.GetOrCompute(
        revision + "/" + question, {.hard = kLife}, [&]() -> absl::StatusOr<std::string> {
          absl::StatusOr<Response> response = compute();
          if (!response.ok()) {
            return response.status();
          }
          return response->SerializeAsString();
        });
    if (!bytes.ok()) {
      return bytes.status();
    }
    call.AddResponseHeader("x-jobmesh-data-version", revision);
    Response response;
    if (!response.ParseFromString(*bytes)) {
      return absl::InternalError("a remembered answer cannot be read");
    }
    return response;
  }

 private:
  static constexpr absl::Duration kLife = absl::Minutes(10);

  runtime::cache::Cache& cache_;
  const DataVersion& version_;
};

}  // namespace jobmesh::insights
