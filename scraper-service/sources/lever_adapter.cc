#include "scraper-service/sources/lever_adapter.h"

#include "scraper-service/fetch/text.h"
#include "scraper-service/sources/json_list.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;

constexpr int kLeverPageSize = 100;

RawPosting ReadLeverPosting(const json& job, const std::string& company) {
  RawPosting posting;
  posting.native_id = TextField(job, "id");
  posting.url = TextField(job, "hostedUrl");
  posting.title = TextField(job, "text");
  posting.company = company;
  const json& categories = Field(job, "categories");
  posting.location = TextField(categories, "location");
  posting.employment_type_text = Text(Field(categories, "commitment"));
  posting.posted_text = Text(Field(job, "createdAt"));
  const std::string workplace = TextField(job, "workplaceType");
  if (!workplace.empty() && workplace != "unspecified") posting.remote_text = workplace;

  std::string description = TextField(job, "description");
  const json& lists = Field(job, "lists");
  if (lists.is_array()) {
    for (const auto& list : lists) {
      description +=
          "\n<h3>" + TextField(list, "text") + "</h3>\n<ul>" + TextField(list, "content") + "</ul>";
    }
  }
  description += "\n" + TextField(job, "additional");
  SetDescription(posting, std::string(fetch::TrimSpace(description)));

  const json& range = Field(job, "salaryRange");
  if (range.is_object()) {
    posting.salary = RawPosting::Salary{.min = Number(Field(range, "min")),
                                        .max = Number(Field(range, "max")),
                                        .currency = TextField(range, "currency"),
                                        .period = SalaryPeriod(TextField(range, "interval"))};
  }
  return posting;
}

}  // namespace

std::vector<OptionSpec> LeverAdapter::options() const {
  return {{"company", OptionSpec::Type::kString}};
}

Outcome LeverAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher, PostingSink& sink,
                            CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  const std::string company = source.StringOption("company");
  const std::string board = WithParameter(source.url, "mode", "json");
  for (int number = 0; !session.stopped(); ++number) {
    if (number == source.max_pages) {
      session.Truncate("more pages than max_pages");
      break;
    }
    const std::string url =
        WithParameter(WithParameter(board, "limit", std::to_string(kLeverPageSize)), "skip",
                      std::to_string(number * kLeverPageSize));
    const auto jobs = ReadJsonList(
        session, url, CrawlSession::Purpose::kLinks, nullptr,
        [&](const json& job) { return std::optional(ReadLeverPosting(job, company)); });
    if (!jobs || jobs->size() < kLeverPageSize) break;
  }
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
