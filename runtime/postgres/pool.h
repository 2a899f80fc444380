#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "prometheus/registry.h"
#include <pqxx/result>
#include <pqxx/row>

#include "runtime/lifecycle/part.h"
#include "runtime/postgres/params.h"
#include "runtime/postgres/query.h"

namespace jobmesh::runtime::postgres {

class Connection;

struct PoolOptions {
  std::string url;                           // libpq connection URI
  std::string name = "postgres";             // of the part and of the metrics' label `pool`
  std::string application_name = "jobmesh";  // shown in pg_stat_activity
  int max_connections = 8;
  bool read_only = false;  // default_transaction_read_only of every session
  absl::Duration acquire_timeout = absl::Seconds(2);  // wait for a free connection
  absl::Duration connect_timeout = absl::Seconds(3);  // whole seconds, at least 2 (libpq)
  // Session settings of the same names; zero means none.
  absl::Duration statement_timeout = absl::Seconds(5);
  absl::Duration lock_timeout = absl::Seconds(2);
  absl::Duration idle_in_transaction_session_timeout = absl::Seconds(10);
  // Further session settings by name, such as enable_seqscan.
  std::map<std::string, std::string> settings;
};

struct TxOptions {
  enum class Isolation { kReadCommitted, kRepeatableRead, kSerializable };
  Isolation isolation = Isolation::kReadCommitted;
  bool read_only = false;
};

// One open transaction, lent to the function given to Pool::InTransaction. Not thread-safe. After a
// statement has failed every further one fails too, and the transaction is rolled back whatever the
// function returns.
class Tx {
 public:
  Tx(const Tx&) = delete;
  Tx& operator=(const Tx&) = delete;

  template <class... Args>
  absl::StatusOr<pqxx::result> Execute(const Query& query, const Args&... args) {
    return ExecuteParams(query, MakeParams(args...));
  }
  // With a number of parameters known only at run time.
  absl::StatusOr<pqxx::result> ExecuteParams(const Query& query, const Params& params);
  // Not prepared; for statements that cannot be, or that are made at run time. Several may be
  // separated by ';'.
  absl::StatusOr<pqxx::result> ExecuteText(const std::string& sql);
  template <class... Args>
  absl::StatusOr<pqxx::result> ExecuteTextParams(const std::string& sql, const Args&... args) {
    return ExecuteTextWith(sql, MakeParams(args...));
  }
  absl::StatusOr<pqxx::result> ExecuteTextWith(const std::string& sql, const Params& params);

  // Bulk load through COPY … FROM STDIN. Each row has one value a column (MakeParams). Table and
  // column names must be constants of the program: they are not quoted.
  absl::Status CopyIn(const std::string& table, const std::vector<std::string>& columns,
                      const std::vector<Params>& rows);

  // First phase of two-phase commit (PREPARE TRANSACTION); must be the last statement. When the
  // function then returns OK nothing is left to commit: finish with Pool::CommitPrepared or
  // RollbackPrepared.
  absl::Status Prepare(std::string_view global_id);

 private:
  friend class Pool;
  explicit Tx(Connection& connection) : connection_(connection) {}

  // Runs one statement, or returns the earlier failure.
  absl::StatusOr<pqxx::result> Run(absl::FunctionRef<absl::StatusOr<pqxx::result>()> statement);

  Connection& connection_;
  absl::Status failure_;
  std::string prepared_id_;  // empty until Prepare
};

// Connections to one database, opened when needed, at most `max_connections`, each lent to one call
// at a time. Thread-safe. Broken connections are replaced; a connection that the server closed
// while it was idle is noticed before use. Works before Start and without it; after Stop every call
// is UNAVAILABLE.
//
// Errors of all calls: see ToStatus; UNAVAILABLE (DATABASE_UNAVAILABLE) also when no connection
// becomes free or can be opened in time.
class Pool : public lifecycle::Part {
 public:
  Pool(PoolOptions options, prometheus::Registry& registry);
  ~Pool() override;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // One statement, committed by itself, prepared on first use per connection.
  template <class... Args>
  absl::StatusOr<pqxx::result> Execute(const Query& query, const Args&... args) {
    return ExecuteParams(query, MakeParams(args...));
  }
  absl::StatusOr<pqxx::result> ExecuteParams(const Query& query, const Params& params);
  // Not prepared, labelled "text" in the metric.
  absl::StatusOr<pqxx::result> ExecuteText(const std::string& sql);
  template <class... Args>
  absl::StatusOr<pqxx::result> ExecuteTextParams(const std::string& sql, const Args&... args) {
    return ExecuteTextWith(sql, MakeParams(args...));
  }
  absl::StatusOr<pqxx::result> ExecuteTextWith(const std::string& sql, const Params& params);

  // Runs `f(Tx&)`, which returns absl::Status or absl::StatusOr<T>, in a transaction: committed
  // when it returns OK, rolled back otherwise. After a serialization failure or deadlock it is run
  // again, up to 5 times, so `f` must have no effect outside the transaction. UNAVAILABLE from a
  // connection lost during the commit leaves open whether it took place.
  template <class F>
  std::invoke_result_t<F&, Tx&> InTransaction(F&& f, TxOptions options = {}) {
    using Result = std::invoke_result_t<F&, Tx&>;
    if constexpr (std::is_same_v<Result, absl::Status>) {
      return RunTransaction(options, [&](Tx& tx) { return f(tx); });
    } else {
      std::optional<Result> result;
      absl::Status status = RunTransaction(options, [&](Tx& tx) -> absl::Status {
        result.emplace(f(tx));
        return result->status();
      });
      if (!status.ok()) {
        return status;
      }
      return *std::move(result);
    }
  }

  // Second phase of Tx::Prepare. NOT_FOUND when there is no such prepared transaction (any more).
  absl::Status CommitPrepared(std::string_view global_id);
  absl::Status RollbackPrepared(std::string_view global_id);

  std::string name() const override;
  void Stop() override;
  // From `SELECT 1` at most once a second, or from any call that succeeded in the last second.
  absl::Status Health() const override;

 private:
  class Core;

  absl::Status RunTransaction(const TxOptions& options, absl::FunctionRef<absl::Status(Tx&)> f);
  absl::Status FinishPrepared(const char* verb, std::string_view global_id);

  const std::unique_ptr<Core> core_;
};

}  // namespace jobmesh::runtime::postgres
