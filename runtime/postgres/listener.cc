#include "runtime/postgres/listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/random/random.h"
#include "absl/time/clock.h"
#include "libpq-fe.h"

#include "runtime/errors.h"
#include "runtime/postgres/connection.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::runtime::postgres {
namespace {

constexpr absl::Duration kFirstBackoff = absl::Milliseconds(100);

using Session = std::unique_ptr<PGconn, decltype(&PQfinish)>;

}  // namespace

Listener::Listener(ListenerOptions options, std::map<std::string, Callback> callbacks)
    : options_(std::move(options)), callbacks_(std::move(callbacks)) {}

Listener::~Listener() { Stop(); }

absl::Status Listener::Start() {
  // A malformed URL will not get better by trying again.
  RETURN_IF_ERROR(
      ConnectionParameters({options_.url, options_.application_name, absl::Seconds(3), {}})
          .status());
  stop_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_fd_ < 0) {
    return absl::ResourceExhaustedError("no file descriptor for the listener");
  }
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void Listener::Stop() {
  if (!thread_.joinable()) {
    return;
  }
  eventfd_write(stop_fd_, 1);
  thread_.join();
  close(stop_fd_);
  stop_fd_ = -1;
}

absl::Status Listener::Health() const {
  if (connected_) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kUnavailable, ErrorReason::DATABASE_UNAVAILABLE,
               "not listening to the database");
}

void Listener::Run() {
  absl::BitGen random;
  absl::Duration backoff = kFirstBackoff;
  do {
    if (Serve()) {
      backoff = kFirstBackoff;
    }
    connected_ = false;
    // Replicas that lost the same server should not come back at the same moment.
    const absl::Duration pause = backoff * absl::Uniform(random, 0.5, 1.0);
    backoff = std::min(backoff * 2, options_.max_backoff);
    if (Wait(-1, pause) == Woken::kStop) {
      return;
    }
  } while (true);
}

bool Listener::Serve() {
  absl::StatusOr<std::string> parameters =
      ConnectionParameters({options_.url, options_.application_name, absl::Seconds(3), {}});
  Session session(PQconnectdb(parameters->c_str()), &PQfinish);
  if (PQstatus(session.get()) != CONNECTION_OK) {
    telemetry::LogWarn("listener_connect_failed", {});
    return false;
  }
  PQsetNoticeProcessor(
      session.get(), [](void*, const char*) {}, nullptr);  // not to standard error
  for (const auto& [channel, callback] : callbacks_) {
    if (!Listen(session.get(), channel)) {
      telemetry::LogWarn("listen_failed", {{"channel", channel}});
      return false;
    }
  }
  connected_ = true;
  for (const auto& [channel, callback] : callbacks_) {
    callback("");
  }
  while (true) {
    switch (Wait(PQsocket(session.get()), options_.keepalive)) {
      case Woken::kStop:
        return true;
      case Woken::kTimeout:
        if (!Execute(session.get(), "")) {
          telemetry::LogWarn("listener_connection_silent", {});
          return true;
        }
        break;
      case Woken::kReadable:
        if (PQconsumeInput(session.get()) == 0) {
          telemetry::LogWarn("listener_connection_lost", {});
          return true;
        }
        break;
    }
    // Also after a keepalive, whose answer may have brought some along.
    while (PGnotify* raw = PQnotifies(session.get())) {
      std::unique_ptr<PGnotify, decltype(&PQfreemem)> notification(raw, &PQfreemem);
      auto callback = callbacks_.find(notification->relname);
      if (callback != callbacks_.end()) {
        callback->second(notification->extra);
      }
    }
  }
}

bool Listener::Execute(PGconn* session, const std::string& sql) const {
  // Not PQexec: a connection that was cut off without a word would hold it up for ever.
  if (PQsendQuery(session, sql.c_str()) == 0) {
    return false;
  }
  const absl::Time deadline = absl::Now() + options_.answer_timeout;
  bool succeeded = true;
  while (true) {
    while (PQisBusy(session) != 0) {
      if (Wait(PQsocket(session), deadline - absl::Now()) != Woken::kReadable ||
          PQconsumeInput(session) == 0) {
        return false;
      }
    }
    std::unique_ptr<PGresult, decltype(&PQclear)> result(PQgetResult(session), &PQclear);
    if (result == nullptr) {
      return succeeded;
    }
    const ExecStatusType status = PQresultStatus(result.get());
    succeeded = succeeded && (status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY);
  }
}

bool Listener::Listen(PGconn* session, const std::string& channel) const {
  std::unique_ptr<char, decltype(&PQfreemem)> quoted(
      PQescapeIdentifier(session, channel.data(), channel.size()), &PQfreemem);
  return quoted != nullptr && Execute(session, std::string("LISTEN ") + quoted.get());
}

Listener::Woken Listener::Wait(int fd, absl::Duration duration) const {
  pollfd fds[2] = {{stop_fd_, POLLIN, 0}, {fd, POLLIN, 0}};  // poll ignores a negative descriptor
  const int ready =
      poll(fds, 2, static_cast<int>(std::max<int64_t>(0, absl::ToInt64Milliseconds(duration))));
  if (fds[0].revents != 0) {
    return Woken::kStop;
  }
  return ready > 0 ? Woken::kReadable : Woken::kTimeout;
}

}  // namespace jobmesh::runtime::postgres
