// What the gateway serves while services register, change and go.

#include "gateway/session/live_catalog.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/routes/testdata/library.h"
#include "gateway/session/testing/registry_host.h"
#include "runtime/testing/wait_for.h"

namespace jobmesh::gateway::session {
namespace {

using routes::testdata::Descriptors;
using routes::testdata::Rpc;
using runtime::testing::WaitFor;
using testing::RegistryHost;

class LiveCatalogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(directory_.Start().ok());
    ASSERT_TRUE(catalog_.Start().ok());
  }
  void TearDown() override {
    catalog_.Stop();
    directory_.Stop();
  }

  // The rpc that a GET of the path leads to, `service/Method`, or nothing.
  std::string Serves(const std::string& path) const {
    const auto catalog = catalog_.Get();
    const auto result = catalog->routes().Match("GET", path);
    const auto* match = std::get_if<routes::RouteMatch>(&result);
    return match == nullptr ? "" : match->route->rpc;
  }
  bool WaitToServe(const std::string& path, const std::string& rpc) const {
    return WaitFor([&] { return Serves(path) == rpc; });
  }
  double Problems() const {
    for (const auto& family : metrics_->Collect()) {
      if (family.name == "jobmesh_gateway_route_problems_total") {
        return family.metric[0].counter.value;
      }
    }
    return -1;
  }
  // A service Library in a package of its own, with one route.
  static RegistryHost::Instance Library(const std::string& service, const std::string& id,
                                        const std::string& path,
                                        const std::string& package = "library.v1") {
    return {.service = service,
            .id = id,
            .descriptors = Descriptors(Rpc("Get", "get: \"" + path + '"'), "", package)};
  }

  const runtime::auth::MeshToken mesh_token_{"a secret of this mesh"};
  std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  RegistryHost registry_{mesh_token_};
  runtime::discovery::Directory directory_{registry_.config(), mesh_token_, metrics_};
  LiveCatalog catalog_{directory_, *metrics_};
};

constexpr char kGet[] = "/library.v1.Library/Get";

TEST_F(LiveCatalogTest, AService_KeepsItsRoutesWhenItsLastInstanceIsGone) {
  registry_.Add(Library("library", "a", "/books"));
  ASSERT_TRUE(WaitToServe("/books", kGet));
  registry_.Remove("a");
  registry_.Add(Library("other", "b", "/other", "other.v1"));
  ASSERT_TRUE(WaitToServe("/other", "/other.v1.Library/Get"));
  EXPECT_EQ(Serves("/books"), kGet);
}

TEST_F(LiveCatalogTest, ANewVersionWithAConflict_IsRefusedAndTheOldOneStays) {
  registry_.Add(Library("library", "a", "/books"));
  ASSERT_TRUE(WaitToServe("/books", kGet));
  registry_.Add(
      {.service = "library",
       .id = "b",
       .version = "0.2.0",
       .descriptors = Descriptors(Rpc("Get", R"(get: "/new")") + Rpc("Twin", R"(get: "/new")"))});
  ASSERT_TRUE(WaitFor([&] { return Problems() == 1; }));
  EXPECT_EQ(Serves("/books"), kGet);
  EXPECT_EQ(Serves("/new"), "");
  // Also once the last instance of the old version is gone.
  registry_.Remove("a");
  registry_.Add(Library("other", "c", "/other", "other.v1"));
  ASSERT_TRUE(WaitToServe("/other", "/other.v1.Library/Get"));
  EXPECT_EQ(Serves("/books"), kGet);
  EXPECT_EQ(Serves("/new"), "");
  EXPECT_EQ(Problems(), 1) << "what was told is not told again";
}

TEST_F(LiveCatalogTest, ARouteOfAnotherService_IsNotTakenOver) {
  registry_.Add(Library("users", "a", "/login"));
  ASSERT_TRUE(WaitToServe("/login", kGet));
  registry_.Add(Library("a-thief", "b", "/login", "thief.v1"));
  ASSERT_TRUE(WaitFor([&] { return Problems() == 1; }));
  EXPECT_EQ(Serves("/login"), kGet);
  EXPECT_TRUE(WaitFor([&] {
    return catalog_.Describe().find("refused: a-thief 0.1.0: two routes of one shape") !=
           std::string::npos;
  })) << catalog_.Describe();
}

TEST_F(LiveCatalogTest, OfEqualVersions_TheLatestToAppearIsTheNewest) {
  registry_.Add(Library("library", "b", "/before"));
  ASSERT_TRUE(WaitToServe("/before", kGet));
  registry_.Add(Library("library", "a", "/after"));
  ASSERT_TRUE(WaitToServe("/after", kGet));
  EXPECT_EQ(Serves("/before"), "");
  // A higher number is newer still, and a lower one that comes later is not.
  auto next = Library("library", "c", "/next");
  next.version = "0.10.0";
  registry_.Add(next);
  ASSERT_TRUE(WaitToServe("/next", kGet));
  auto late = Library("library", "d", "/late");
  late.version = "0.9.0";
  registry_.Add(late);
  registry_.Add(Library("other", "e", "/other", "other.v1"));
  ASSERT_TRUE(WaitToServe("/other", "/other.v1.Library/Get"));
  EXPECT_EQ(Serves("/next"), kGet);
  EXPECT_EQ(Serves("/late"), "");
}

TEST_F(LiveCatalogTest, Swaps_AreAtomicForRequestsThatMatchMeanwhile) {
  // Each version has two routes, of which a request must see both or none.
  const auto version = [](int number) {
    const std::string n = std::to_string(number);
    return RegistryHost::Instance{
        .service = "library",
        .id = "i" + n,
        .version = "0.1." + n,
        .descriptors = Descriptors(Rpc("One", "get: \"/v" + n + "/one\"") +
                                   Rpc("Two", "get: \"/v" + n + "/two\"") +
                                   Rpc("Always", R"(get: "/always/{name}")"))};
  };
  registry_.Add(version(0));
  ASSERT_TRUE(WaitToServe("/always/x", "/library.v1.Library/Always"));
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::atomic<int> matched{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back([&] {
      while (!done) {
        const auto catalog = catalog_.Get();
        const auto always = catalog->routes().Match("GET", "/always/x");
        const auto* match = std::get_if<routes::RouteMatch>(&always);
        if (match == nullptr || match->variables[0].value != "x") ++torn;
        for (int number = 0; number < 10; ++number) {
          const std::string base = "/v" + std::to_string(number);
          const bool one = std::holds_alternative<routes::RouteMatch>(
              catalog->routes().Match("GET", base + "/one"));
          const bool two = std::holds_alternative<routes::RouteMatch>(
              catalog->routes().Match("GET", base + "/two"));
          if (one != two) ++torn;
        }
        ++matched;
      }
    });
  }
  for (int number = 1; number < 10; ++number) {
    registry_.Add(version(number));
    EXPECT_TRUE(WaitToServe("/v" + std::to_string(number) + "/two", "/library.v1.Library/Two"));
  }
  done = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(torn, 0);
  EXPECT_GT(matched, 10);
}

}  // namespace
}  // namespace jobmesh::gateway::session
