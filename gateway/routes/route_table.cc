#include "gateway/routes/route_table.h"

#include <algorithm>
#include <set>

#include "gateway/transcode/percent_encoding.h"
#include "gateway/transcode/utf8.h"
#include "runtime/strings.h"

namespace jobmesh::gateway::routes {
namespace {

using transcode::PercentDecode;
using transcode::PercentDecoding;

bool NeedsDecoding(std::string_view path) {
  return std::any_of(path.begin(), path.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '%' || byte < 0x20 || byte >= 0x7f;
  });
}

// A HEAD has no effect (RFC 9110 9.2.1), so a GET that says it has one does not serve it.
bool ServesHead(const Route& get) {
  return get.policy == nullptr || get.policy->IsIdempotent("GET");
}

const Route* FindMethod(const std::vector<std::pair<std::string, const Route*>>& routes,
                        std::string_view method) {
  for (const auto& [name, route] : routes) {
    if (name == method) return route;
  }
  if (method == kWebSocketMethod) return nullptr;
  if (method == "HEAD") {
    const Route* get = FindMethod(routes, "GET");
    return get != nullptr && ServesHead(*get) ? get : nullptr;
  }
  for (const auto& [name, route] : routes) {
    if (name == "*") return route;
  }
  return nullptr;
}

}  // namespace

// The segments of a request's path, as they came and decoded for comparing with literals.
struct RouteTable::RequestPath {
  absl::InlinedVector<std::string_view, 16> raw;
  absl::InlinedVector<std::string_view, 16> decoded;
  bool slash_at_end = false;
  std::string buffer;  // of `decoded`

  // What is wrong with the path, or null.
  const char* Split(std::string_view path) {
    if (path.empty() || path.front() != '/') return "the path must start with '/'";
    const bool decode = NeedsDecoding(path);
    const std::size_t last = path.find_last_not_of('/');
    slash_at_end = path.size() > 1 && path.back() == '/';
    path = path.substr(0, last == std::string_view::npos ? 0 : last + 1);
    for (std::size_t at = 0; at < path.size();) {
      const std::size_t slash = std::min(path.find('/', at + 1), path.size());
      raw.push_back(path.substr(at + 1, slash - at - 1));
      at = slash;
    }
    if (!decode) {
      decoded = raw;
      return nullptr;
    }
    // Decoding never grows, so that the views stay valid.
    buffer.reserve(path.size());
    for (const std::string_view segment : raw) {
      const std::size_t before = buffer.size();
      if (!PercentDecode(segment, PercentDecoding::kAll, &buffer)) {
        return "a malformed percent escape in the path";
      }
      decoded.push_back(std::string_view(buffer).substr(before));
      // Each for itself: what a slash cuts is no text, though it may be without the slash.
      if (!transcode::IsUtf8(decoded.back())) return "the path is not UTF-8 text";
    }
    if (buffer.find('\0') != std::string::npos) return "the path is not UTF-8 text";
    return nullptr;
  }

  // The path without `:verb` at its end, if it has that; Restore() with what it answers brings it
  // back. The colon must stand as it is, the verb may be escaped.
  bool TakeVerb(const std::string& verb, std::pair<std::string_view, std::string_view>* taken) {
    if (slash_at_end || raw.empty()) return false;
    std::string_view& text = decoded.back();
    if (text.size() <= verb.size() || text.substr(text.size() - verb.size()) != verb ||
        text[text.size() - verb.size() - 1] != ':') {
      return false;
    }
    const std::size_t colon = ColonBefore(verb, raw.back());
    if (colon == std::string_view::npos) return false;
    *taken = {raw.back(), text};
    raw.back() = raw.back().substr(0, colon);
    text.remove_suffix(verb.size() + 1);
    return true;
  }
  // Where in `segment` the colon is behind which only `verb` stands, escaped or not.
  static std::size_t ColonBefore(const std::string& verb, std::string_view segment) {
    const std::size_t longest = 3 * verb.size();  // every byte escaped
    std::size_t colon = segment.rfind(':');
    std::string rest;
    while (colon != std::string_view::npos && segment.size() - colon - 1 <= longest) {
      rest.clear();
      if (PercentDecode(segment.substr(colon + 1), PercentDecoding::kAll, &rest) && rest == verb) {
        return colon;
      }
      if (colon == 0) break;
      colon = segment.rfind(':', colon - 1);
    }
    return std::string_view::npos;
  }
  // Whether the path ends in any `:verb`.
  bool HasVerb() const {
    return !slash_at_end && !raw.empty() && raw.back().find(':') != std::string_view::npos;
  }
  void Restore(const std::pair<std::string_view, std::string_view>& taken) {
    raw.back() = taken.first;
    decoded.back() = taken.second;
  }
};

RouteTable::Node* RouteTable::Root(const std::string& verb) {
  if (verb.empty()) return &plain_;
  for (const auto& tree : verbs_) {
    if (tree->verb == verb) return &tree->root;
  }
  auto tree = std::make_unique<VerbTree>();
  tree->verb = verb;
  Node* root = &tree->root;
  const auto at = std::find_if(verbs_.begin(), verbs_.end(), [&verb](const auto& other) {
    return other->verb.size() < verb.size();
  });
  verbs_.insert(at, std::move(tree));
  return root;
}

RouteTable::ByMethod* RouteTable::Leaf(const PathTemplate& path) {
  Node* node = Root(path.verb);
  for (std::size_t i = 0; i < path.segments.size(); ++i) {
    const TemplateSegment& segment = path.segments[i];
    if (segment.kind == TemplateSegment::Kind::kDeep) {
      std::vector<std::string> suffix;
      for (++i; i < path.segments.size(); ++i) suffix.push_back(path.segments[i].literal);
      const auto at =
          std::find_if(node->deep.begin(), node->deep.end(), [&suffix](const Deep& deep) {
            return deep.suffix.size() < suffix.size() || deep.suffix == suffix;
          });
      if (at != node->deep.end() && at->suffix == suffix) return &at->routes;
      return &node->deep.insert(at, Deep{std::move(suffix), {}})->routes;
    }
    std::unique_ptr<Node>& next =
        segment.kind == TemplateSegment::Kind::kAny ? node->any : node->literals[segment.literal];
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  return &node->exact;
}

absl::Status RouteTable::Add(Route route) {
  ByMethod* leaf = Leaf(route.path);
  for (const auto& [method, other] : *leaf) {
    if (method == route.http_method) {
      return absl::AlreadyExistsError("two routes of one shape: " + other->Description() + " and " +
                                      route.Description());
    }
  }
  routes_.push_back(std::make_unique<const Route>(std::move(route)));
  leaf->emplace_back(routes_.back()->http_method, routes_.back().get());
  return absl::OkStatus();
}

template <typename Visit>
bool RouteTable::Search(const Node& root, const RequestPath& path, const Visit& visit) {
  // Each node is reached by one way only, so the work is bounded by the size of the tree.
  struct Step {
    const Node* node;
    std::size_t depth;
    bool deep;  // its `**` rather than the node itself
  };
  absl::InlinedVector<Step, 32> steps = {{&root, 0, false}};
  const auto& segments = path.decoded;
  while (!steps.empty()) {
    const Step step = steps.back();
    steps.pop_back();
    const Node& node = *step.node;
    const std::size_t left = segments.size() - step.depth;
    if (step.deep) {
      for (const Deep& deep : node.deep) {
        if (deep.suffix.size() <= left &&
            std::equal(deep.suffix.rbegin(), deep.suffix.rend(), segments.rbegin()) &&
            visit(deep.routes)) {
          return true;
        }
      }
      continue;
    }
    if (left == 0 && !node.exact.empty() && visit(node.exact)) return true;
    if (!node.deep.empty()) steps.push_back({&node, step.depth, true});
    if (left == 0 || segments[step.depth].empty()) continue;
    if (node.any != nullptr) steps.push_back({node.any.get(), step.depth + 1, false});
    const auto literal = node.literals.find(runtime::Av(segments[step.depth]));
    if (literal != node.literals.end()) {
      steps.push_back({literal->second.get(), step.depth + 1, false});
    }
  }
  return false;
}

template <typename Visit>
bool RouteTable::SearchVerbs(RequestPath* path, const Visit& visit) const {
  for (const auto& tree : verbs_) {
    std::pair<std::string_view, std::string_view> taken;
    if (!path->TakeVerb(tree->verb, &taken)) continue;
    // Found: the path stays without the verb, for the variables.
    if (Search(tree->root, *path, visit)) return true;
    path->Restore(taken);
  }
  if (!options_.unknown_verb_is_text && path->HasVerb()) return false;
  return Search(plain_, *path, visit);
}

RouteResult RouteTable::Match(std::string_view method, std::string_view path) const {
  RequestPath request;
  if (const char* problem = request.Split(path.substr(0, path.find('?'))); problem != nullptr) {
    return BadPath{problem};
  }
  const Route* found = nullptr;
  const bool matches = SearchVerbs(&request, [&](const ByMethod& routes) {
    found = FindMethod(routes, method);
    return found != nullptr;
  });
  if (matches) return BindVariables(*found, request);

  bool path_exists = false;
  std::set<std::string> allow;
  SearchVerbs(&request, [&](const ByMethod& routes) {
    path_exists = true;
    for (const auto& [name, route] : routes) {
      if (name == kWebSocketMethod) continue;
      allow.insert(name);
      if (name == "GET" && ServesHead(*route)) allow.insert("HEAD");
    }
    return false;
  });
  if (!path_exists) return RouteNotFound{};
  return MethodNotAllowed{{allow.begin(), allow.end()}};
}

RouteResult RouteTable::BindVariables(const Route& route, const RequestPath& path) const {
  RouteMatch match{.route = &route};
  const std::vector<TemplateSegment>& segments = route.path.segments;
  const auto deep = static_cast<std::size_t>(
      std::find_if(segments.begin(), segments.end(),
                   [](const auto& each) { return each.kind == TemplateSegment::Kind::kDeep; }) -
      segments.begin());
  // Where segment `i` of the template starts in the path; `**` stands for more or fewer than one.
  const auto start = [&](std::size_t i) {
    return i <= deep ? i : i + path.raw.size() - segments.size();
  };
  for (std::size_t i = 0; i < route.variables.size(); ++i) {
    const TemplateVariable& variable = route.path.variables[i];
    const std::size_t begin = start(variable.first);
    const std::size_t end = start(variable.first + variable.count);
    PathVariable bound{.field = &route.variables[i]};
    if (begin < end) {
      const char* const text = path.raw[begin].data();
      const std::string_view last = path.raw[end - 1];
      PercentDecode({text, static_cast<std::size_t>(last.data() + last.size() - text)},
                    variable.multi_segment ? options_.multi_segment : PercentDecoding::kAll,
                    &bound.value);
    }
    match.variables.push_back(std::move(bound));
  }
  return match;
}

}  // namespace jobmesh::gateway::routes
