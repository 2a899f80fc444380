#include "scraper-service/fetch/transport.h"

#include <algorithm>
#include <utility>

#include <absl/status/status.h>
#include <httplib.h>

#include "scraper-service/fetch/text.h"

namespace jobmesh::scraper::fetch {
namespace {

constexpr std::chrono::milliseconds kWatchInterval{50};
constexpr std::chrono::seconds kIdleLifetime{15};
constexpr std::size_t kMaxIdle = 64;

std::string PoolKey(const Url& url, const IpAddress& address) {
  return url.Origin() + " " + address.ToString();
}

absl::Status ErrorStatus(httplib::Error error, const Url& url) {
  const std::string where = url.Origin() + ": ";
  switch (error) {
    case httplib::Error::Connection:
      return absl::UnavailableError(where + "could not connect");
    case httplib::Error::ConnectionTimeout:
      return absl::DeadlineExceededError(where + "connecting took too long");
    case httplib::Error::SSLServerVerification:
    case httplib::Error::SSLLoadingCerts:
      return absl::FailedPreconditionError(where + "the certificate could not be verified");
    case httplib::Error::SSLConnection:
      return absl::UnavailableError(where + "the TLS handshake failed");
    case httplib::Error::Compression:
      return absl::UnavailableError(where + "damaged compressed body");
    default:
      return absl::UnavailableError(where + "the answer broke off or did not come in time");
  }
}

}  // namespace

Transport::Transport(TransportLimits limits) : limits_(limits), watchdog_([this] { Watch(); }) {}

Transport::~Transport() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  watchdog_.join();
}

absl::StatusOr<Exchange> Transport::Get(const Url& url, const IpAddress& address,
                                        const Headers& headers, const CancelToken& cancel) {
  const std::string key = PoolKey(url, address);
  auto client = TakeIdle(key);
  const bool reused = client != nullptr;
  if (!reused) {
    client = Connect(url, address);
  }
  bool answered = false;
  auto exchange = Send(*client, url, headers, nullptr, cancel, answered);
  if (reused && !answered && absl::IsUnavailable(exchange.status())) {
    // The server may have closed the idle connection just now; that says nothing about the page.
    client = Connect(url, address);
    exchange = Send(*client, url, headers, nullptr, cancel, answered);
  }
  if (exchange.ok() && client->is_socket_open()) {
    KeepIdle(key, std::move(client));
  }
  return exchange;
}

absl::StatusOr<Exchange> Transport::Post(const Url& url, const IpAddress& address,
                                         const Headers& headers, const std::string& body,
                                         const CancelToken& cancel) {
  const auto client = Connect(url, address);
  client->set_keep_alive(false);
  bool answered = false;
  return Send(*client, url, headers, &body, cancel, answered);
}

std::unique_ptr<httplib::ClientImpl> Transport::Connect(const Url& url,
                                                        const IpAddress& address) const {
  std::unique_ptr<httplib::ClientImpl> client;
  if (url.scheme == "https") {
    client = std::make_unique<httplib::SSLClient>(url.host, url.port);
  } else {
    client = std::make_unique<httplib::ClientImpl>(url.host, url.port);
  }
  client->set_hostname_addr_map({{url.host, address.ToString()}});
  client->set_connection_timeout(limits_.timeout);
  client->set_read_timeout(limits_.timeout);
  client->set_write_timeout(limits_.timeout);
  client->set_keep_alive(true);
  client->set_tcp_nodelay(true);
  client->set_follow_location(false);
  client->set_url_encode(false);  // Url is encoded already
  return client;
}

absl::StatusOr<Exchange> Transport::Send(httplib::ClientImpl& client, const Url& url,
                                         const Headers& headers, const std::string* body,
                                         const CancelToken& cancel, bool& answered) {
  const auto started = std::chrono::steady_clock::now();
  std::list<Running>::iterator running;
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = running_.empty();
    running = running_.insert(running_.end(), {&client, &cancel, started + limits_.exchange_limit});
  }
  if (first) changed_.notify_all();  // otherwise the watchdog is awake

  Exchange exchange;
  bool too_large = false;
  bool body_skipped = false;
  httplib::Request request;
  request.method = body != nullptr ? "POST" : "GET";
  request.path = url.target;
  request.headers = httplib::Headers(headers.begin(), headers.end());
  request.headers.emplace("Accept-Encoding", "gzip, br");
  if (body != nullptr) request.body = *body;
  request.response_handler = [&](const httplib::Response& head) {
    answered = true;
    exchange.status = head.status;
    for (const auto& [name, value] : head.headers) {
      exchange.headers[AsciiLower(name)] = value;
    }
    // A 304 has no body and often no length either, and httplib would wait for one.
    body_skipped = head.status == 304;
    too_large = head.get_header_value<std::uint64_t>("Content-Length") > limits_.max_body_bytes;
    return !body_skipped && !too_large;
  };
  request.content_receiver = [&](const char* bytes, std::size_t size, std::uint64_t,
                                 std::uint64_t) {
    too_large = exchange.body.size() + size > limits_.max_body_bytes;
    if (!too_large) {
      exchange.body.append(bytes, size);
    }
    return !too_large;
  };
  const auto result = client.send(request);

  bool expired = false;
  {
    std::lock_guard lock(mutex_);
    expired = running->expired;
    running_.erase(running);
  }
  exchange.latency = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started);
  if (too_large) {
    return absl::OutOfRangeError(url.ToString() + ": larger than " +
                                 std::to_string(limits_.max_body_bytes) + " bytes");
  }
  if (result && !answered) {  // httplib does not ask the handler about a 204
    answered = true;
    exchange.status = result->status;
  }
  if (result || body_skipped) {
    return exchange;
  }
  if (cancel.cancelled()) {
    return absl::CancelledError("fetch cancelled");
  }
  if (expired) {
    return absl::DeadlineExceededError(url.ToString() + ": not complete after " +
                                       std::to_string(limits_.exchange_limit.count()) + " ms");
  }
  if (exchange.latency >= limits_.timeout && result.error() == httplib::Error::Read) {
    return absl::DeadlineExceededError(url.ToString() + ": no answer within " +
                                       std::to_string(limits_.timeout.count()) + " ms");
  }
  return ErrorStatus(result.error(), url);
}

std::unique_ptr<httplib::ClientImpl> Transport::TakeIdle(const std::string& key) {
  const auto oldest_useful = std::chrono::steady_clock::now() - kIdleLifetime;
  std::list<Idle> dropped;  // closed after the lock is gone
  std::lock_guard lock(mutex_);
  while (!idle_.empty() && idle_.front().since < oldest_useful) {
    dropped.splice(dropped.end(), idle_, idle_.begin());
  }
  const auto found =
      std::find_if(idle_.begin(), idle_.end(), [&](const Idle& idle) { return idle.key == key; });
  if (found == idle_.end()) {
    return nullptr;
  }
  auto client = std::move(found->client);
  idle_.erase(found);
  return client;
}

void Transport::KeepIdle(const std::string& key, std::unique_ptr<httplib::ClientImpl> client) {
  std::list<Idle> dropped;
  std::lock_guard lock(mutex_);
  idle_.push_back({key, std::move(client), std::chrono::steady_clock::now()});
  if (idle_.size() > kMaxIdle) {
    dropped.splice(dropped.end(), idle_, idle_.begin());
  }
}

void Transport::Watch() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !running_.empty(); });
    if (stopping_) {
      return;
    }
    const auto now = std::chrono::steady_clock::now();
    for (auto& running : running_) {
      if (running.expired || now >= running.deadline || running.cancel->cancelled()) {
        running.expired = true;
        running.client->stop();
      }
    }
    changed_.wait_for(lock, kWatchInterval, [this] { return stopping_; });
  }
}

}  // namespace jobmesh::scraper::fetch
