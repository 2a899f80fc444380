#include "runtime/postgres/connection.h"
#include "runtime/postgres/pool.h"

namespace jobmesh::runtime::postgres {

absl::StatusOr<pqxx::result> Tx::Run(absl::FunctionRef<absl::StatusOr<pqxx::result>()> statement) {
  if (failure_.ok() && !prepared_id_.empty()) {
    failure_ = absl::InternalError("statement after Tx::Prepare");
  }
  if (!failure_.ok()) {
    return failure_;
  }
  absl::StatusOr<pqxx::result> result = statement();
  failure_ = result.status();
  return result;
}

absl::StatusOr<pqxx::result> Tx::ExecuteParams(const Query& query, const Params& params) {
  return Run([&] { return connection_.Execute(query, params); });
}

absl::StatusOr<pqxx::result> Tx::ExecuteText(const std::string& sql) {
  return Run([&] { return connection_.ExecuteText(sql); });
}

absl::StatusOr<pqxx::result> Tx::ExecuteTextWith(const std::string& sql, const Params& params) {
  return Run([&] { return connection_.ExecuteTextWith(sql, params); });
}

absl::Status Tx::CopyIn(const std::string& table, const std::vector<std::string>& columns,
                        const std::vector<Params>& rows) {
  return Run([&]() -> absl::StatusOr<pqxx::result> {
           absl::Status status = connection_.CopyIn(table, columns, rows);
           if (!status.ok()) {
             return status;
           }
           return pqxx::result();
         })
      .status();
}

absl::Status Tx::Prepare(std::string_view global_id) {
  absl::Status status = ExecuteText("PREPARE TRANSACTION " + connection_.Quote(global_id)).status();
  if (status.ok()) {
    prepared_id_ = global_id;
  }
  return status;
}

}  // namespace jobmesh::runtime::postgres
