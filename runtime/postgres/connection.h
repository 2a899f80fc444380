#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include <pqxx/connection>
#include <pqxx/errorhandler>
#include <pqxx/nontransaction>
#include <pqxx/result>

#include "runtime/postgres/params.h"
#include "runtime/postgres/query.h"

namespace jobmesh::runtime::postgres {

struct ConnectionOptions {
  std::string url;
  std::string application_name;
  absl::Duration connect_timeout;
  // Session settings by name, such as statement_timeout.
  std::map<std::string, std::string> settings;
};

// One session with the server. Every exception of libpqxx ends here. Not thread-safe.
class Connection {
 public:
  using QuerySeconds = prometheus::Family<prometheus::Histogram>;

  // `seconds` gets one histogram a query name; may be null.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectionOptions& options,
                                                          QuerySeconds* seconds);

  absl::StatusOr<pqxx::result> Execute(const Query& query, const Params& params);
  absl::StatusOr<pqxx::result> ExecuteText(const std::string& sql);
  absl::StatusOr<pqxx::result> ExecuteTextWith(const std::string& sql, const Params& params);
  absl::Status CopyIn(const std::string& table, const std::vector<std::string>& columns,
                      const std::vector<Params>& rows);

  // True when the session can be lent again: connected and in no transaction.
  bool reusable() const;
  // False when the server has said something, such as good-bye, while the session was idle.
  bool Quiet() const;
  void set_in_transaction(bool value) { in_transaction_ = value; }
  std::string Quote(std::string_view text) const;

 private:
  struct Prepared {
    std::string text;
    prometheus::Histogram* seconds;
  };

  Connection(const std::string& parameters, QuerySeconds* seconds);

  absl::StatusOr<const Prepared*> Prepare(const Query& query);
  absl::StatusOr<pqxx::result> Run(
      const char* name, prometheus::Histogram* seconds,
      absl::FunctionRef<pqxx::result(pqxx::transaction_base&)> statement);

  pqxx::connection connection_;
  pqxx::quiet_errorhandler quiet_;
  QuerySeconds* const seconds_;
  prometheus::Histogram* text_seconds_;
  std::map<std::string, Prepared, std::less<>> prepared_;
  bool in_transaction_ = false;
  bool spoiled_ = false;
};

// A libpq parameter string for `url`, with the options in it; INVALID_ARGUMENT when the URL is
// malformed.
absl::StatusOr<std::string> ConnectionParameters(const ConnectionOptions& options);

}  // namespace jobmesh::runtime::postgres
