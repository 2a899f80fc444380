#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "scraper-service/fetch/api_client.h"

namespace jobmesh::scraper::site_data {

// Providers for tests: answers by address, NOT_FOUND for all others.
class FakeClient : public fetch::ApiClient {
 public:
  absl::StatusOr<std::string> Post(const std::string& url, const std::string& json,
                                   const fetch::CancelToken& cancel) override {
    std::lock_guard lock(mutex_);
    if (cancel.cancelled()) {
      return absl::CancelledError("cancelled");
    }
    requests.push_back(url + " " + json);
    const auto answer = answers.find(url);
    return answer == answers.end() ? absl::NotFoundError("its host name does not exist")
                                   : answer->second;
  }

  std::map<std::string, absl::StatusOr<std::string>> answers;
  std::vector<std::string> requests;

 private:
  std::mutex mutex_;
};

}  // namespace jobmesh::scraper::site_data
