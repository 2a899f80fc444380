#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "jobmesh/parsing/v1/parsing.pb.h"
#include "runtime/rpc/service.h"
#include "scraper-service/access/caller_check.h"
#include "scraper-service/parsing/page_reader.h"
#include "scraper-service/parsing/random_users.h"
#include "scraper-service/skills/vocabulary_keeper.h"
#include "scraper-service/tasks/task_repository.h"

namespace jobmesh::scraper::parsing {

// OK when the user has an account; NOT_FOUND when not.
using AccountCheck = std::function<absl::Status(int64_t user_id)>;

// jobmesh.parsing.v1.ParserService: see the proto. Thread-safe.
class ParserHandlers {
 public:
  ParserHandlers(tasks::TaskRepository& tasks, RandomUsers& users, PageReader& pages,
                 VocabularyKeeper& vocabulary, CallerCheck callers, AccountCheck accounts)
      : tasks_(tasks),
        users_(users),
        pages_(pages),
        vocabulary_(vocabulary),
        callers_(callers),
        accounts_(std::move(accounts)) {}

  absl::StatusOr<jobmesh::parsing::v1::ParseResponse> Parse(
      const runtime::rpc::CallContext& call, const jobmesh::parsing::v1::ParseRequest& request);
  absl::StatusOr<jobmesh::parsing::v1::SubmitParseResponse> SubmitParse(
      const runtime::rpc::CallContext& call,
      const jobmesh::parsing::v1::SubmitParseRequest& request);
  absl::StatusOr<jobmesh::parsing::v1::GetParserResultResponse> GetResult(
      const runtime::rpc::CallContext& call,
      const jobmesh::parsing::v1::GetParserResultRequest& request);
  absl::StatusOr<jobmesh::parsing::v1::FetchUserLaterResponse> FetchUserLater(
      const runtime::rpc::CallContext& call,
      const jobmesh::parsing::v1::FetchUserLaterRequest& request);
  absl::StatusOr<jobmesh::parsing::v1::SubmitUserFetchResponse> SubmitUserFetch(
      const runtime::rpc::CallContext& call,
      const jobmesh::parsing::v1::SubmitUserFetchRequest& request);
  absl::StatusOr<jobmesh::parsing::v1::GetRandomUserResponse> GetRandomUser(
      const runtime::rpc::CallContext& call,
      const jobmesh::parsing::v1::GetRandomUserRequest& request);
  absl::StatusOr<jobmesh::parsing::v1::ParsePostingResponse> ParsePosting(
      const runtime::rpc::CallContext& call,
      const jobmesh::parsing::v1::ParsePostingRequest& request);

 private:
  absl::Status CheckCaller(const runtime::rpc::CallContext& call) const;
  // The new task's id.
  absl::StatusOr<std::string> Enqueue(const std::string& operation, const std::string& payload);
  absl::StatusOr<std::string> EnqueueDocument(const google::protobuf::Value& document);

  tasks::TaskRepository& tasks_;
  RandomUsers& users_;
  PageReader& pages_;
  VocabularyKeeper& vocabulary_;
  const CallerCheck callers_;
  const AccountCheck accounts_;
};

std::unique_ptr<runtime::rpc::Service> MakeParserService(ParserHandlers& handlers);

}  // namespace jobmesh::scraper::parsing
