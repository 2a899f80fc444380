#include "gateway/policy/client_address.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace jobmesh::gateway::policy {
namespace {

http::Request MakeRequest(const std::string& peer,
                          const std::vector<std::pair<std::string, std::string>>& headers) {
  http::Request request;
  request.remote_address = peer;
  for (const auto& [name, value] : headers) {
    request.headers.Add(name, value);
  }
  return request;
}

TEST(TrustedProxiesTest, Networks_AreRefusedByNameWhenTheyAreNone) {
  for (const char* text : {"proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "fd00::/129", ""}) {
    EXPECT_FALSE(TrustedProxies::Parse({text}).ok()) << text;
  }
  EXPECT_TRUE(
      TrustedProxies::Parse({"10.0.0.0/8", "fd00::/8", "192.0.2.7", "::1", "0.0.0.0/0"}).ok());
}

TEST(TrustedProxiesTest, TheLastAddressThatIsNoProxy_IsTheClient) {
  const TrustedProxies proxies = *TrustedProxies::Parse({"10.0.0.0/8", "fd00::/16"});
  const struct {
    std::string peer;
    std::string forwarded;
    std::string client;
    std::string rest;
  } rows[] = {
      {"10.1.2.3", "203.0.113.9", "203.0.113.9", ""},
      {"10.1.2.3", "198.51.100.1, 203.0.113.9, 10.9.9.9", "203.0.113.9", "198.51.100.1"},
      {"fd00::1", "2001:db8::7", "2001:db8::7", ""},
      {"10.1.2.3", "[2001:db8::7]:4711", "2001:db8::7", ""},
      {"10.1.2.3", "203.0.113.9:4711", "203.0.113.9", ""},
      {"10.1.2.3", "", "10.1.2.3", ""},
      {"10.1.2.3", "unknown", "10.1.2.3", "unknown"},
      {"10.1.2.3", "10.4.4.4", "10.4.4.4", ""},
      // Not a proxy of ours: its word counts for nothing.
      {"203.0.113.200", "198.51.100.1", "203.0.113.200", "198.51.100.1"},
      {"11.0.0.1", "198.51.100.1", "11.0.0.1", "198.51.100.1"},
      {"fd01::1", "198.51.100.1", "fd01::1", "198.51.100.1"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.peer + " " + row.forwarded);
    http::Request request = MakeRequest(row.peer, {{"X-Forwarded-For", row.forwarded}});
    proxies.Unwrap(request);
    EXPECT_EQ(request.remote_address, row.client);
    EXPECT_EQ(request.headers.Find("x-forwarded-for").value_or(""), row.rest);
  }
}

TEST(TrustedProxiesTest, SchemeAndHost_AreTakenFromProxiesOnly) {
  const TrustedProxies proxies = *TrustedProxies::Parse({"10.0.0.1"});
  for (const bool trusted : {true, false}) {
    http::Request request =
        MakeRequest(trusted ? "10.0.0.1" : "10.0.0.2", {{"Host", "gateway:8080"},
                                                        {"X-Forwarded-For", "203.0.113.9"},
                                                        {"X-Forwarded-Proto", "https"},
                                                        {"X-Forwarded-Host", "jobs.example"}});
    proxies.Unwrap(request);
    EXPECT_EQ(request.is_tls, trusted);
    EXPECT_EQ(*request.headers.Find("host"), trusted ? "jobs.example" : "gateway:8080");
  }
}

TEST(TrustedProxiesTest, SeveralFields_AreOneList) {
  const TrustedProxies proxies = *TrustedProxies::Parse({"10.0.0.0/8"});
  http::Request request = MakeRequest(
      "10.0.0.1", {{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-For", "10.0.0.2"}});
  proxies.Unwrap(request);
  EXPECT_EQ(request.remote_address, "203.0.113.9");
}

TEST(AddressKeyTest, Ipv6_CountsBySubscriber) {
  EXPECT_EQ(AddressKey("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(AddressKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(AddressKey("2001:db8:1:2::"), AddressKey("2001:db8:1:2:ffff::1"));
  EXPECT_NE(AddressKey("2001:db8:1:2::"), AddressKey("2001:db8:1:3::"));
}

}  // namespace
}  // namespace jobmesh::gateway::policy
