// What sections B to D of gateway/rule_cases leave to say of the table of routes.

#include "gateway/routes/route_table.h"

#include <string>

#include <gtest/gtest.h>

#include "gateway/routes/testdata/paths.h"

namespace jobmesh::gateway::routes {
namespace {

using testdata::Result;
using testdata::RouteOf;
using testdata::TableOf;

TEST(RouteTable, ADeadEnd_DoesNotHideTheRest) {
  for (const auto& templates : {std::vector<std::string>{"/x/y/z", "/x/*/w", "/{a=**}/v"},
                                std::vector<std::string>{"/{a=**}/v", "/x/*/w", "/x/y/z"}}) {
    const RouteTable table = TableOf(templates);
    EXPECT_EQ(Result(table, "/x/y/w"), "/x/*/w");
    EXPECT_EQ(Result(table, "/x/y/v"), "/{a=**}/v a=\"x/y\"");
  }
}

TEST(RouteTable, ASequenceOfUtf8CutByASlash_IsNoText) {
  EXPECT_EQ(Result(TableOf({"/{a}/{b}"}), "/%C3/%A9"), "400");
  EXPECT_EQ(Result(TableOf({"/{a=**}"}), "/%C3/%A9"), "400");
}

TEST(RouteTable, Verbs_AreComparedDecodedButTheirColonMustStand) {
  const RouteTable table = TableOf({"/{a}:caf%C3%A9", "/{a}:x:y", "/{a}"});
  EXPECT_EQ(Result(table, "/1:caf%c3%A9"), "/{a}:caf%C3%A9 a=\"1\"");
  EXPECT_EQ(Result(table, "/1:%78%3Ay"), "/{a}:x:y a=\"1\"");
  EXPECT_EQ(Result(table, "/1%3Ax:y"), "/{a} a=\"1:x:y\"");
}

TEST(RouteTable, Literals_AreComparedDecoded) {
  EXPECT_EQ(Result(TableOf({"/caf%C3%A9"}), "/caf%c3%A9"), "/caf%C3%A9");
}

TEST(RouteTable, Head_IsServedByGet) {
  RouteTable table = TableOf({"/a", "/b"});
  ASSERT_TRUE(table.Add(RouteOf("HEAD", "/b")).ok());
  EXPECT_EQ(Result(table, "/a", "HEAD"), "/a");
  const RouteResult own = table.Match("HEAD", "/b");
  EXPECT_EQ(std::get<RouteMatch>(own).route->http_method, "HEAD");
}

TEST(RouteTable, Head_IsNotServedByAGetThatHasAnEffect) {
  MethodPolicy policy;
  policy.idempotency = options::v1::NOT_IDEMPOTENT;
  Route route = RouteOf("GET", "/start");
  route.policy = std::make_shared<const MethodPolicy>(policy);
  RouteTable table;
  ASSERT_TRUE(table.Add(std::move(route)).ok());
  EXPECT_EQ(Result(table, "/start"), "/start");
  EXPECT_EQ(Result(table, "/start", "HEAD"), "405 GET");
}

TEST(RouteTable, AnyMethod_MatchesEachButNoWebSocket) {
  const RouteTable table = TableOf({"/a"}, "*");
  EXPECT_EQ(Result(table, "/a", "PROPFIND"), "/a");
  EXPECT_EQ(Result(table, "/a", kWebSocketMethod), "405 *");
}

TEST(RouteTable, WebSocketAlone_AllowsNoMethod) {
  const RouteTable table = TableOf({"/ws"}, kWebSocketMethod);
  EXPECT_EQ(Result(table, "/ws", kWebSocketMethod), "/ws");
  EXPECT_EQ(Result(table, "/ws", "GET"), "405");
}

TEST(RouteTable, TwoRoutesOfOneShape_AreRefusedAndNamed) {
  RouteTable table = TableOf({"/a/{x}/b", "/{name=c/*}:verb", "/d/**"});
  for (const char* path : {"/a/{other}/b", "/c/{y}:verb", "/d/{z=**}"}) {
    const absl::Status status = table.Add(RouteOf("GET", path));
    EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists) << path;
    EXPECT_NE(status.message().find(path), std::string::npos) << status;
  }
  EXPECT_NE(table.Add(RouteOf("GET", "/a/{q}/b")).message().find("/a/{x}/b"), std::string::npos);
  EXPECT_TRUE(table.Add(RouteOf("POST", "/a/{x}/b")).ok());
  EXPECT_EQ(table.routes().size(), 4u);
}

}  // namespace
}  // namespace jobmesh::gateway::routes
