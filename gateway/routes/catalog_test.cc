// Routes and policies as the Catalog reads them from the descriptors of other processes.

#include "gateway/routes/catalog.h"

#include <string>
#include <vector>

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "gateway/routes/testdata/library.h"

namespace jobmesh::gateway::routes {
namespace {

using testdata::Descriptors;
using testdata::Rpc;

std::shared_ptr<const Catalog> CatalogOf(const std::string& descriptors) {
  return Catalog::Build({{.owner = "library", .version = "1.0.0", .descriptors = descriptors}});
}

// The first problem of a service with this one rpc, or `fine`.
std::string Problem(const std::string& rpc) {
  const auto catalog = CatalogOf(Descriptors(rpc));
  return catalog->problems().empty() ? "fine" : catalog->problems().front().message;
}

const Route* Find(const Catalog& catalog, const std::string& method, const std::string& path) {
  const RouteResult result = catalog.routes().Match(method, path);
  const auto* match = std::get_if<RouteMatch>(&result);
  return match == nullptr ? nullptr : match->route;
}

TEST(Catalog, Rules_BecomeRoutes) {
  const auto catalog = CatalogOf(Descriptors(
      Rpc("Get", R"(get: "/v1/{name=books/*}" additional_bindings { get: "/books/{name}" }
                    additional_bindings { custom { kind: "REPORT" path: "/books" } })") +
      Rpc("Update", R"(patch: "/v1/books/{book.id}" body: "book" response_body: "books")",
          "UpdateRequest") +
      Rpc("Create", R"(post: "/v1/books" body: "*")", "Book") +
      "rpc Internal(Book) returns (Book);"));
  ASSERT_TRUE(catalog->problems().empty()) << catalog->problems().front().message;
  EXPECT_EQ(catalog->routes().routes().size(), 5u);
  ASSERT_EQ(catalog->services().size(), 1u);
  EXPECT_EQ(catalog->services()[0].owner, "library");
  EXPECT_EQ(catalog->services()[0].descriptor->full_name(), "library.v1.Library");

  const RouteResult result = catalog->routes().Match("GET", "/v1/books/7");
  const auto& match = std::get<RouteMatch>(result);
  EXPECT_EQ(match.route->rpc, "/library.v1.Library/Get");
  EXPECT_EQ(match.route->owner, "library");
  EXPECT_EQ(match.route->request->full_name(), "library.v1.GetRequest");
  EXPECT_EQ(match.route->response->full_name(), "library.v1.BookList");
  ASSERT_EQ(match.variables.size(), 1u);
  EXPECT_EQ(match.variables[0].field->text(), "name");
  EXPECT_EQ(match.variables[0].value, "books/7");
  EXPECT_EQ(Find(*catalog, "GET", "/books/x")->rpc, "/library.v1.Library/Get");
  EXPECT_EQ(Find(*catalog, "REPORT", "/books")->rpc, "/library.v1.Library/Get");

  const Route& update = *Find(*catalog, "PATCH", "/v1/books/3");
  EXPECT_EQ(update.body.kind, transcode::BodyRule::Kind::kField);
  EXPECT_EQ(update.body.field.text(), "book");
  EXPECT_EQ(update.body.update_mask->name, "update_mask");
  EXPECT_EQ(update.variables[0].text(), "book.id");
  EXPECT_EQ(update.response_field->name, "books");
  EXPECT_EQ(Find(*catalog, "POST", "/v1/books")->body.kind, transcode::BodyRule::Kind::kWhole);
}

TEST(Catalog, WrongRules_AreReportedAndLeaveTheRestAlone) {
  EXPECT_EQ(Problem(Rpc("Get", R"(get: "/v1/{nam}")")),
            "/library.v1.Library/Get: nam: unknown field; did you mean \"name\"?");
  EXPECT_EQ(Problem(Rpc("Get", R"(get: "/v1/{author}")")),
            "/library.v1.Library/Get: the field author cannot stand in a path");
  EXPECT_EQ(Problem(Rpc("Get", R"(get: "/a/")")),
            "/library.v1.Library/Get: path template \"/a/\": an empty segment");
  EXPECT_EQ(Problem(Rpc("Get", R"(get: "/a" body: "*")")),
            "/library.v1.Library/Get: a GET has no body");
  EXPECT_EQ(Problem(Rpc("Get", R"(get: "/a" response_body: "nothing")")),
            "/library.v1.Library/Get: response_body: no field nothing");
  EXPECT_EQ(Problem(Rpc("Get", R"(body: "*")")),
            "/library.v1.Library/Get: an http rule without a path");
  EXPECT_EQ(
      Problem(R"(rpc Get(Book) returns (Book) { option (google.api.http) = { get: "/a" }; })"),
      "/library.v1.Library/Get: a public route must say who may call it (auth)");
  EXPECT_EQ(Problem(R"(rpc Get(Book) returns (stream Book) {
                         option (jobmesh.options.v1.auth) = USER;
                         option (jobmesh.options.v1.websocket) = "/ws"; })"),
            "/library.v1.Library/Get: a WebSocket must be a stream in both directions");

  const auto catalog =
      CatalogOf(Descriptors(Rpc("Bad", R"(get: "/a/")") + Rpc("Good", R"(get: "/good")")));
  EXPECT_EQ(catalog->problems().size(), 1u);
  EXPECT_NE(Find(*catalog, "GET", "/good"), nullptr);
}

TEST(Catalog, Options_BecomeThePolicy) {
  const auto catalog = CatalogOf(Descriptors(Rpc("Plain", R"(get: "/plain")") +
                                                 Rpc("Full", R"(post: "/full")", "GetRequest", R"(
              option (jobmesh.options.v1.success_status) = 201;
              option (jobmesh.options.v1.invalid_status) = 422;
              option (jobmesh.options.v1.cache) = { max_age_seconds: 30 vary: "Accept" };
              option (jobmesh.options.v1.rate_limit) = { per_minute: 60 burst: 5 };
              option (jobmesh.options.v1.idempotency) = IDEMPOTENT;
              option (jobmesh.options.v1.deadline_ms) = 2500;
              option (jobmesh.options.v1.method_error_style) = PROBLEM;)") +
                                                 R"(rpc Talk(stream Book) returns (stream Book) {
               option (jobmesh.options.v1.auth) = USER;
               option (jobmesh.options.v1.websocket) = "/ws"; })",
                                             R"(option (jobmesh.options.v1.error_style) = MSG;
         option (jobmesh.options.v1.unknown_fields) = IGNORE;)"));
  ASSERT_TRUE(catalog->problems().empty()) << catalog->problems().front().message;

  const MethodPolicy& plain = *Find(*catalog, "GET", "/plain")->policy;
  EXPECT_EQ(plain.auth, options::v1::PUBLIC);
  EXPECT_EQ(plain.success_status, 200);
  EXPECT_EQ(plain.invalid_status, 400);
  EXPECT_EQ(plain.cache_max_age.count(), 0);
  EXPECT_EQ(plain.rate_per_minute, 0u);
  EXPECT_EQ(plain.deadline.count(), 15'000);
  EXPECT_EQ(plain.error_style, options::v1::MSG);
  EXPECT_EQ(plain.unknown_fields, transcode::UnknownFields::kIgnore);
  EXPECT_TRUE(plain.IsIdempotent("GET"));
  EXPECT_FALSE(plain.IsIdempotent("POST"));
  EXPECT_FALSE(plain.IsIdempotent("PATCH"));

  const MethodPolicy& full = *Find(*catalog, "POST", "/full")->policy;
  EXPECT_EQ(full.success_status, 201);
  EXPECT_EQ(full.invalid_status, 422);
  EXPECT_EQ(full.cache_max_age.count(), 30);
  EXPECT_EQ(full.cache_vary, std::vector<std::string>{"Accept"});
  EXPECT_EQ(full.rate_per_minute, 60u);
  EXPECT_EQ(full.rate_burst, 5u);
  EXPECT_TRUE(full.IsIdempotent("POST"));
  EXPECT_EQ(full.deadline.count(), 2'500);
  EXPECT_EQ(full.error_style, options::v1::PROBLEM);

  const Route* socket = Find(*catalog, kWebSocketMethod, "/ws");
  ASSERT_NE(socket, nullptr);
  EXPECT_TRUE(socket->policy->client_streaming);
  EXPECT_EQ(socket->policy->auth, options::v1::USER);
}

TEST(Catalog, NewestVersion_WinsAndKeepsItsOwnMessages) {
  const std::string older = Descriptors(Rpc("Get", R"(get: "/old")"));
  const std::string newer = Descriptors(Rpc("Get", R"(get: "/new")"));
  const auto catalog =
      Catalog::Build({{"library", "2.0.0", newer, {}}, {"library", "1.0.0", older, {}}});
  EXPECT_TRUE(catalog->problems().empty());
  EXPECT_NE(Find(*catalog, "GET", "/new"), nullptr);
  EXPECT_EQ(Find(*catalog, "GET", "/old"), nullptr);
  EXPECT_EQ(catalog->services().size(), 1u);
}

TEST(Catalog, RoutesOfAnotherService_CannotBeTakenOver) {
  const std::string owner = Descriptors(Rpc("Login", R"(post: "/login/{name}")"));
  const std::string thief =
      Descriptors(Rpc("Own", R"(get: "/own")") + Rpc("Steal", R"(post: "/login/{author.name}")"),
                  "", "thief.v1");
  const auto catalog = Catalog::Build({{"users", "1", owner, {}}, {"thief", "1", thief, {}}});
  EXPECT_EQ(Find(*catalog, "POST", "/login/x")->owner, "users");
  EXPECT_EQ(Find(*catalog, "GET", "/own"), nullptr) << "a source is taken whole or not at all";
  EXPECT_EQ(catalog->taken(), (std::vector<bool>{true, false}));
  EXPECT_EQ(catalog->services().size(), 1u);
  ASSERT_EQ(catalog->problems().size(), 1u);
  EXPECT_EQ(catalog->problems()[0].owner, "thief");
  EXPECT_EQ(catalog->problems()[0].message,
            "two routes of one shape: POST /login/{name} (/library.v1.Library/Login of users) and "
            "POST /login/{author.name} (/thief.v1.Library/Steal of thief)");

  // The gRPC service itself belongs to who had it first.
  const auto twice = Catalog::Build({{"users", "1", owner, {}}, {"thief", "1", owner, {}}});
  ASSERT_EQ(twice->problems().size(), 1u);
  EXPECT_EQ(twice->problems()[0].message, "library.v1.Library belongs to users");
}

TEST(Catalog, ARefusedVersion_LeavesTheOneBefore) {
  const std::string older = Descriptors(Rpc("Get", R"(get: "/a")"));
  const std::string broken = Descriptors(Rpc("Get", R"(get: "/b")") + Rpc("Other", R"(get: "/b")"));
  // The older one is still registered, or it is what was served before.
  for (const bool is_fallback : {false, true}) {
    const auto catalog = Catalog::Build(
        {{"library", "2.0.0", broken, {}}, {"library", "1.0.0", older, {}, is_fallback}});
    EXPECT_NE(Find(*catalog, "GET", "/a"), nullptr);
    EXPECT_EQ(Find(*catalog, "GET", "/b"), nullptr);
    EXPECT_EQ(catalog->problems().size(), 1u);
    EXPECT_EQ(catalog->taken(), (std::vector<bool>{false, true}));
  }
}

TEST(Catalog, AFallback_CountsOnlyWhereNothingElseDoes) {
  const std::string older = Descriptors(Rpc("Get", R"(get: "/a")"));
  const std::string newer = Descriptors(Rpc("Get", R"(get: "/b")"));
  const auto catalog =
      Catalog::Build({{"library", "2.0.0", newer, {}}, {"library", "1.0.0", older, {}, true}});
  EXPECT_EQ(Find(*catalog, "GET", "/a"), nullptr);
  EXPECT_NE(Find(*catalog, "GET", "/b"), nullptr);
  EXPECT_TRUE(catalog->problems().empty());
}

TEST(Catalog, ARouteThatMovedToAnotherGrpcService_IsThatOfTheNewestVersion) {
  const std::string older = Descriptors(Rpc("Get", R"(get: "/a")"), "", "old.v1");
  const std::string newer = Descriptors(Rpc("Get", R"(get: "/a")"), "", "new.v1");
  const auto catalog =
      Catalog::Build({{"library", "2.0.0", newer, {}}, {"library", "1.0.0", older, {}}});
  EXPECT_EQ(Find(*catalog, "GET", "/a")->rpc, "/new.v1.Library/Get");
  EXPECT_TRUE(catalog->problems().empty());
}

TEST(Catalog, OnlyServedServices_AreTakenFromTheDescriptors) {
  const std::string descriptors = Descriptors(Rpc("Get", R"(get: "/a")"));
  EXPECT_EQ(Find(*Catalog::Build({{"a", "1", descriptors, {"other.v1.Service"}}}), "GET", "/a"),
            nullptr);
  EXPECT_NE(Find(*Catalog::Build({{"a", "1", descriptors, {"library.v1.Library"}}}), "GET", "/a"),
            nullptr);
}

TEST(Catalog, BrokenDescriptors_AreReported) {
  EXPECT_EQ(CatalogOf("\xff\xff")->problems().front().message,
            "the descriptors are not a FileDescriptorSet");
  google::protobuf::FileDescriptorSet set;
  set.add_file()->set_name("a.proto");
  set.mutable_file(0)->add_dependency("missing.proto");
  const auto catalog = CatalogOf(set.SerializeAsString());
  ASSERT_EQ(catalog->problems().size(), 1u);
  EXPECT_NE(catalog->problems()[0].message.find("missing.proto"), std::string::npos);
  // Files that import each other.
  set.mutable_file(0)->set_dependency(0, "b.proto");
  set.add_file()->set_name("b.proto");
  set.mutable_file(1)->add_dependency("a.proto");
  EXPECT_FALSE(CatalogOf(set.SerializeAsString())->problems().empty());
}

}  // namespace
}  // namespace jobmesh::gateway::routes
