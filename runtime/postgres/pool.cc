#include "runtime/postgres/pool.h"

#include <algorithm>
#include <atomic>
#include <cassert>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "prometheus/gauge.h"

#include "runtime/errors.h"
#include "runtime/postgres/connection.h"
#include "runtime/postgres/error.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"

namespace jobmesh::runtime::postgres {
namespace {

constexpr int kMaxAttempts = 5;
constexpr absl::Duration kHealthAge = absl::Seconds(1);

absl::Status Unavailable(const std::string& why) {
  return Error(absl::StatusCode::kUnavailable, ErrorReason::DATABASE_UNAVAILABLE, why);
}

ConnectionOptions OptionsOf(const PoolOptions& pool) {
  auto milliseconds = [](absl::Duration duration) {
    return std::to_string(absl::ToInt64Milliseconds(duration));
  };
  ConnectionOptions options{pool.url, pool.application_name, pool.connect_timeout, {}};
  options.settings = {
      {"statement_timeout", milliseconds(pool.statement_timeout)},
      {"lock_timeout", milliseconds(pool.lock_timeout)},
      {"idle_in_transaction_session_timeout",
       milliseconds(pool.idle_in_transaction_session_timeout)},
      {"default_transaction_read_only", pool.read_only ? "on" : "off"},
      {"TimeZone", "UTC"},
      {"DateStyle", "ISO"},
  };
  options.settings.insert(pool.settings.begin(), pool.settings.end());
  return options;
}

std::string BeginText(const TxOptions& options) {
  std::string text = "BEGIN ISOLATION LEVEL ";
  switch (options.isolation) {
    case TxOptions::Isolation::kReadCommitted:
      text += "READ COMMITTED";
      break;
    case TxOptions::Isolation::kRepeatableRead:
      text += "REPEATABLE READ";
      break;
    case TxOptions::Isolation::kSerializable:
      text += "SERIALIZABLE";
      break;
  }
  return options.read_only ? text + " READ ONLY" : text;
}

prometheus::Gauge& ConnectionsGauge(prometheus::Registry& registry, const std::string& pool,
                                    const std::string& state) {
  return prometheus::BuildGauge()
      .Name("jobmesh_db_pool_connections")
      .Help("Connections to PostgreSQL by state: idle or busy.")
      .Register(registry)
      .Add({{"pool", pool}, {"state", state}});
}

}  // namespace

// Keeps the connections and lends them.
class Pool::Core {
 public:
  // A connection lent to one call; goes back when the lease ends.
  class Lease {
   public:
    Lease(Core& core, std::unique_ptr<Connection> connection)
        : core_(&core), connection_(std::move(connection)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_ != nullptr) {
        core_->Release(std::move(connection_));
      }
    }
    Connection& operator*() { return *connection_; }
    Connection* operator->() { return connection_.get(); }

   private:
    Core* core_;
    std::unique_ptr<Connection> connection_;
  };

  Core(PoolOptions options, prometheus::Registry& registry)
      : options_(std::move(options)),
        connection_options_(OptionsOf(options_)),
        seconds_(prometheus::BuildHistogram()
                     .Name("jobmesh_db_query_seconds")
                     .Help("Time of one statement in PostgreSQL, with the way there and back.")
                     .Register(registry)),
        idle_gauge_(ConnectionsGauge(registry, options_.name, "idle")),
        busy_gauge_(ConnectionsGauge(registry, options_.name, "busy")),
        health_(Unavailable("the database was not asked yet")) {
    assert(options_.max_connections > 0);
  }

  const PoolOptions& options() const { return options_; }

  absl::StatusOr<Lease> Acquire() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithTimeout(absl::Condition(this, &Core::CanAcquire),
                                 options_.acquire_timeout)) {
      return Unavailable("all connections to the database are busy");
    }
    if (stopped_) {
      return Unavailable("the process is stopping");
    }
    while (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->Quiet()) {
        UpdateGauges();
        return Lease(*this, std::move(connection));
      }
      --open_;  // closed by the server while it was idle
    }
    ++open_;
    UpdateGauges();
    mutex_.Unlock();  // connecting takes its time
    absl::StatusOr<std::unique_ptr<Connection>> connection =
        Connection::Open(connection_options_, &seconds_);
    mutex_.Lock();
    if (!connection.ok()) {
      --open_;
      UpdateGauges();
      return connection.status();
    }
    return Lease(*this, *std::move(connection));
  }

  // Runs one statement on its own.
  absl::StatusOr<pqxx::result> Run(
      absl::FunctionRef<absl::StatusOr<pqxx::result>(Connection&)> statement) {
    ASSIGN_OR_RETURN(Lease lease, Acquire());
    absl::StatusOr<pqxx::result> result = statement(*lease);
    if (result.ok()) {
      NoteSuccess();
    }
    return result;
  }

  absl::Status RunTransaction(const TxOptions& options, absl::FunctionRef<absl::Status(Tx&)> f) {
    ASSIGN_OR_RETURN(Lease lease, Acquire());
    RETURN_IF_ERROR(lease->ExecuteText(BeginText(options)).status());
    lease->set_in_transaction(true);  // a connection that is given back so is closed
    Tx tx(*lease);
    absl::Status status;
    try {
      status = f(tx);
    } catch (const std::exception& error) {
      telemetry::LogError("transaction_threw", {{"error", ErrorText(error)}});
      status = ToStatus(error);
    }
    if (!tx.failure_.ok() && (status.ok() || IsSerializationFailure(tx.failure_))) {
      status = tx.failure_;
    }
    if (!tx.prepared_id_.empty()) {
      lease->set_in_transaction(false);
      return status.ok() ? status : RolledBack(*lease, tx.prepared_id_, status);
    }
    absl::Status end = lease->ExecuteText(status.ok() ? "COMMIT" : "ROLLBACK").status();
    // A COMMIT that failed has ended the transaction too; a lost connection is noticed by itself.
    lease->set_in_transaction(false);
    if (status.ok() && end.ok()) {
      NoteSuccess();
    }
    return status.ok() ? end : status;
  }

  void Stop() ABSL_LOCKS_EXCLUDED(mutex_) {
    std::vector<std::unique_ptr<Connection>> closing;
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    open_ -= static_cast<int>(idle_.size());
    closing.swap(idle_);
    UpdateGauges();
  }

  absl::Status Health() ABSL_LOCKS_EXCLUDED(health_mutex_) {
    const absl::Time now = absl::Now();
    {
      absl::MutexLock lock(&health_mutex_);
      if (now - absl::FromUnixNanos(last_success_.load(std::memory_order_relaxed)) < kHealthAge) {
        return absl::OkStatus();
      }
      if (probing_ || now - health_time_ < kHealthAge) {
        return health_;
      }
      probing_ = true;
    }
    absl::Status status =
        Run([](Connection& connection) { return connection.ExecuteText("SELECT 1"); }).status();
    absl::MutexLock lock(&health_mutex_);
    probing_ = false;
    health_time_ = absl::Now();
    health_ = status;
    return status;
  }

 private:
  bool CanAcquire() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return stopped_ || !idle_.empty() || open_ < options_.max_connections;
  }

  void Release(std::unique_ptr<Connection> connection) ABSL_LOCKS_EXCLUDED(mutex_) {
    const bool reusable = connection->reusable();
    std::unique_ptr<Connection> closing;  // closed without the lock
    absl::MutexLock lock(&mutex_);
    if (reusable && !stopped_) {
      idle_.push_back(std::move(connection));
    } else {
      closing = std::move(connection);
      --open_;
    }
    UpdateGauges();
  }

  void UpdateGauges() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    idle_gauge_.Set(static_cast<double>(idle_.size()));
    busy_gauge_.Set(static_cast<double>(open_ - static_cast<int>(idle_.size())));
  }

  void NoteSuccess() {
    last_success_.store(absl::ToUnixNanos(absl::Now()), std::memory_order_relaxed);
  }

  // The function failed after it had prepared its transaction.
  static absl::Status RolledBack(Connection& connection, const std::string& global_id,
                                 const absl::Status& status) {
    absl::Status rollback =
        connection.ExecuteText("ROLLBACK PREPARED " + connection.Quote(global_id)).status();
    if (!rollback.ok()) {
      telemetry::LogError("rollback_prepared_failed", {{"global_id", global_id}});
    }
    return status;
  }

  const PoolOptions options_;
  const ConnectionOptions connection_options_;
  Connection::QuerySeconds& seconds_;
  prometheus::Gauge& idle_gauge_;
  prometheus::Gauge& busy_gauge_;

  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);  // last used is last
  int open_ ABSL_GUARDED_BY(mutex_) = 0;  // idle, lent or being opened
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;

  std::atomic<int64_t> last_success_{0};  // Unix time, ns
  absl::Mutex health_mutex_;
  absl::Time health_time_ ABSL_GUARDED_BY(health_mutex_) = absl::InfinitePast();
  absl::Status health_ ABSL_GUARDED_BY(health_mutex_);
  bool probing_ ABSL_GUARDED_BY(health_mutex_) = false;
};

Pool::Pool(PoolOptions options, prometheus::Registry& registry)
    : core_(std::make_unique<Core>(std::move(options), registry)) {}

Pool::~Pool() = default;

absl::StatusOr<pqxx::result> Pool::ExecuteParams(const Query& query, const Params& params) {
  return core_->Run([&](Connection& connection) { return connection.Execute(query, params); });
}

absl::StatusOr<pqxx::result> Pool::ExecuteText(const std::string& sql) {
  return core_->Run([&](Connection& connection) { return connection.ExecuteText(sql); });
}

absl::StatusOr<pqxx::result> Pool::ExecuteTextWith(const std::string& sql, const Params& params) {
  return core_->Run(
      [&](Connection& connection) { return connection.ExecuteTextWith(sql, params); });
}

absl::Status Pool::RunTransaction(const TxOptions& options,
                                  absl::FunctionRef<absl::Status(Tx&)> f) {
  thread_local absl::BitGen random;
  for (int attempt = 1;; ++attempt) {
    absl::Status status = core_->RunTransaction(options, f);
    if (attempt == kMaxAttempts || !IsSerializationFailure(status)) {
      return status;
    }
    // Jitter keeps two losers from meeting again.
    absl::SleepFor(absl::Milliseconds(absl::Uniform(random, 1, 10 << attempt)));
  }
}

absl::Status Pool::CommitPrepared(std::string_view global_id) {
  return FinishPrepared("COMMIT PREPARED ", global_id);
}

absl::Status Pool::RollbackPrepared(std::string_view global_id) {
  return FinishPrepared("ROLLBACK PREPARED ", global_id);
}

absl::Status Pool::FinishPrepared(const char* verb, std::string_view global_id) {
  absl::Status status = core_
                            ->Run([&](Connection& connection) {
                              return connection.ExecuteText(verb + connection.Quote(global_id));
                            })
                            .status();
  if (SqlState(status) == "42704") {  // undefined_object
    return absl::NotFoundError("no such prepared transaction");
  }
  return status;
}

std::string Pool::name() const { return core_->options().name; }

void Pool::Stop() { core_->Stop(); }

absl::Status Pool::Health() const { return core_->Health(); }

}  // namespace jobmesh::runtime::postgres
