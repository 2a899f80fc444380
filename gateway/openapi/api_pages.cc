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
#include "runtime/sha256.h"

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
  std::string etag = '"' + runtime::Sha256Hex(body).substr(0, 32) + '"';
  return {std::make_shared<const std::string>(std::move(body)), std::move(etag)};
}

bool NoneMatchHas(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const std::size_t end = std::min(if_none_match.find(','), if_none_match.size());
    std::string_view member = if_none_match.substr(0, end);
    if_none_match.remove_prefix(std::min(end + 1, if_none_match.size()));
    while (member.starts_with(' ') || member.starts_with('\t')) member.remove_prefix(1);
    while (member.ends_with(' ') || member.ends_with('\t')) member.remove_suffix(1);
    // The comparison is the weak one.
    if (member.starts_with("W/")) member.remove_prefix(2);
    if (member == "*" || member == etag) return true;
  }
  return false;
}

http::Response Answer(const http::Request& request, const Page& page,
                      std::string_view content_type) {
  http::Response response;
  response.headers.Add("ETag", page.etag);
  response.headers.Add("Cache-Control", "no-cache");
  response.headers.Add("X-Content-Type-Options", "nosniff");
  if (NoneMatchHas(request.headers.Find("if-none-match").value_or(""), page.etag)) {
    response.status = 304;
    return response;
  }
  response.headers.Add("Content-Type", content_type);
  response.shared_body = page.body;
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
