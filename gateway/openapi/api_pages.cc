#include "gateway/openapi/api_pages.h"

#include <string_view>
#include <utility>

#include "calls_js.h"
#include "page_css.h"
#include "page_html.h"
#include "page_js.h"
#include "schemas_js.h"
#include "text_js.h"

#include "gateway/openapi/document.h"
#include "gateway/policy/content_coding.h"
#include "gateway/policy/entity_tag.h"

namespace jobmesh::gateway::openapi {
namespace {

constexpr char kHtml[] = "text/html; charset=utf-8";
constexpr char kScript[] = "text/javascript; charset=utf-8";
constexpr char kStyle[] = "text/css; charset=utf-8";

// The page needs nothing but its own files and the API.
constexpr char kContentSecurityPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' "
    "data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

void AddFile(session::OwnRoutes& own_routes, const std::string& path, std::string_view bytes,
             const char* content_type) {
  own_routes.Add(path,
                 [page = Page::Of(std::string(bytes)), content_type](const http::Request& request) {
                   http::Response response = Answer(request, page, content_type);
                   response.headers.Add("Content-Security-Policy", kContentSecurityPolicy);
                   response.headers.Add("Referrer-Policy", "no-referrer");
                   return response;
                 });
}

}  // namespace

Page Page::Of(std::string body) {
  std::string etag = policy::EntityTagOf(body);
  auto gzip = std::make_shared<const std::string>(policy::Gzip(body, policy::kGzipKept));
  return {std::make_shared<const std::string>(std::move(body)), std::move(gzip), std::move(etag)};
}

http::Response Answer(const http::Request& request, const Page& page,
                      std::string_view content_type) {
  const bool is_coded = policy::ChooseCoding(request.headers.Find("accept-encoding")).gzip;
  const std::string etag = is_coded ? policy::CodedEntityTag(page.etag, "gzip") : page.etag;
  http::Response response;
  response.headers.Add("ETag", etag);
  response.headers.Add("Cache-Control", "no-cache");
  response.headers.Add("Vary", "Accept-Encoding");
  response.headers.Add("X-Content-Type-Options", "nosniff");
  if (policy::NoneMatchHolds(request.headers.Find("if-none-match").value_or(""), etag)) {
    response.status = 304;
    return response;
  }
  response.headers.Add("Content-Type", content_type);
  if (is_coded) {
    response.headers.Add("Content-Encoding", "gzip");
  }
  response.shared_body = is_coded ? page.gzip : page.body;
  return response;
}

Page DocumentPage::Get() {
  std::shared_ptr<const routes::Catalog> catalog = current_();
  absl::MutexLock lock(&mutex_);
  if (catalog != catalog_) {
    page_ = Page::Of(BuildDocument(*catalog).dump(-1, ' ', false, Json::error_handler_t::replace) +
                     "\n");
    catalog_ = std::move(catalog);
  }
  return page_;
}

void AddApiPages(const session::CurrentCatalog& catalog, session::OwnRoutes& own_routes) {
  auto document = std::make_shared<DocumentPage>(catalog);
  own_routes.Add("/openapi.json", [document](const http::Request& request) {
    return Answer(request, document->Get(), "application/json");
  });
  AddFile(own_routes, "/docs", page::PageHtml(), kHtml);
  AddFile(own_routes, "/backend/docs", page::PageHtml(), kHtml);
  AddFile(own_routes, "/docs/page.css", page::PageCss(), kStyle);
  AddFile(own_routes, "/docs/page.js", page::PageJs(), kScript);
  AddFile(own_routes, "/docs/calls.js", page::CallsJs(), kScript);
  AddFile(own_routes, "/docs/schemas.js", page::SchemasJs(), kScript);
  AddFile(own_routes, "/docs/text.js", page::TextJs(), kScript);
}

}  // namespace jobmesh::gateway::openapi
