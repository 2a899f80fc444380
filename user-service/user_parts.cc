#include "user-service/user_parts.h"

#include "runtime/postgres/listener.h"
#include "user-service/accounts/account_handlers.h"
#include "user-service/accounts/key_handlers.h"
#include "user-service/accounts/upkeep.h"
#include "user-service/idempotency/idempotency_handlers.h"
#include "user-service/notifications/hub.h"
#include "user-service/notifications/matcher.h"
#include "user-service/notifications/notification_handlers.h"
#include "user-service/saga/add_skill_saga.h"
#include "user-service/search/search_handlers.h"
#include "user-service/subscriptions/subscription_handlers.h"

namespace jobmesh::user {
namespace {

using runtime::Process;
using runtime::postgres::Listener;
using runtime::postgres::Pool;

// Search conditions are cheap only when planned with their values: a plan for any values would test
// all of them.
std::string WithCustomPlans(const std::string& url) {
  return url + (url.find('?') == std::string::npos ? "?" : "&") +
         "options=-c%20plan_cache_mode%3Dforce_custom_plan";
}

}  // namespace

Databases AddDatabases(Process& process, const UserConfig& config) {
  Pool& own =
      process.Add<Pool>(runtime::postgres::PoolOptions{.url = config.database_url,
                                                       .name = "database",
                                                       .application_name = process.instance_id(),
                                                       .max_connections = config.pool_size},
                        *process.metrics());
  Pool& search = process.Add<Pool>(
      runtime::postgres::PoolOptions{.url = WithCustomPlans(config.search_database_url),
                                     .name = "search-database",
                                     .application_name = process.instance_id(),
                                     .max_connections = config.pool_size,
                                     .read_only = true},
      *process.metrics());
  return {own, search};
}

void AddUserParts(Process& process, runtime::MeshParts& mesh, const Databases& databases,
                  const UserConfig& config) {
  Pool& database = databases.own;
  runtime::rpc::Client& scraper = mesh.AddClient("scraper-service");
  auto& catalogue = process.Keep<RpcSkillCatalogue>(scraper);
  auto& feed = process.Keep<RpcPostingFeed>(scraper);

  auto& accounts = process.Keep<AccountRepository>(database);
  auto& tokens = process.Keep<TokenRepository>(database);
  auto& keys = process.Keep<KeyStore>(database);
  auto& issuer = process.Keep<TokenIssuer>(keys);
  auto& hasher = process.Keep<PasswordHasher>(config.password_cost);
  auto& sign_in = process.Keep<SignIn>(accounts, tokens, issuer, hasher, config.login_limits,
                                       config.token_lives);
  auto& subscriptions = process.Keep<SubscriptionRepository>(database);
  auto& inbox = process.Keep<Inbox>(database);
  auto& runs = process.Keep<SkillSagaRepository>(database, process.instance_id());
  auto& idempotent = process.Keep<IdempotencyRepository>(database);

  process.Add<Upkeep>(std::vector<Chore>{
      {"rotate_keys", [&keys] { return keys.Rotate(); }},
      {"expired_tokens", [&tokens] { return tokens.DeleteExpired(); }},
      {"login_failures",
       [&accounts, limits = config.login_limits] { return accounts.DeleteOldFailures(limits); }},
      {"old_notifications", [&inbox] { return inbox.DeleteOld(); }},
      {"old_sagas", [&runs] { return runs.DeleteOld(); }},
      {"old_idempotency_keys", [&idempotent] { return idempotent.DeleteOld(); }}});
  auto& names = process.Add<SkillNames>(catalogue);
  auto& search = process.Keep<JobSearch>(databases.search, names);
  auto& search_version = process.Add<SearchVersion>(inbox);
  auto& saga = process.Add<AddSkillSaga>(runs, catalogue, FaultPoints(config.crash_at));
  auto& hub = process.Add<Hub>(inbox, tokens, *process.metrics());
  process.Add<Listener>(
      runtime::postgres::ListenerOptions{.url = config.database_url,
                                         .application_name = process.instance_id()},
      std::map<std::string, Listener::Callback>{
          {kInboxChannel, [&hub](const std::string&) { hub.Ring(); }}});
  process.Add<Matcher>(inbox, feed, names, process.instance_id(), *process.metrics());

  auto& account_handlers = process.Keep<AccountHandlers>(sign_in, tokens);
  auto& key_handlers = process.Keep<KeyHandlers>(keys, tokens, accounts);
  auto& subscription_handlers =
      process.Keep<SubscriptionHandlers>(subscriptions, accounts, tokens, saga);
  auto& search_handlers = process.Keep<SearchHandlers>(search, search_version);
  auto& idempotency_handlers = process.Keep<IdempotencyHandlers>(idempotent);
  auto& notification_handlers =
      process.Keep<NotificationHandlers>(hub, inbox, subscriptions, accounts, tokens, names);
  runtime::rpc::Server& server = mesh.AddServer();
  server.AddService(AccountHandlers::MakeService(&account_handlers));
  server.AddService(KeyHandlers::MakeService(&key_handlers));
  server.AddService(SubscriptionHandlers::MakeService(&subscription_handlers));
  server.AddService(SearchHandlers::MakeFindJobsService(&search_handlers));
  server.AddService(SearchHandlers::MakeSearchService(&search_handlers));
  server.AddService(IdempotencyHandlers::MakeService(&idempotency_handlers));
  server.AddService(NotificationHandlers::MakeService(&notification_handlers));
}

}  // namespace jobmesh::user
