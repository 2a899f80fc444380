#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "httplib.h"
#include "nlohmann/json.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discovery/health/health_checker.h"
#include "discovery/registry/registry.h"
#include "discovery/registry/registry_service.h"
#include "discovery/rest/service_list.h"
#include "runtime/discovery/directory.h"
#include "runtime/discovery/registrar.h"
#include "runtime/http/admin_server.h"
#include "runtime/rpc/client.h"
#include "runtime/rpc/raw_stream.h"
#include "runtime/rpc/server.h"
#include "runtime/testing/wait_for.h"

namespace jobmesh::discovery {
namespace {

using nlohmann::json;
using runtime::discovery::Directory;
using runtime::discovery::DiscoveryConfig;
using runtime::discovery::Registrar;
using runtime::testing::WaitFor;

std::shared_ptr<prometheus::Registry> NewMetrics() {
  return std::make_shared<prometheus::Registry>();
}

// What the process `discovery` is made of.
class RegistryServer {
 public:
  RegistryServer(const runtime::auth::MeshToken& mesh_token, int port)
      : server_({.address = "127.0.0.1", .port = port, .worker_threads = 4}, "discovery",
                NewMetrics(), mesh_token, nullptr) {
    server_.AddService(MakeRegistryService(handlers_));
    services_.AddRoutes(http_.routes());
    EXPECT_TRUE(checker_.Start().ok());
    EXPECT_TRUE(server_.Start().ok());
    EXPECT_TRUE(http_.Start().ok());
  }
  ~RegistryServer() {
    server_.Drain(absl::Now() + absl::Seconds(1));
    server_.Stop();
    http_.Stop();
    checker_.Stop();
  }

  int port() const { return server_.port(); }
  int http_port() const { return http_.port(); }
  Registry& registry() { return registry_; }

 private:
  Registry registry_{RegistryOptions{}};
  HealthChecker checker_{registry_, HealthCheckerOptions{}};
  RegistryHandlers handlers_{registry_, [this](const std::string& id) { checker_.CheckSoon(id); }};
  runtime::rpc::Server server_;
  ServiceList services_{registry_};
  runtime::http::HttpServer http_{"http-server", "127.0.0.1", 0};
};

// A process of the mesh that only lives and registers.
class DemoInstance {
 public:
  DemoInstance(const std::string& id, int registry_port, const runtime::auth::MeshToken& mesh_token,
               const std::string& descriptors = "")
      : server_({.address = "127.0.0.1", .port = 0, .worker_threads = 1}, "demo", NewMetrics(),
                mesh_token, nullptr),
        registrar_(
            {.registries = {absl::StrCat("127.0.0.1:", registry_port)}, .zone = "z"}, mesh_token,
            [this, id] {
              v1::Instance instance;
              instance.set_service("demo");
              instance.set_instance_id(id);
              instance.set_address("127.0.0.1");
              instance.set_port(static_cast<uint32_t>(server_.port()));
              return instance;
            },
            descriptors) {
    EXPECT_TRUE(server_.Start().ok());
    EXPECT_TRUE(registrar_.Start().ok());
  }

  void BeginDrain() { registrar_.BeginDrain(); }
  int port() const { return server_.port(); }

 private:
  runtime::rpc::Server server_;
  Registrar registrar_;
};

class DiscoveryTest : public ::testing::Test {
 protected:
  void SetUp() override { StartRegistry(0); }

  void StartRegistry(int port) {
    registry_ = std::make_unique<RegistryServer>(mesh_token_, port);
    port_ = registry_->port();
  }
  DiscoveryConfig Config() const {
    return {.registries = {absl::StrCat("127.0.0.1:", port_)}, .zone = ""};
  }
  std::unique_ptr<Directory> Follow() {
    auto directory = std::make_unique<Directory>(Config(), mesh_token_, NewMetrics());
    EXPECT_TRUE(directory->Start().ok());
    return directory;
  }
  // Ids of the instances that clients would call.
  static std::vector<std::string> Routable(const Directory& directory) {
    std::vector<std::string> ids;
    for (const runtime::rpc::Endpoint& endpoint : directory.Get("demo")->endpoints) {
      ids.push_back(endpoint.instance_id);
    }
    return ids;
  }
  static bool WaitForRoutable(const Directory& directory, const std::vector<std::string>& ids) {
    return WaitFor([&] { return Routable(directory) == ids; });
  }

  const runtime::auth::MeshToken mesh_token_{"a secret of this mesh"};
  std::unique_ptr<RegistryServer> registry_;
  int port_ = 0;
};

TEST_F(DiscoveryTest, AnInstance_BecomesKnownHealthyAndIsGoneAtOnceWhenItStops) {
  auto directory = Follow();
  DemoInstance stays("a", port_, mesh_token_);
  auto goes = std::make_unique<DemoInstance>("b", port_, mesh_token_);
  ASSERT_TRUE(WaitForRoutable(*directory, {"a", "b"}));
  EXPECT_EQ(directory->Get("demo")->endpoints[0].target, absl::StrCat("127.0.0.1:", stays.port()));
  EXPECT_TRUE(directory->Health().ok());
  EXPECT_EQ(directory->Instances()[0].zone(), "z");
  EXPECT_EQ(directory->Instances()[0].health(), v1::HEALTHY);

  goes = nullptr;
  EXPECT_TRUE(WaitFor([&] { return directory->Instances().size() == 1; }, absl::Seconds(2)));
  EXPECT_EQ(Routable(*directory), std::vector<std::string>{"a"});
}

TEST_F(DiscoveryTest, ADrainingInstance_GetsNoNewTraffic) {
  auto directory = Follow();
  DemoInstance stays("a", port_, mesh_token_);
  DemoInstance drains("b", port_, mesh_token_);
  ASSERT_TRUE(WaitForRoutable(*directory, {"a", "b"}));
  drains.BeginDrain();
  EXPECT_TRUE(WaitForRoutable(*directory, {"a"}));
  EXPECT_EQ(directory->Instances().size(), 2u);
}

TEST_F(DiscoveryTest, AnInstanceThatDies_IsGoneLongBeforeItsLease) {
  auto directory = Follow();
  DemoInstance stays("a", port_, mesh_token_);
  DemoInstance stays_too("b", port_, mesh_token_);
  ASSERT_TRUE(WaitForRoutable(*directory, {"a", "b"}));
  // Registers and beats once like a process that is killed right after.
  runtime::rpc::FixedEndpoints registry(
      {{.instance_id = "r", .target = Config().registries[0], .weight = 100, .version = ""}});
  runtime::rpc::Client client("discovery", registry, mesh_token_, NewMetrics());
  v1::RegisterRequest request;
  request.mutable_instance()->set_service("demo");
  request.mutable_instance()->set_instance_id("c");
  request.mutable_instance()->set_address("127.0.0.1");
  request.mutable_instance()->set_port(1);
  ASSERT_TRUE(client
                  .Call<v1::RegisterResponse>("jobmesh.discovery.v1.Registry/Register", request,
                                              {.as_mesh = true})
                  .ok());
  runtime::rpc::RawStreamEvents events;
  absl::Mutex mutex;
  bool beat_arrived = false;
  bool closed = false;
  events.on_message = [&](const std::string& bytes) {
    v1::RenewResponse answer;
    absl::MutexLock lock(&mutex);
    beat_arrived = answer.ParseFromString(bytes) && answer.revision() > 0;
  };
  events.on_closed = [&](const absl::Status&) {
    absl::MutexLock lock(&mutex);
    closed = true;
  };
  auto stream = client.OpenStream("jobmesh.discovery.v1.Registry/Renew", {.as_mesh = true},
                                  std::move(events));
  v1::RenewRequest beat;
  beat.set_instance_id("c");
  ASSERT_TRUE(stream->Send(beat.SerializeAsString()));
  {
    absl::MutexLock lock(&mutex);
    ASSERT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&beat_arrived), absl::Seconds(10)));
  }
  ASSERT_TRUE(WaitFor([&] { return directory->Instances().size() == 3; }));
  stream->Cancel();
  EXPECT_TRUE(WaitFor([&] { return directory->Instances().size() == 2; }, absl::Seconds(5)));
  EXPECT_EQ(Routable(*directory), (std::vector<std::string>{"a", "b"}));
  absl::MutexLock lock(&mutex);
  mutex.Await(absl::Condition(&closed));
}

TEST_F(DiscoveryTest, WhileNoRegistryAnswers_ClientsKeepTheLastView) {
  auto directory = Follow();
  DemoInstance instance("a", port_, mesh_token_);
  ASSERT_TRUE(WaitForRoutable(*directory, {"a"}));
  const auto list = directory->Get("demo");
  registry_ = nullptr;
  // A call to the registry fails, and yet nothing is forgotten.
  EXPECT_EQ(directory->FetchDescriptors("00").status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(directory->Get("demo"), list);
  EXPECT_TRUE(directory->Health().ok());
}

TEST_F(DiscoveryTest, ARegistryThatRestarts_IsWholeAgainWithinAHeartbeat) {
  auto directory = Follow();
  DemoInstance one("a", port_, mesh_token_);
  DemoInstance other("b", port_, mesh_token_);
  ASSERT_TRUE(WaitForRoutable(*directory, {"a", "b"}));
  registry_ = nullptr;
  StartRegistry(port_);
  const absl::Time start = absl::Now();
  EXPECT_TRUE(WaitFor([&] {
    const auto instances = registry_->registry().List("demo");
    return instances.size() == 2 && instances[0].health() == v1::HEALTHY &&
           instances[1].health() == v1::HEALTHY;
  }));
  EXPECT_LE(absl::Now() - start, RegistryOptions{}.heartbeat);
  // The directory follows the new registry: it learns of a third instance.
  DemoInstance third("c", port_, mesh_token_);
  EXPECT_TRUE(WaitForRoutable(*directory, {"a", "b", "c"}));
}

TEST_F(DiscoveryTest, Descriptors_AreSentOnceAndFetchedByTheirHash) {
  auto directory = Follow();
  const std::string descriptors(100'000, 'd');
  DemoInstance instance("a", port_, mesh_token_, descriptors);
  ASSERT_TRUE(WaitForRoutable(*directory, {"a"}));
  const std::string hash = directory->Instances()[0].descriptors_hash();
  EXPECT_EQ(hash.size(), 64u);
  absl::StatusOr<std::string> fetched = directory->FetchDescriptors(hash);
  ASSERT_TRUE(fetched.ok());
  EXPECT_EQ(*fetched, descriptors);
  EXPECT_EQ(directory->FetchDescriptors("00").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(DiscoveryTest, AProcessWithoutTheMeshToken_IsNotLetIn) {
  const runtime::auth::MeshToken forged("another secret altogether");
  DemoInstance intruder("x", port_, forged);
  Directory spy(Config(), forged, NewMetrics());
  ASSERT_TRUE(spy.Start().ok());
  auto directory = Follow();
  DemoInstance instance("a", port_, mesh_token_);
  ASSERT_TRUE(WaitForRoutable(*directory, {"a"}));
  EXPECT_EQ(directory->Instances().size(), 1u);
  EXPECT_FALSE(spy.Health().ok());
}

TEST_F(DiscoveryTest, PlainHttp_AddsAndFindsServices) {
  httplib::Client client("127.0.0.1", registry_->http_port());
  const struct {
    std::string body;
    int status;
    std::string field;
  } rows[] = {
      {R"({"address":"10.0.0.1","port":80})", 400, "name"},
      {R"({"name":"cache","port":80})", 400, "address"},
      {R"({"name":"cache","address":"10.0.0.1"})", 400, "port"},
      {R"({"name":"cache","address":"10.0.0.1","port":"80"})", 400, "port"},
      {R"({"name":"cache","address":"10.0.0.1","port":65536})", 400, "port"},
      {R"({"name":"","address":"10.0.0.1","port":80})", 400, "name"},
      {R"([])", 400, "object"},
      {R"({)", 400, "object"},
      {R"({"name":"cache","address":"10.0.0.1","port":80})", 201, "Service added"},
      {R"({"name":"cache","address":"10.0.0.2","port":81})", 201, "Service added"},
      {R"({"name":"cache","address":"10.0.0.1","port":80})", 201, "Service added"},
  };
  for (const auto& row : rows) {
    auto result = client.Post("/add-service", row.body, "application/json");
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, row.status) << row.body;
    EXPECT_THAT(json::parse(result->body)["msg"].get<std::string>(),
                ::testing::HasSubstr(row.field))
        << row.body;
  }
  auto found = client.Get("/get-service?name=cache");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status, 200);
  EXPECT_EQ(json::parse(found->body),
            json::parse(R"([{"serviceAddress":"10.0.0.1","servicePort":80},
                                                      {"serviceAddress":"10.0.0.2","servicePort":81}])"));
  auto unknown = client.Get("/get-service?name=nothing");
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->status, 404);
  EXPECT_EQ(json::parse(unknown->body), json({{"msg", "Service not found"}}));
  auto nameless = client.Get("/get-service");
  ASSERT_TRUE(nameless);
  EXPECT_EQ(nameless->status, 400);
  auto status = client.Get("/status");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->status, 200);
}

TEST_F(DiscoveryTest, PlainHttp_FindsInstancesOfTheMeshButAddsNone) {
  auto directory = Follow();
  DemoInstance instance("a", port_, mesh_token_);
  ASSERT_TRUE(WaitForRoutable(*directory, {"a"}));
  httplib::Client client("127.0.0.1", registry_->http_port());
  auto found = client.Get("/get-service?name=demo");
  ASSERT_TRUE(found);
  EXPECT_EQ(json::parse(found->body),
            json::array({{{"serviceAddress", "127.0.0.1"}, {"servicePort", instance.port()}}}));
  auto added = client.Post("/add-service", R"({"name":"demo","address":"10.0.0.1","port":80})",
                           "application/json");
  ASSERT_TRUE(added);
  EXPECT_EQ(added->status, 201);
  EXPECT_EQ(registry_->registry().List("demo").size(), 1u);
}

}  // namespace
}  // namespace jobmesh::discovery
