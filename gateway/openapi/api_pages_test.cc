#include "gateway/openapi/api_pages.h"

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/openapi/schemas.h"

namespace jobmesh::gateway::openapi {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

http::Request Get(const std::string& path, const std::string& if_none_match = "") {
  http::Request request;
  request.method = "GET";
  request.target = path;
  if (!if_none_match.empty()) request.headers.Add("If-None-Match", if_none_match);
  return request;
}

class ApiPagesTest : public ::testing::Test {
 protected:
  ApiPagesTest() {
    AddApiPages([this] { return catalog_; }, routes_);
  }

  http::Response Answer(const std::string& path, const std::string& if_none_match = "") {
    const auto found = routes_.Find("GET", path);
    EXPECT_TRUE(found.has_value() && found->answer != nullptr) << path;
    return (*found->answer)(Get(path, if_none_match));
  }

  std::shared_ptr<const routes::Catalog> catalog_ = routes::Catalog::Build({});
  session::OwnRoutes routes_;
};

std::string HeaderOf(const http::Response& response, std::string_view name) {
  return std::string(response.headers.Find(name).value_or(""));
}

TEST_F(ApiPagesTest, Document_IsJsonThatHasToBeAskedForAgain) {
  const http::Response response = Answer("/openapi.json");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(HeaderOf(response, "content-type"), "application/json");
  EXPECT_EQ(HeaderOf(response, "cache-control"), "no-cache");
  EXPECT_EQ(Json::parse(response.content())["openapi"], "3.1.0");
}

TEST_F(ApiPagesTest, WhoTakesGzip_GetsLessWithATagOfItsOwn) {
  const auto found = routes_.Find("GET", "/docs/page.js");
  ASSERT_TRUE(found && found->answer != nullptr);
  http::Request request = Get("/docs/page.js");
  request.headers.Add("Accept-Encoding", "br, gzip");
  const http::Response coded = (*found->answer)(request);
  const http::Response plain = Answer("/docs/page.js");
  EXPECT_EQ(HeaderOf(coded, "content-encoding"), "gzip");
  EXPECT_EQ(HeaderOf(plain, "content-encoding"), "");
  EXPECT_EQ(HeaderOf(plain, "vary"), "Accept-Encoding");
  EXPECT_LT(coded.content().size(), plain.content().size() / 2);
  EXPECT_NE(HeaderOf(coded, "etag"), HeaderOf(plain, "etag"));
  request.headers.Add("If-None-Match", HeaderOf(coded, "etag"));
  EXPECT_EQ((*found->answer)(request).status, 304);
}

TEST_F(ApiPagesTest, WhoHasTheDocument_IsToldSo) {
  const std::string etag = HeaderOf(Answer("/openapi.json"), "etag");
  const http::Response response = Answer("/openapi.json", etag);
  EXPECT_EQ(response.status, 304);
  EXPECT_EQ(response.content(), "");
  EXPECT_EQ(HeaderOf(response, "etag"), etag);
  EXPECT_EQ(Answer("/openapi.json", "\"of another mesh\"").status, 200);
}

TEST_F(ApiPagesTest, Document_IsMadeOncePerCatalog) {
  DocumentPage document([this] { return catalog_; });
  const Page first = document.Get();
  EXPECT_EQ(document.Get().body, first.body);  // the same bytes in the same place
  catalog_ = routes::Catalog::Build({});
  const Page second = document.Get();
  EXPECT_NE(second.body, first.body);
  EXPECT_EQ(second.etag, first.etag);  // what it says has not changed
}

TEST_F(ApiPagesTest, Page_MayLoadFromItsOwnOriginOnly) {
  for (const char* path : {"/docs", "/backend/docs"}) {
    const http::Response response = Answer(path);
    EXPECT_EQ(HeaderOf(response, "content-type"), "text/html; charset=utf-8");
    EXPECT_THAT(HeaderOf(response, "content-security-policy"), HasSubstr("default-src 'none'"));
    EXPECT_THAT(response.content(), Not(HasSubstr("<script>")));
    EXPECT_THAT(response.content(), Not(HasSubstr("<style")));
    EXPECT_THAT(response.content(), Not(HasSubstr("https://")));
  }
}

TEST_F(ApiPagesTest, EveryFileOfThePage_IsThere) {
  const struct {
    const char* path;
    const char* type;
  } rows[] = {
      {"/docs/page.css", "text/css; charset=utf-8"},
      {"/docs/page.js", "text/javascript; charset=utf-8"},
      {"/docs/calls.js", "text/javascript; charset=utf-8"},
      {"/docs/schemas.js", "text/javascript; charset=utf-8"},
      {"/docs/text.js", "text/javascript; charset=utf-8"},
  };
  for (const auto& row : rows) {
    const http::Response response = Answer(row.path);
    EXPECT_EQ(HeaderOf(response, "content-type"), row.type);
    EXPECT_EQ(HeaderOf(response, "x-content-type-options"), "nosniff");
    EXPECT_FALSE(response.content().empty()) << row.path;
  }
}

}  // namespace
}  // namespace jobmesh::gateway::openapi
