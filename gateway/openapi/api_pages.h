#pragma once

#include <memory>
#include <string>

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

#include "gateway/http/message.h"
#include "gateway/routes/catalog.h"
#include "gateway/session/live_catalog.h"
#include "gateway/session/own_routes.h"

namespace jobmesh::gateway::openapi {

// Content that is answered as it is until it changes: with an ETag, so that who has it is told so,
// and made shorter for who takes gzip.
struct Page {
  std::shared_ptr<const std::string> body;
  std::shared_ptr<const std::string> gzip;
  std::string etag;

  static Page Of(std::string body);
};

// The response to a GET of a page: 200, or 304 for who has it.
http::Response Answer(const http::Request& request, const Page& page,
                      std::string_view content_type);

// The OpenAPI document of the catalog as it is now, made once for each catalog. Thread-safe.
class DocumentPage {
 public:
  explicit DocumentPage(session::CurrentCatalog catalog) : current_(std::move(catalog)) {}

  Page Get();

 private:
  const session::CurrentCatalog current_;
  absl::Mutex mutex_;
  std::shared_ptr<const routes::Catalog> catalog_ ABSL_GUARDED_BY(mutex_);  // that page_ is of
  Page page_ ABSL_GUARDED_BY(mutex_);
};

// Adds `/openapi.json`, and the page to read it and try it out, `/docs`, with what it is made of.
// `/backend/docs` is the same page.
void AddApiPages(const session::CurrentCatalog& catalog, session::OwnRoutes& own_routes);

}  // namespace jobmesh::gateway::openapi
