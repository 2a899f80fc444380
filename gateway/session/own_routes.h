#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/message.h"
#include "gateway/session/live_catalog.h"

namespace jobmesh::gateway::session {

// The paths that the gateway answers itself, with GET and HEAD. They come before the routes of the
// mesh, so no service can take one over. Add is for wiring, before the first request; Find is
// thread-safe.
class OwnRoutes {
 public:
  // Called on an I/O thread; must not block. The server leaves the body out of answers to HEAD.
  using Answer = std::function<http::Response(const http::Request&)>;

  // What Find found. `answer` is null when the path does not take the method: 405.
  struct Found {
    const std::string& path;  // as added: the label of its metrics
    const Answer* answer;
  };

  // `path` is fixed, begins with a slash and has none at its end, `/` aside. An earlier answer of
  // the same path is replaced.
  void Add(std::string path, Answer answer);

  // Nothing when the path is not the gateway's own. Slashes at the end do not count.
  std::optional<Found> Find(std::string_view method, std::string_view path) const;

  // What own paths take, for the Allow header.
  static const std::vector<std::string>& Methods();

 private:
  std::map<std::string, Answer, std::less<>> answers_;
};

// `/`: the routes of the mesh as JSON; the way to `/docs` for who accepts HTML rather. `/status`:
// whether this gateway takes requests.
void AddIndexAndStatus(CurrentCatalog catalog, std::function<bool()> draining,
                       OwnRoutes& own_routes);

}  // namespace jobmesh::gateway::session
