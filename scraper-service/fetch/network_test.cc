#include "scraper-service/fetch/network.h"

#include <gtest/gtest.h>

namespace jobmesh::scraper::fetch {
namespace {

class FixedResolver final : public Resolver {
 public:
  explicit FixedResolver(std::vector<std::string> addresses) : addresses_(std::move(addresses)) {}
  absl::StatusOr<std::vector<IpAddress>> Resolve(const std::string&) override {
    std::vector<IpAddress> parsed;
    for (const auto& address : addresses_) parsed.push_back(*IpAddress::Parse(address));
    return parsed;
  }

 private:
  std::vector<std::string> addresses_;
};

TEST(IpAddressTest, IsPublic_RefusesSpecialPurposeNetworks) {
  for (const char* text : {"0.0.0.0",
                           "10.1.2.3",
                           "100.64.0.1",
                           "127.0.0.1",
                           "127.9.9.9",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "198.18.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::127.0.0.1",
                           "64:ff9b::a00:1",
                           "2002:7f00:1::",
                           "fc00::1",
                           "fd12::1",
                           "fe80::1",
                           "ff02::1"}) {
    ASSERT_TRUE(IpAddress::Parse(text)) << text;
    EXPECT_FALSE(IpAddress::Parse(text)->IsPublic()) << text;
  }
}

TEST(IpAddressTest, IsPublic_AcceptsInternetAddresses) {
  for (const char* text : {"1.1.1.1", "172.15.0.1", "172.32.0.1", "9.255.255.255", "100.128.0.1",
                           "2606:4700::1111", "::ffff:8.8.8.8"}) {
    EXPECT_TRUE(IpAddress::Parse(text)->IsPublic()) << text;
  }
}

TEST(NetworksTest, Parse_ReadsEveryForm) {
  const auto networks = ParseNetworks(" 10.0.0.0/8, ::1 ,127.0.0.1:8099,[fd00::1]:80, ");
  ASSERT_TRUE(networks.ok()) << networks.status();
  ASSERT_EQ(networks->size(), 4u);
  EXPECT_TRUE((*networks)[0].Contains(*IpAddress::Parse("10.200.0.1"), 80));
  EXPECT_FALSE((*networks)[0].Contains(*IpAddress::Parse("11.0.0.1"), 80));
  EXPECT_TRUE((*networks)[1].Contains(*IpAddress::Parse("::1"), 5));
  EXPECT_TRUE((*networks)[2].Contains(*IpAddress::Parse("127.0.0.1"), 8099));
  EXPECT_FALSE((*networks)[2].Contains(*IpAddress::Parse("127.0.0.1"), 8098));
  EXPECT_TRUE((*networks)[3].Contains(*IpAddress::Parse("fd00::1"), 80));
}

TEST(NetworksTest, Parse_NamesTheBadEntry) {
  for (const char* text :
       {"localhost", "10.0.0.0/33", "10.0.0.0/", "1.2.3.4:0", "[::1]", "1.2.3"}) {
    const auto networks = ParseNetworks(std::string("10.0.0.0/8,") + text);
    ASSERT_FALSE(networks.ok()) << text;
    EXPECT_NE(std::string(networks.status().message()).find(text), std::string::npos);
  }
}

TEST(CheckedAddressTest, OneBadAddressOfSeveral_IsRefused) {
  FixedResolver resolver({"1.1.1.1", "10.0.0.1"});
  EXPECT_EQ(CheckedAddress(resolver, "example.com", 80, {}).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const auto allowed = *ParseNetworks("10.0.0.0/8");
  EXPECT_TRUE(CheckedAddress(resolver, "example.com", 80, allowed).ok());
}

}  // namespace
}  // namespace jobmesh::scraper::fetch
