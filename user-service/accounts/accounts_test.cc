// Accounts over a real database: signing up, in, on and out.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "user_migrations.h"
#include "user_sql.h"

#include "runtime/auth/jwt.h"
#include "runtime/auth/token_verifier.h"
#include "runtime/errors.h"
#include "runtime/testing/postgres_fixture.h"
#include "user-service/accounts/account_handlers.h"
#include "user-service/accounts/key_store.h"
#include "user-service/accounts/token_command.h"

namespace jobmesh::user {
namespace {

using runtime::rpc::CallContext;

nlohmann::json PayloadOf(const std::string& token) {
  const size_t begin = token.find('.') + 1;
  std::string payload;
  EXPECT_TRUE(absl::WebSafeBase64Unescape(token.substr(begin, token.rfind('.') - begin), &payload));
  return nlohmann::json::parse(payload);
}

class AccountsTest : public testing::Test {
 protected:
  void SetUp() override {
    JOBMESH_REQUIRE_TEST_DATABASE();
    database_ = std::make_unique<runtime::testing::TestDatabase>(kMigrations);
    pool_ = std::make_unique<runtime::postgres::Pool>(
        runtime::postgres::PoolOptions{.url = database_->url()}, registry_);
    accounts_ = std::make_unique<AccountRepository>(*pool_);
    tokens_ = std::make_unique<TokenRepository>(*pool_);
    keys_ = std::make_unique<KeyStore>(*pool_);
    issuer_ = std::make_unique<TokenIssuer>(*keys_);
    sign_in_ = std::make_unique<SignIn>(*accounts_, *tokens_, *issuer_, hasher_,
                                        LoginLimits{.account_failures = 3}, TokenLives{});
    handlers_ = std::make_unique<AccountHandlers>(*sign_in_, *tokens_);
  }

  absl::StatusOr<accounts::v1::SignUpResponse> SignUp(const std::string& email,
                                                      const std::string& password = "12345678") {
    accounts::v1::SignUpRequest request;
    request.set_name("Nora");
    request.set_email(email);
    request.set_password(password);
    return handlers_->SignUp(edge_, request);
  }

  absl::StatusOr<accounts::v1::LoginResponse> Login(const std::string& email,
                                                    const std::string& password) {
    accounts::v1::LoginRequest request;
    request.set_email(email);
    request.set_password(password);
    return handlers_->Login(edge_, request);
  }

  absl::StatusOr<accounts::v1::RefreshResponse> Refresh(const std::string& token) {
    accounts::v1::RefreshRequest request;
    request.set_refresh_token(token);
    return handlers_->Refresh(edge_, request);
  }

  runtime::auth::Claims ClaimsOf(const std::string& token) {
    const auto keys = MakeOwnKeySource(*pool_)->FetchKeys();
    EXPECT_TRUE(keys.ok()) << keys.status();
    const auto claims = runtime::auth::Verify(token, *keys, absl::Now());
    EXPECT_TRUE(claims.ok()) << claims.status();
    return *claims;
  }

  CallContext CallOf(const std::string& access_token) {
    const runtime::auth::Claims claims = ClaimsOf(access_token);
    return CallContext({.principal = runtime::auth::Principal{std::stoll(claims.subject),
                                                              claims.role, claims.family}});
  }

  prometheus::Registry registry_;
  std::unique_ptr<runtime::testing::TestDatabase> database_;
  std::unique_ptr<runtime::postgres::Pool> pool_;
  PasswordHasher hasher_{{.passes = 1, .memory_kib = 8}};
  std::unique_ptr<AccountRepository> accounts_;
  std::unique_ptr<TokenRepository> tokens_;
  std::unique_ptr<KeyStore> keys_;
  std::unique_ptr<TokenIssuer> issuer_;
  std::unique_ptr<SignIn> sign_in_;
  std::unique_ptr<AccountHandlers> handlers_;
  CallContext edge_{{.headers = {{"x-forwarded-host", "jobs.example:8080"},
                                 {"x-forwarded-proto", "http"},
                                 {"x-forwarded-for", "198.51.100.7"}}}};
};

TEST_F(AccountsTest, SignUp_AnswersTokensAndCookie) {
  const auto response = SignUp("Nora@Example.com");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->msg(), "Successful sign up");
  EXPECT_EQ(response->websocket(), "ws://jobs.example:8080/ws");
  EXPECT_EQ(response->token_type(), "Bearer");
  EXPECT_EQ(response->expires_in(), 900);
  const runtime::auth::Claims claims = ClaimsOf(response->access_token());
  EXPECT_EQ(claims.subject, std::to_string(response->user_id()));
  EXPECT_EQ(claims.role, "USER");
  ASSERT_EQ(edge_.response_headers().size(), 1u);
  EXPECT_EQ(edge_.response_headers()[0].second,
            "authorization=" + response->access_token() +
                "; HttpOnly; Path=/; SameSite=Lax; Max-Age=900");
}

TEST_F(AccountsTest, SignUp_RefusesTheSameEmailInOtherCase) {
  ASSERT_TRUE(SignUp("nora@example.com").ok());
  const auto again = SignUp("NORA@example.com");
  EXPECT_TRUE(absl::IsAlreadyExists(again.status()));
  EXPECT_EQ(again.status().message(), "User already exists");
}

TEST_F(AccountsTest, SignUp_AtOnceMakesOneAccount) {
  std::atomic<int> made{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { made += sign_in_->SignUp("x@example.com", "X", "12345678").ok(); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(made, 1);
}

TEST_F(AccountsTest, Login_AnswersUnknownAndWrongAlike) {
  ASSERT_TRUE(SignUp("nora@example.com").ok());
  EXPECT_EQ(Login("nora@example.com", "12345678")->msg(), "Successful login");
  const auto wrong = Login("nora@example.com", "87654321");
  const auto unknown = Login("who@example.com", "87654321");
  EXPECT_EQ(wrong.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(wrong.status(), unknown.status());
  EXPECT_EQ(wrong.status().message(), "Invalid email or password");
}

TEST_F(AccountsTest, Login_IsThrottledAfterFailuresAndTellsWhenToComeBack) {
  ASSERT_TRUE(SignUp("nora@example.com").ok());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Login("nora@example.com", "wrong-one").status().code(),
              absl::StatusCode::kUnauthenticated);
  }
  const auto throttled = Login("Nora@example.com", "12345678");
  EXPECT_TRUE(absl::IsResourceExhausted(throttled.status()));
  const std::optional<int> seconds = runtime::RetryAfterSeconds(throttled.status());
  ASSERT_TRUE(seconds.has_value());
  EXPECT_GT(*seconds, 290);
  EXPECT_LE(*seconds, 300);
}

TEST_F(AccountsTest, Login_SuccessForgetsFailures) {
  ASSERT_TRUE(SignUp("nora@example.com").ok());
  for (int round = 0; round < 3; ++round) {
    EXPECT_FALSE(Login("nora@example.com", "wrong-one").ok());
    EXPECT_FALSE(Login("nora@example.com", "wrong-one").ok());
    EXPECT_TRUE(Login("nora@example.com", "12345678").ok());
  }
}

TEST_F(AccountsTest, Login_RehashesAtTodaysCost) {
  ASSERT_TRUE(SignUp("nora@example.com").ok());
  PasswordHasher stronger({.passes = 2, .memory_kib = 16});
  SignIn sign_in(*accounts_, *tokens_, *issuer_, stronger, {}, {});
  ASSERT_TRUE(sign_in.Login("nora@example.com", "12345678", "a").ok());
  const auto account = accounts_->FindByEmail("nora@example.com");
  EXPECT_FALSE(stronger.NeedsRehash((*account)->password_hash));
  EXPECT_TRUE(sign_in.Login("nora@example.com", "12345678", "a").ok());
}

TEST_F(AccountsTest, Refresh_SpendsATokenOnceAndRevokesTheFamilyOnReuse) {
  const std::string first = SignUp("nora@example.com")->refresh_token();
  const auto second = Refresh(first);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_NE(second->refresh_token(), first);
  const CallContext call = CallOf(second->access_token());
  EXPECT_TRUE(tokens_->RequireLive(*call.principal()).ok());
  EXPECT_EQ(Refresh(first).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Refresh(second->refresh_token()).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(tokens_->RequireLive(*call.principal()).message(),
            "Token was invalidated by user logout.");
}

TEST_F(AccountsTest, Refresh_RefusesUnknownAndExpired) {
  EXPECT_EQ(Refresh("unknown").status().code(), absl::StatusCode::kUnauthenticated);
  const std::string token = SignUp("nora@example.com")->refresh_token();
  database_->Execute("UPDATE refresh_token SET expire_time = now()");
  EXPECT_EQ(Refresh(token).status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(AccountsTest, LogOut_RevokesTheFamilyAtOnceAndClearsTheCookie) {
  const auto signed_up = SignUp("nora@example.com");
  const auto other = Login("nora@example.com", "12345678");
  const CallContext call = CallOf(signed_up->access_token());
  ASSERT_EQ(handlers_->LogOut(call, {})->msg(), "Logged out");
  EXPECT_EQ(call.response_headers()[0].second,
            "authorization=; HttpOnly; Path=/; SameSite=Lax; Max-Age=0");
  EXPECT_EQ(handlers_->LogOut(call, {}).status().message(),
            "Token was invalidated by user logout.");
  EXPECT_FALSE(Refresh(signed_up->refresh_token()).ok());
  EXPECT_EQ(*tokens_->ListRevokedFamilies(), std::vector<std::string>{call.principal()->family});
  EXPECT_TRUE(Refresh(other->refresh_token()).ok());
}

TEST_F(AccountsTest, LogOut_RevokesTheFamilyOfTheGivenRefreshTokenToo) {
  const auto signed_up = SignUp("nora@example.com");
  const auto other = Login("nora@example.com", "12345678");
  accounts::v1::LogOutRequest request;
  request.set_refresh_token(other->refresh_token());
  ASSERT_TRUE(handlers_->LogOut(CallOf(signed_up->access_token()), request).ok());
  EXPECT_FALSE(Refresh(other->refresh_token()).ok());
}

TEST_F(AccountsTest, Keys_RotateWithOverlap) {
  const std::string first = keys_->Current()->kid();
  ASSERT_TRUE(keys_->Rotate().ok());
  EXPECT_EQ(keys_->List()->size(), 1u);
  database_->Execute("UPDATE signing_key SET create_time = now() - interval '31 days'");
  ASSERT_TRUE(keys_->Rotate().ok());
  EXPECT_EQ(keys_->List()->size(), 2u);
  KeyStore fresh(*pool_);
  EXPECT_EQ(fresh.Current()->kid(), first) << "the new key is not known to everyone yet";
  database_->Execute(
      "UPDATE signing_key SET create_time = now() - interval '3 minutes' "
      "WHERE create_time > now() - interval '1 day'");
  KeyStore later(*pool_);
  EXPECT_NE(later.Current()->kid(), first);
  ASSERT_TRUE(keys_->Rotate().ok());
  EXPECT_EQ(keys_->List()->size(), 2u) << "tokens of the old key are still about";
  database_->Execute(
      "UPDATE signing_key SET create_time = now() - interval '25 hours' "
      "WHERE create_time > now() - interval '1 day'");
  ASSERT_TRUE(keys_->Rotate().ok());
  EXPECT_EQ(keys_->List()->size(), 1u);
}

TEST_F(AccountsTest, Keys_AreMadeOnceByReplicasThatStartTogether) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { EXPECT_TRUE(KeyStore(*pool_).Current().ok()); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(keys_->List()->size(), 1u);
}

TEST_F(AccountsTest, TokenCommand_MakesTheDataAdministratorsPair) {
  char role[] = "data_admin";
  char option[] = "--user-id";
  char id[] = "77";
  char* const arguments[] = {role, option, id};
  const auto request = ParseTokenArguments(arguments);
  ASSERT_TRUE(request.ok()) << request.status();
  const auto text = MakeTokens(*pool_, *request);
  ASSERT_TRUE(text.ok()) << text.status();
  const auto tokens = nlohmann::json::parse(*text);
  const auto access = ClaimsOf(tokens["authorization"]).raw;
  EXPECT_EQ(access["sub"], "77");
  EXPECT_EQ(access["user/uuid"], "77");
  EXPECT_EQ(access["accreditation/role"], "role/dataadministrator");
  EXPECT_EQ(access["aud"], nlohmann::json({"jobmesh", "datastore"}));
  const std::string user_info = tokens["user_info"];
  const auto keys = MakeOwnKeySource(*pool_)->FetchKeys();
  EXPECT_FALSE(runtime::auth::Verify(user_info, *keys, absl::Now()).ok()) << "it gives no rights";
  const auto person = PayloadOf(user_info);
  EXPECT_EQ(person["user/uuid"], "77");
  EXPECT_EQ(person["user/firstName"], "Test");
  EXPECT_EQ(person["user/lastName"], "User");
}

TEST_F(AccountsTest, TokenCommand_KeepsAnAccountForTokensWithoutAUser) {
  const auto text = MakeTokens(*pool_, {.role = "ADMIN"});
  ASSERT_TRUE(text.ok()) << text.status();
  const auto first = ClaimsOf(nlohmann::json::parse(*text)["authorization"]);
  const auto again =
      ClaimsOf(nlohmann::json::parse(*MakeTokens(*pool_, {.role = "ADMIN"}))["authorization"]);
  EXPECT_EQ(first.subject, again.subject);
  EXPECT_TRUE(accounts_->RequireExists(std::stoi(first.subject)).ok());
  EXPECT_FALSE(Login("admin@token.jobmesh.invalid", "!").ok());
}

}  // namespace
}  // namespace jobmesh::user
