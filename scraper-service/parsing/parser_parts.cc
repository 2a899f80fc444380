#include "scraper-service/parsing/parser_parts.h"

#include "httplib.h"

#include "jobmesh/identity/v1/keys.pb.h"
#include "runtime/http/admin_server.h"
#include "runtime/telemetry/log.h"
#include "scraper-service/access/caller_check.h"
#include "scraper-service/parsing/executors.h"
#include "scraper-service/parsing/parser_service.h"
#include "scraper-service/parsing/random_users.h"

namespace jobmesh::scraper::parsing {
namespace {

void AnswerPerson(RandomUsers& users, const httplib::Request& request,
                  httplib::Response& response) {
  // The server offers every GET to HEAD too, but this one stores somebody.
  if (request.method == "HEAD") {
    response.status = 405;
    response.set_header("Allow", "GET");
    return;
  }
  absl::StatusOr<StoredPerson> stored = users.FetchAndStore();
  response.set_header("Cache-Control", "no-store");
  if (stored.ok()) {
    response.set_content(PersonJson(*stored), "application/json");
    return;
  }
  runtime::telemetry::LogWarn("random_user_not_fetched",
                              {{"error.message", std::string(stored.status().message())}});
  response.status = 502;
  response.set_content(R"({"detail":"An error occurred while fetching data."})",
                       "application/json");
}

// Asked of the user-service, where tokens are needed at all.
AccountCheck AccountsOf(runtime::MeshParts& mesh, bool needs_token) {
  if (!needs_token) {
    return [](int64_t) { return absl::OkStatus(); };
  }
  return [&user_service = mesh.AddClient("user-service")](int64_t user_id) {
    identity::v1::CheckUserRequest request;
    request.set_user_id(user_id);
    return user_service
        .Call<identity::v1::CheckUserResponse>("jobmesh.identity.v1.KeyService/CheckUser", request,
                                               {.idempotent = true, .as_mesh = true})
        .status();
  };
}

}  // namespace

void AddParserParts(runtime::Process& process, runtime::MeshParts& mesh,
                    const ParsingConfig& config, const ParserNeeds& needs) {
  TaskParts& tasks = needs.tasks;
  auto& users = process.Keep<RandomUsers>(needs.pool, config.random_user_url);
  if (tasks.worker != nullptr) {
    tasks.worker->Register(
        kParse, MakeParseExecutor(
                    {.fetcher = needs.fetcher, .users = users, .vocabulary = needs.vocabulary}));
    tasks.worker->Register(kFetchUser, MakeFetchUserExecutor(users));
  }
  auto& pages = process.Keep<PageReader>(needs.fetcher);
  mesh.server().AddService(MakeParserService(process.Keep<ParserHandlers>(
      tasks.repository, users, pages, needs.vocabulary,
      CallerCheck(mesh.verifier(), config.needs_token), AccountsOf(mesh, config.needs_token))));
  auto& listener = process.Add<runtime::http::HttpServer>(
      "random-user-server", config.random_user_host, config.random_user_port);
  listener.routes().Get("/",
                        [&users](const httplib::Request& request, httplib::Response& response) {
                          AnswerPerson(users, request, response);
                        });
  process.Announce("random_user_port", [&listener] { return listener.port(); });
}

}  // namespace jobmesh::scraper::parsing
