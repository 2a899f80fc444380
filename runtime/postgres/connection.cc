#include "runtime/postgres/connection.h"

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libpq-fe.h"
#include <pqxx/prepared_statement>
#include <pqxx/tablewriter>

#include "runtime/postgres/error.h"
#include "runtime/status_macros.h"
#include "runtime/telemetry/log.h"
#include "runtime/telemetry/metrics.h"

namespace jobmesh::runtime::postgres {
namespace {

// What a prepared transaction that was finished before is reported as.
constexpr char kUndefinedObject[] = "42704";

// Values as libpqxx takes a number of parameters known only at run time; null pointers are NULL.
absl::StatusOr<std::vector<const char*>> Pointers(const Params& params) {
  std::vector<const char*> pointers;
  pointers.reserve(params.size());
  for (const Param& param : params) {
    // The text protocol ends values at a NUL, which would cut them silently.
    if (param && param->find('\0') != std::string::npos) {
      return absl::InvalidArgumentError("text must not contain the character U+0000");
    }
    pointers.push_back(param ? param->c_str() : nullptr);
  }
  return pointers;
}

// One row in the text format of COPY.
std::string CopyLine(const Params& row) {
  std::string line;
  for (const Param& value : row) {
    if (&value != &row.front()) {
      line += '\t';
    }
    if (!value) {
      line += "\\N";
      continue;
    }
    for (char c : *value) {
      switch (c) {
        case '\\':
          line += "\\\\";
          break;
        case '\t':
          line += "\\t";
          break;
        case '\n':
          line += "\\n";
          break;
        case '\r':
          line += "\\r";
          break;
        default:
          line += c;
      }
    }
  }
  return line;
}

std::string QuoteParameter(std::string_view value) {
  std::string quoted = "'";
  for (char c : value) {
    if (c == '\'' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + "'";
}

// Problems of the schema or of the program, which need the server's own words to be understood.
// Others are everyday business, or are reported by whoever handles them.
bool WorthLogging(const absl::Status& status) {
  return status.code() == absl::StatusCode::kInternal && SqlState(status) != kUndefinedObject;
}

// While a server is away every call fails here; one line a second is enough.
void LogConnectFailure(const std::exception& error) {
  static std::atomic<int64_t> last_second = 0;
  const int64_t second = absl::ToUnixSeconds(absl::Now());
  if (last_second.exchange(second) != second) {
    telemetry::LogWarn("database_connect_failed", {{"error", ErrorText(error)}});
  }
}

}  // namespace

absl::StatusOr<std::string> ConnectionParameters(const ConnectionOptions& options) {
  char* error = nullptr;
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(options.url.c_str(), &error), &PQconninfoFree);
  std::unique_ptr<char, decltype(&PQfreemem)> error_owner(error, &PQfreemem);
  if (parsed == nullptr) {
    // libpq's own message quotes the URL, which may hold a password.
    return absl::InvalidArgumentError("the database URL is malformed");
  }
  std::map<std::string, std::string> values;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) {
      values[option->keyword] = option->val;
    }
  }
  if (!options.application_name.empty()) {
    values["application_name"] = options.application_name;
  }
  values["connect_timeout"] =
      std::to_string(std::max<int64_t>(2, absl::ToInt64Seconds(options.connect_timeout)));
  values["client_encoding"] = "UTF8";
  values.try_emplace("tcp_user_timeout", "10000");  // ms until a vanished server is noticed
  std::string& session = values["options"];
  for (const auto& [name, value] : options.settings) {
    absl::StrAppend(&session, " -c ", name, "=", value);
  }
  std::string parameters;
  for (const auto& [keyword, value] : values) {
    absl::StrAppend(&parameters, keyword, "=", QuoteParameter(value), " ");
  }
  return parameters;
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options,
                                                             QuerySeconds* seconds) {
  ASSIGN_OR_RETURN(std::string parameters, ConnectionParameters(options));
  try {
    return std::unique_ptr<Connection>(new Connection(parameters, seconds));
  } catch (const std::exception& error) {
    LogConnectFailure(error);
    return ToStatus(error);
  }
}

Connection::Connection(const std::string& parameters, QuerySeconds* seconds)
    : connection_(parameters), quiet_(connection_), seconds_(seconds), text_seconds_(nullptr) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  // A silently reopened session would run the second half of a transaction outside of it.
  connection_.inhibit_reactivation(true);
#pragma GCC diagnostic pop
  if (seconds_ != nullptr) {
    text_seconds_ = &seconds_->Add({{"query", "text"}}, telemetry::LatencyBuckets());
  }
}

absl::StatusOr<pqxx::result> Connection::Execute(const Query& query, const Params& params) {
  ASSIGN_OR_RETURN(std::vector<const char*> values, Pointers(params));
  ASSIGN_OR_RETURN(const Prepared* prepared, Prepare(query));
  return Run(query.name, prepared->seconds, [&](pqxx::transaction_base& tx) {
    return tx.exec_prepared(query.name, pqxx::prepare::make_dynamic_params(values));
  });
}

absl::StatusOr<pqxx::result> Connection::ExecuteText(const std::string& sql) {
  return Run("text", text_seconds_, [&](pqxx::transaction_base& tx) { return tx.exec(sql); });
}

absl::StatusOr<pqxx::result> Connection::ExecuteTextWith(const std::string& sql,
                                                         const Params& params) {
  ASSIGN_OR_RETURN(std::vector<const char*> values, Pointers(params));
  return Run("text", text_seconds_, [&](pqxx::transaction_base& tx) {
    return tx.exec_params(sql, pqxx::prepare::make_dynamic_params(values));
  });
}

absl::Status Connection::CopyIn(const std::string& table, const std::vector<std::string>& columns,
                                const std::vector<Params>& rows) {
  return Run("copy", text_seconds_,
             [&](pqxx::transaction_base& tx) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
               // Its successor, stream_to, takes only tuples in libpqxx 6.4.
               pqxx::tablewriter writer(tx, table, columns.begin(), columns.end());
#pragma GCC diagnostic pop
               for (const Params& row : rows) {
                 writer.write_raw_line(CopyLine(row));
               }
               writer.complete();
               return pqxx::result();
             })
      .status();
}

absl::StatusOr<const Connection::Prepared*> Connection::Prepare(const Query& query) {
  auto it = prepared_.find(std::string_view(query.name));
  if (it == prepared_.end()) {
    try {
      connection_.prepare(query.name, query.text);  // sent with the first execution
    } catch (const std::exception& error) {
      return ToStatus(error);
    }
    prometheus::Histogram* seconds =
        seconds_ == nullptr ? nullptr
                            : &seconds_->Add({{"query", query.name}}, telemetry::LatencyBuckets());
    it = prepared_.emplace(query.name, Prepared{query.text, seconds}).first;
  } else if (it->second.text != query.text) {
    return absl::InternalError(absl::StrCat("two queries are named ", query.name));
  }
  return &it->second;
}

absl::StatusOr<pqxx::result> Connection::Run(
    const char* name, prometheus::Histogram* seconds,
    absl::FunctionRef<pqxx::result(pqxx::transaction_base&)> statement) {
  const auto start = std::chrono::steady_clock::now();
  absl::StatusOr<pqxx::result> result;
  try {
    pqxx::nontransaction session(connection_);
    result = statement(session);
  } catch (const std::exception& error) {
    absl::Status status = ToStatus(error);
    if (!connection_.is_open()) {
      status = ToStatus(pqxx::broken_connection());
    }
    // "cached plan must not change result type": a migration ran; the session's plans are of no use
    // any more.
    spoiled_ = spoiled_ || SqlState(status) == "0A000";
    if (WorthLogging(status)) {
      telemetry::LogError(
          "database_error",
          {{"query", name}, {"sqlstate", SqlState(status)}, {"error", ErrorText(error)}});
    }
    result = status;
  }
  if (seconds != nullptr) {
    seconds->Observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return result;
}

bool Connection::reusable() const { return !in_transaction_ && !spoiled_ && connection_.is_open(); }

bool Connection::Quiet() const {
  pollfd socket{connection_.sock(), POLLIN, 0};
  return socket.fd >= 0 && poll(&socket, 1, 0) == 0;
}

std::string Connection::Quote(std::string_view text) const {
  std::string quoted = "'";
  for (char c : text) {
    quoted += c;
    if (c == '\'') {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace jobmesh::runtime::postgres
