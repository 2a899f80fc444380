#include "gateway/session/own_routes.h"

#include <string>

#include "nlohmann/json.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jobmesh::gateway::session {
namespace {

http::Response Call(const OwnRoutes& own, const std::string& path, const char* accept = "*/*") {
  http::Request request;
  request.headers.Add("Accept", accept);
  request.method = "GET";
  request.target = path;
  const std::optional<OwnRoutes::Found> found = own.Find("GET", path);
  EXPECT_TRUE(found && found->answer != nullptr) << path;
  return found && found->answer != nullptr ? (*found->answer)(request) : http::Response();
}

TEST(OwnRoutesTest, GetAndHead_AreAnswered_OtherMethodsAreNot) {
  OwnRoutes own;
  own.Add("/page", [](const http::Request&) { return http::MakeResponse(200, "text/plain", "x"); });
  for (const char* method : {"GET", "HEAD"}) {
    const auto found = own.Find(method, "/page");
    ASSERT_TRUE(found) << method;
    EXPECT_NE(found->answer, nullptr) << method;
  }
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "get"}) {
    const auto found = own.Find(method, "/page");
    ASSERT_TRUE(found) << method;
    EXPECT_EQ(found->answer, nullptr) << method;
  }
  EXPECT_THAT(OwnRoutes::Methods(), ::testing::ElementsAre("GET", "HEAD"));
}

TEST(OwnRoutesTest, OnlyThePathItself_IsFound_SlashesAtItsEndAside) {
  OwnRoutes own;
  own.Add("/page", [](const http::Request&) { return http::Response(); });
  for (const char* path : {"/page", "/page/", "/page//"}) {
    const auto found = own.Find("GET", path);
    ASSERT_TRUE(found) << path;
    EXPECT_EQ(found->path, "/page");
  }
  for (const char* path : {"/", "", "/pages", "/page/x", "page", "/Page"}) {
    EXPECT_FALSE(own.Find("GET", path)) << path;
  }
}

TEST(OwnRoutesTest, Status_Is503WhileDraining) {
  OwnRoutes own;
  bool draining = false;
  AddIndexAndStatus([] { return routes::Catalog::Build({}); }, [&] { return draining; }, own);
  EXPECT_EQ(Call(own, "/status").status, 200);
  EXPECT_EQ(Call(own, "/status").body, R"({"msg":"Gateway is running!"})");
  draining = true;
  EXPECT_EQ(Call(own, "/status").status, 503);
  EXPECT_EQ(Call(own, "/status").body, R"({"msg":"Gateway is draining"})");
}

TEST(OwnRoutesTest, Index_ListsTheRoutesOfTheCatalogOfNow) {
  OwnRoutes own;
  int asked = 0;
  AddIndexAndStatus(
      [&] {
        ++asked;
        return routes::Catalog::Build({});
      },
      [] { return false; }, own);
  const nlohmann::json index = nlohmann::json::parse(Call(own, "/").body);
  EXPECT_EQ(index["service"], "gateway");
  EXPECT_EQ(index["routes"], nlohmann::json::array());
  Call(own, "/");
  EXPECT_EQ(asked, 2);
}

TEST(OwnRoutesTest, Browsers_AreLedToThePageAboutTheApi) {
  OwnRoutes own;
  AddIndexAndStatus([] { return routes::Catalog::Build({}); }, [] { return false; }, own);
  const http::Response page =
      Call(own, "/", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
  EXPECT_EQ(page.status, 302);
  EXPECT_EQ(page.headers.Find("location"), "/docs");
  for (const char* accept : {"*/*", "application/json", "application/json, text/html;q=0.9"}) {
    const http::Response index = Call(own, "/", accept);
    EXPECT_EQ(index.status, 200) << accept;
    EXPECT_EQ(index.headers.Find("vary"), "Accept") << accept;
  }
}

}  // namespace
}  // namespace jobmesh::gateway::session
