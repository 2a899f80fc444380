#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <absl/container/flat_hash_map.h>
#include <absl/container/inlined_vector.h>
#include <absl/status/status.h>

#include "gateway/routes/route.h"
#include "gateway/transcode/percent_encoding.h"

namespace jobmesh::gateway::routes {

// A variable of the path with its value: decoded, UTF-8 without NUL.
struct PathVariable {
  const transcode::FieldPath* field;
  std::string value;
};

// What a request's method and path lead to.
struct RouteMatch {
  const Route* route;
  absl::InlinedVector<PathVariable, 4> variables;
};
struct RouteNotFound {};
// The path exists with other methods: 405.
struct MethodNotAllowed {
  // For the Allow header, sorted. Empty when the path is only a WebSocket: 426.
  std::vector<std::string> allow;
};
// The path is not one: 400.
struct BadPath {
  std::string reason;
};
using RouteResult = std::variant<RouteMatch, RouteNotFound, MethodNotAllowed, BadPath>;

// How paths are read where google/api/http.proto and its implementations leave a choice.
struct PathOptions {
  // Which escapes stay in the value of a variable of several segments; one of a single segment is
  // always decoded fully.
  transcode::PercentDecoding multi_segment = transcode::PercentDecoding::kKeepReserved;
  // A `:verb` at the end that no template has is part of the last segment; otherwise there is
  // nothing at such a path.
  bool unknown_verb_is_text = true;
};

// Finds the route of a request. Whatever order they were added in, the most specific template wins:
// from left to right a literal before `*` before `**`, after `**` the longest run of literals, and
// a verb before no verb. Build it with Add, then share it: Match is const and thread-safe.
//
// The time of Match is linear in the length of the path plus the number of templates that start
// alike; nothing recurses.
class RouteTable {
 public:
  explicit RouteTable(const PathOptions& options = {}) : options_(options) {}
  RouteTable(RouteTable&&) = default;
  RouteTable& operator=(RouteTable&&) = default;

  // Errors: ALREADY_EXISTS, naming both, when a route of the same method and shape (names of
  // variables aside) is there.
  absl::Status Add(Route route);

  // `path` is the target of the request, percent-encoded; a query is cut off. Slashes at the end do
  // not count. A HEAD is served by GET routes.
  RouteResult Match(std::string_view method, std::string_view path) const;

  // In the order they were added.
  const std::vector<std::unique_ptr<const Route>>& routes() const { return routes_; }

 private:
  using ByMethod = std::vector<std::pair<std::string, const Route*>>;
  // Templates that go on with `**` and then only literals.
  struct Deep {
    std::vector<std::string> suffix;
    ByMethod routes;
  };
  struct Node {
    absl::flat_hash_map<std::string, std::unique_ptr<Node>> literals;
    std::unique_ptr<Node> any;
    ByMethod exact;
    std::vector<Deep> deep;  // longest suffix first
  };
  struct VerbTree {
    std::string verb;
    Node root;
  };
  struct RequestPath;

  Node* Root(const std::string& verb);
  ByMethod* Leaf(const PathTemplate& path);
  // Calls `visit` with the routes of each template that fits, most specific first, until it answers
  // true.
  template <typename Visit>
  static bool Search(const Node& root, const RequestPath& path, const Visit& visit);
  // The same over the trees of the verbs the path may end in, then of none.
  template <typename Visit>
  bool SearchVerbs(RequestPath* path, const Visit& visit) const;
  RouteResult BindVariables(const Route& route, const RequestPath& path) const;

  PathOptions options_;
  std::vector<std::unique_ptr<const Route>> routes_;
  Node plain_;
  std::vector<std::unique_ptr<VerbTree>> verbs_;  // longest first
};

}  // namespace jobmesh::gateway::routes
