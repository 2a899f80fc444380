#include "discovery/registry/registry.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/errors.h"
#include "runtime/sha256.h"

namespace jobmesh::discovery {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

v1::Instance MakeInstance(const std::string& id, const std::string& service = "demo") {
  v1::Instance instance;
  instance.set_service(service);
  instance.set_instance_id(id);
  instance.set_address("127.0.0.1");
  instance.set_port(50051);
  return instance;
}

std::string ReasonOf(const absl::Status& status) {
  std::optional<runtime::ErrorDetail> detail = runtime::DetailOf(status);
  return detail ? detail->reason : "";
}

class RegistryTest : public ::testing::Test {
 protected:
  // Registers an instance and lets it pass its first check.
  void AddHealthy(const std::string& id, const std::string& service = "demo",
                  absl::Time now = kStart) {
    ASSERT_TRUE(registry_.Register(MakeInstance(id, service), "", now).ok());
    registry_.OnCheck(id, CheckResult::kServing, now);
  }
  void CheckFails(const std::string& id, int times, absl::Time now) {
    for (int i = 0; i < times; ++i) {
      registry_.OnCheck(id, CheckResult::kFailed, now);
    }
  }
  // Id and health of every instance.
  std::vector<std::pair<std::string, v1::Health>> State() const {
    std::vector<std::pair<std::string, v1::Health>> state;
    for (const v1::Instance& instance : registry_.List("")) {
      state.emplace_back(instance.instance_id(), instance.health());
    }
    return state;
  }

  Registry registry_{RegistryOptions{}};
};

TEST_F(RegistryTest, Register_RefusesMalformedInstances) {
  const struct {
    const char* field;
    std::function<void(v1::Instance&)> spoil;
  } rows[] = {
      {"instance.service", [](v1::Instance& i) { i.clear_service(); }},
      {"instance.service", [](v1::Instance& i) { i.set_service(std::string(101, 'x')); }},
      {"instance.instance_id", [](v1::Instance& i) { i.clear_instance_id(); }},
      {"instance.address", [](v1::Instance& i) { i.set_address("localhost"); }},
      {"instance.port", [](v1::Instance& i) { i.set_port(0); }},
      {"instance.port", [](v1::Instance& i) { i.set_port(65536); }},
      {"instance.weight", [](v1::Instance& i) { i.set_weight(1001); }},
  };
  for (const auto& row : rows) {
    v1::Instance instance = MakeInstance("a");
    row.spoil(instance);
    const absl::Status status = registry_.Register(instance, "", kStart).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << row.field;
    EXPECT_THAT(std::string(status.message()), ::testing::StartsWith(row.field));
  }
  EXPECT_THAT(State(), IsEmpty());
}

TEST_F(RegistryTest, ANewInstance_GetsNoTrafficBeforeItsFirstCheck) {
  ASSERT_TRUE(registry_.Register(MakeInstance("a"), "", kStart).ok());
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::HEALTH_UNSPECIFIED)));
  registry_.OnCheck("a", CheckResult::kServing, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::HEALTHY)));
}

TEST_F(RegistryTest, HealthThatTheInstanceClaims_IsIgnored) {
  v1::Instance instance = MakeInstance("a");
  instance.set_health(v1::HEALTHY);
  ASSERT_TRUE(registry_.Register(instance, "", kStart).ok());
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::HEALTH_UNSPECIFIED)));
}

TEST_F(RegistryTest, RegisteringAgain_KeepsHealthAndReplacesTheRest) {
  AddHealthy("a");
  v1::Instance instance = MakeInstance("a");
  instance.set_port(50099);
  ASSERT_TRUE(registry_.Register(instance, "", kStart).ok());
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::HEALTHY)));
  EXPECT_EQ(registry_.List("demo")[0].port(), 50099u);
}

TEST_F(RegistryTest, List_IsOrderedByServiceThenIdAndFilters) {
  AddHealthy("b", "zoo");
  AddHealthy("c", "app");
  AddHealthy("a", "zoo");
  EXPECT_THAT(State(),
              ElementsAre(Pair("c", v1::HEALTHY), Pair("a", v1::HEALTHY), Pair("b", v1::HEALTHY)));
  EXPECT_EQ(registry_.List("zoo").size(), 2u);
  EXPECT_EQ(registry_.List("none").size(), 0u);
}

TEST_F(RegistryTest, ALeaseThatRunsOut_TakesTheInstanceOut) {
  AddHealthy("a");
  AddHealthy("b");
  AddHealthy("c");
  ASSERT_TRUE(registry_.Renew("a", kStart + absl::Seconds(9)).ok());
  ASSERT_TRUE(registry_.Renew("b", kStart + absl::Seconds(9)).ok());
  registry_.Expire(kStart + absl::Seconds(9));
  EXPECT_EQ(State().size(), 3u);
  registry_.Expire(kStart + absl::Seconds(10));
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::HEALTHY), Pair("b", v1::HEALTHY)));
}

TEST_F(RegistryTest, AnUnknownInstance_HoldsNoLease) {
  EXPECT_EQ(ReasonOf(registry_.Renew("nobody", kStart)), "LEASE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(registry_.Drain("nobody")), "LEASE_NOT_FOUND");
  registry_.Deregister("nobody");
  registry_.OnCheck("nobody", CheckResult::kServing, kStart);
  registry_.OnStreamBroken("nobody", kStart);
  EXPECT_THAT(State(), IsEmpty());
}

TEST_F(RegistryTest, ADrainingInstance_StaysSoWhateverChecksSay) {
  AddHealthy("a");
  ASSERT_TRUE(registry_.Drain("a").ok());
  registry_.OnCheck("a", CheckResult::kServing, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::DRAINING)));
  registry_.OnStreamBroken("a", kStart);
  CheckFails("a", 5, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::DRAINING)));
  registry_.Deregister("a");
  EXPECT_THAT(State(), IsEmpty());
}

TEST_F(RegistryTest, ThreeFailedChecksInARow_MakeUnhealthyAndOneSuccessHeals) {
  AddHealthy("a");
  CheckFails("a", 2, kStart);
  registry_.OnCheck("a", CheckResult::kServing, kStart);
  CheckFails("a", 2, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::HEALTHY)));
  CheckFails("a", 1, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::UNHEALTHY)));
  registry_.OnCheck("a", CheckResult::kServing, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::HEALTHY)));
}

TEST_F(RegistryTest, NotServing_TakesTrafficAwayAtOnce) {
  AddHealthy("a");
  registry_.OnCheck("a", CheckResult::kNotServing, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::UNHEALTHY)));
}

TEST_F(RegistryTest, ABrokenStream_MakesSuspectAndOneFailedCheckRemoves) {
  AddHealthy("a");
  AddHealthy("b");
  registry_.OnStreamBroken("a", kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::SUSPECT), Pair("b", v1::HEALTHY)));
  CheckFails("a", 1, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("b", v1::HEALTHY)));
}

TEST_F(RegistryTest, ABrokenStreamOfALivingInstance_IsForgottenAfterACheck) {
  AddHealthy("a");
  AddHealthy("b");
  registry_.OnStreamBroken("a", kStart);
  registry_.OnCheck("a", CheckResult::kServing, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::HEALTHY), Pair("b", v1::HEALTHY)));
  CheckFails("a", 2, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::HEALTHY), Pair("b", v1::HEALTHY)));
}

TEST_F(RegistryTest, WhenMostOfAServiceVanishes_TheRestIsKeptAsSuspectForAWhile) {
  for (const char* id : {"a", "b", "c", "d"}) {
    AddHealthy(id);
  }
  AddHealthy("other", "unrelated");
  const absl::Time lost = kStart + absl::Seconds(10);
  ASSERT_TRUE(registry_.Renew("other", lost + absl::Hours(1)).ok());
  registry_.Expire(lost);
  // All leases ran out in one moment: more likely that the registry was cut off.
  EXPECT_THAT(State(),
              ElementsAre(Pair("a", v1::SUSPECT), Pair("b", v1::SUSPECT), Pair("c", v1::SUSPECT),
                          Pair("d", v1::SUSPECT), Pair("other", v1::HEALTHY)));
  registry_.Expire(lost + absl::Seconds(59));
  EXPECT_EQ(State().size(), 5u);
  registry_.Expire(lost + absl::Seconds(60));
  EXPECT_THAT(State(), ElementsAre(Pair("other", v1::HEALTHY)));
}

TEST_F(RegistryTest, LossesOfAMinority_AreNotGuarded) {
  for (const char* id : {"a", "b", "c", "d"}) {
    AddHealthy(id);
  }
  for (const char* id : {"a", "b"}) {
    registry_.OnStreamBroken(id, kStart);
    CheckFails(id, 1, kStart);
  }
  // Two lost, two left.
  EXPECT_THAT(State(), ElementsAre(Pair("c", v1::HEALTHY), Pair("d", v1::HEALTHY)));
  registry_.OnStreamBroken("c", kStart);
  CheckFails("c", 1, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("c", v1::SUSPECT), Pair("d", v1::HEALTHY)));
}

TEST_F(RegistryTest, AnInstanceThatRecovered_IsGuardedAgainTheNextTime) {
  AddHealthy("a");
  registry_.OnStreamBroken("a", kStart);
  registry_.OnCheck("a", CheckResult::kServing, kStart);
  const absl::Time later = kStart + absl::Minutes(10);
  ASSERT_TRUE(registry_.Renew("a", later).ok());
  registry_.Expire(later + absl::Seconds(10));
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::SUSPECT)));
  registry_.Expire(later + absl::Seconds(71));
  EXPECT_THAT(State(), IsEmpty());
}

TEST_F(RegistryTest, AFlappingInstance_MustPassSeveralChecksInARow) {
  AddHealthy("a");
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(State(), ElementsAre(Pair("a", v1::HEALTHY))) << i;
    registry_.OnCheck("a", CheckResult::kNotServing, kStart);
    registry_.OnCheck("a", CheckResult::kServing, kStart);
  }
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::UNHEALTHY)));
  registry_.OnCheck("a", CheckResult::kServing, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::UNHEALTHY)));
  registry_.OnCheck("a", CheckResult::kServing, kStart);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::HEALTHY)));
  // After a quiet minute one check is enough again.
  const absl::Time later = kStart + absl::Seconds(61);
  registry_.OnCheck("a", CheckResult::kNotServing, later);
  registry_.OnCheck("a", CheckResult::kServing, later);
  EXPECT_THAT(State(), ElementsAre(Pair("a", v1::HEALTHY)));
}

TEST_F(RegistryTest, AGrpcServiceOfAnotherService_IsRefused) {
  v1::Instance owner = MakeInstance("a", "owner");
  owner.add_grpc_services("demo.v1.Demo");
  ASSERT_TRUE(registry_.Register(owner, "", kStart).ok());
  v1::Instance replica = owner;
  replica.set_instance_id("b");
  EXPECT_TRUE(registry_.Register(replica, "", kStart).ok());
  v1::Instance thief = owner;
  thief.set_instance_id("c");
  thief.set_service("thief");
  const absl::Status status = registry_.Register(thief, "", kStart).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(status), "ROUTE_CONFLICT");
  EXPECT_EQ(runtime::DetailOf(status)->metadata.at("owner"), "owner");
  EXPECT_EQ(State().size(), 2u);
}

TEST_F(RegistryTest, AnInstance_IsAnnouncedOnlyWhenItsDescriptorsAreThere) {
  const std::string descriptors = "some descriptors";
  v1::Instance instance = MakeInstance("a");
  instance.set_descriptors_hash(runtime::Sha256Hex(descriptors));
  absl::StatusOr<bool> needed = registry_.Register(instance, "", kStart);
  ASSERT_TRUE(needed.ok());
  EXPECT_TRUE(*needed);
  EXPECT_THAT(State(), IsEmpty());
  EXPECT_EQ(registry_.Descriptors(instance.descriptors_hash()).status().code(),
            absl::StatusCode::kNotFound);

  needed = registry_.Register(instance, descriptors, kStart);
  ASSERT_TRUE(needed.ok());
  EXPECT_FALSE(*needed);
  EXPECT_EQ(*registry_.Descriptors(instance.descriptors_hash()), descriptors);

  instance.set_instance_id("b");
  EXPECT_FALSE(*registry_.Register(instance, "", kStart));
  EXPECT_EQ(State().size(), 2u);
}

TEST_F(RegistryTest, DescriptorsNobodyUsesAnyMore_MakeRoomForNewOnes) {
  for (int version = 0; version < 1000; ++version) {
    const std::string descriptors = "version " + std::to_string(version);
    v1::Instance instance = MakeInstance("a");
    instance.set_descriptors_hash(runtime::Sha256Hex(descriptors));
    const absl::StatusOr<bool> needed = registry_.Register(instance, descriptors, kStart);
    ASSERT_TRUE(needed.ok()) << needed.status();
    ASSERT_FALSE(*needed) << version;
    ASSERT_EQ(registry_.Descriptors(instance.descriptors_hash()).value(), descriptors);
  }
}

TEST_F(RegistryTest, MoreDescriptorsInUseThanFit_AreRefused) {
  absl::Status refused;
  for (int version = 0; version < 1000 && refused.ok(); ++version) {
    const std::string descriptors = "version " + std::to_string(version);
    v1::Instance instance = MakeInstance("instance " + std::to_string(version));
    instance.set_descriptors_hash(runtime::Sha256Hex(descriptors));
    refused = registry_.Register(instance, descriptors, kStart).status();
  }
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
}

TEST_F(RegistryTest, DescriptorsWithAnotherHash_AreRefused) {
  v1::Instance instance = MakeInstance("a");
  instance.set_descriptors_hash(runtime::Sha256Hex("something else"));
  EXPECT_EQ(registry_.Register(instance, "some descriptors", kStart).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(State(), IsEmpty());
}

TEST_F(RegistryTest, Subscribers_GetTheStateFirstAndThenEveryChangeInOrder) {
  AddHealthy("a");
  std::vector<std::pair<uint64_t, size_t>> seen;
  const int subscription =
      registry_.Subscribe([&](const Registry::Instances& instances, uint64_t revision) {
        seen.emplace_back(revision, instances.size());
      });
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].second, 1u);
  AddHealthy("b");  // registered, then healthy
  registry_.Deregister("a");
  ASSERT_EQ(seen.size(), 4u);
  for (size_t i = 1; i < seen.size(); ++i) {
    EXPECT_GT(seen[i].first, seen[i - 1].first);
  }
  EXPECT_EQ(seen.back().second, 1u);
  registry_.OnCheck("b", CheckResult::kServing, kStart);  // changes nothing
  ASSERT_TRUE(registry_.Renew("b", kStart).ok());
  EXPECT_EQ(seen.size(), 4u);
  registry_.Unsubscribe(subscription);
  registry_.Deregister("b");
  EXPECT_EQ(seen.size(), 4u);
}

}  // namespace
}  // namespace jobmesh::discovery
