#include <functional>
#include <map>

#include "scraper-service/sources/adapter.h"
#include "scraper-service/sources/adzuna_adapter.h"
#include "scraper-service/sources/arbeitnow_adapter.h"
#include "scraper-service/sources/ashby_adapter.h"
#include "scraper-service/sources/greenhouse_adapter.h"
#include "scraper-service/sources/hn_hiring_adapter.h"
#include "scraper-service/sources/html_list_adapter.h"
#include "scraper-service/sources/jsonld_adapter.h"
#include "scraper-service/sources/lever_adapter.h"
#include "scraper-service/sources/rabota_adapter.h"
#include "scraper-service/sources/remoteok_adapter.h"
#include "scraper-service/sources/remotive_adapter.h"
#include "scraper-service/sources/rss_adapter.h"
#include "scraper-service/sources/smartrecruiters_adapter.h"
#include "scraper-service/sources/usajobs_adapter.h"
#include "scraper-service/sources/workable_adapter.h"

namespace jobmesh::scraper::sources {
namespace {

using Make = std::unique_ptr<Adapter> (*)();

template <typename AdapterType>
std::unique_ptr<Adapter> MakeOne() {
  return std::make_unique<AdapterType>();
}

const std::map<std::string, Make, std::less<>>& Adapters() {
  static const auto& adapters = *new std::map<std::string, Make, std::less<>>{
      {"adzuna", MakeOne<AdzunaAdapter>},
      {"arbeitnow", MakeOne<ArbeitnowAdapter>},
      {"ashby", MakeOne<AshbyAdapter>},
      {"greenhouse", MakeOne<GreenhouseAdapter>},
      {"hn_hiring", MakeOne<HnHiringAdapter>},
      {"html_list", MakeOne<HtmlListAdapter>},
      {"jsonld", MakeOne<JsonLdAdapter>},
      {"lever", MakeOne<LeverAdapter>},
      {"rabota", MakeOne<RabotaAdapter>},
      {"remoteok", MakeOne<RemoteOkAdapter>},
      {"remotive", MakeOne<RemotiveAdapter>},
      {"rss", MakeOne<RssAdapter>},
      {"smartrecruiters", MakeOne<SmartRecruitersAdapter>},
      {"usajobs", MakeOne<UsaJobsAdapter>},
      {"workable", MakeOne<WorkableAdapter>},
  };
  return adapters;
}

}  // namespace

std::unique_ptr<Adapter> MakeAdapter(std::string_view name) {
  const auto found = Adapters().find(name);
  return found == Adapters().end() ? nullptr : found->second();
}

std::vector<std::string> AdapterNames() {
  std::vector<std::string> names;
  for (const auto& [name, make] : Adapters()) names.push_back(name);
  return names;
}

}  // namespace jobmesh::scraper::sources
