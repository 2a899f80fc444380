#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <absl/status/statusor.h>

#include "scraper-service/fetch/cancel_token.h"
#include "scraper-service/fetch/network.h"
#include "scraper-service/fetch/url.h"

namespace httplib {
class ClientImpl;
}

namespace jobmesh::scraper::fetch {

// Header fields with lower-case names; of a repeated field the last one counts.
using Headers = std::map<std::string, std::string>;

struct Exchange {
  int status = 0;
  Headers headers;
  std::string body;  // content codings (gzip, br, deflate) already removed
  std::chrono::milliseconds latency{0};
};

struct TransportLimits {
  std::chrono::milliseconds timeout{5'000};  // of connecting and of each read
  std::chrono::milliseconds exchange_limit{
      30'000};  // from the first byte sent to the last one received
  std::size_t max_body_bytes = 10 * 1024 * 1024;  // after decompression
};

// Sends single requests and keeps idle connections for the next GET to the same server. Knows
// nothing of redirects, retries or politeness. Thread-safe; blocks the caller for at most
// exchange_limit.
class Transport {
 public:
  explicit Transport(TransportLimits limits);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Connects to `address`, whatever the name of the host resolves to by now. The body of a 304 is
  // not read. UNAVAILABLE: no connection or a cut answer; DEADLINE_EXCEEDED; CANCELLED;
  // OUT_OF_RANGE: body too large; FAILED_PRECONDITION: the certificate does not verify.
  absl::StatusOr<Exchange> Get(const Url& url, const IpAddress& address, const Headers& headers,
                               const CancelToken& cancel);
  // Sends a body, always on a connection of its own, so that it is never sent twice unasked. Errors
  // as Get.
  absl::StatusOr<Exchange> Post(const Url& url, const IpAddress& address, const Headers& headers,
                                const std::string& body, const CancelToken& cancel);

 private:
  struct Running {
    httplib::ClientImpl* client;
    const CancelToken* cancel;
    std::chrono::steady_clock::time_point deadline;
    bool expired = false;
  };
  struct Idle {
    std::string key;
    std::unique_ptr<httplib::ClientImpl> client;
    std::chrono::steady_clock::time_point since;
  };

  std::unique_ptr<httplib::ClientImpl> TakeIdle(const std::string& key);
  void KeepIdle(const std::string& key, std::unique_ptr<httplib::ClientImpl> client);
  std::unique_ptr<httplib::ClientImpl> Connect(const Url& url, const IpAddress& address) const;
  // A POST of `body`, or a GET where it is null. Sets `answered` when the head of an answer has
  // come.
  absl::StatusOr<Exchange> Send(httplib::ClientImpl& client, const Url& url, const Headers& headers,
                                const std::string* body, const CancelToken& cancel, bool& answered);
  // httplib limits the silence between two reads only; this thread ends exchanges that take too
  // long in all and those that were cancelled.
  void Watch();

  const TransportLimits limits_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::list<Running> running_;
  std::list<Idle> idle_;  // oldest first
  std::thread watchdog_;
};

}  // namespace jobmesh::scraper::fetch
