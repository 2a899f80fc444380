#include "gateway/policy/entity_tag.h"

#include "runtime/sha256.h"

namespace jobmesh::gateway::policy {
namespace {

std::string_view WithoutWeakness(std::string_view tag) {
  return tag.substr(0, 2) == "W/" ? tag.substr(2) : tag;
}

}  // namespace

std::string EntityTagOf(std::string_view body) {
  return "\"" + runtime::Sha256Hex(body).substr(0, 32) + "\"";
}

std::string CodedEntityTag(std::string_view tag, std::string_view coding) {
  std::string coded(tag.substr(0, tag.size() - 1));
  coded.append("-").append(coding).append("\"");
  return coded;
}

bool NoneMatchHolds(std::string_view if_none_match, std::string_view tag) {
  const std::string_view wanted = WithoutWeakness(tag);
  std::string_view rest = if_none_match;
  while (true) {
    const auto start = rest.find_first_not_of(" \t,");
    if (start == std::string_view::npos) {
      return false;
    }
    rest.remove_prefix(start);
    if (rest[0] == '*') {
      return true;
    }
    // A tag may hold commas between its quotes.
    const auto open = rest.find('"');
    const auto close = open == std::string_view::npos ? open : rest.find('"', open + 1);
    if (close == std::string_view::npos) {
      return false;
    }
    if (WithoutWeakness(rest.substr(0, close + 1)) == wanted) {
      return true;
    }
    rest.remove_prefix(close + 1);
  }
}

}  // namespace jobmesh::gateway::policy
