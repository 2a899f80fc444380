#pragma once

#include <map>
#include <string>

namespace jobmesh::scraper::tasks {

// Session settings of pools that run the queue's statements. They touch few rows of tables that
// grow and shrink a thousandfold within minutes, which statistics do not follow: only the indexes
// are right at every size. And they are planned once: planning them costs more than running them.
inline std::map<std::string, std::string> PlannerSettings() {
  return {{"enable_seqscan", "off"},
          {"enable_hashjoin", "off"},
          {"enable_mergejoin", "off"},
          {"jit", "off"},
          {"plan_cache_mode", "force_generic_plan"}};
}

}  // namespace jobmesh::scraper::tasks
