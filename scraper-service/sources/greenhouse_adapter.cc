#include "scraper-service/sources/greenhouse_adapter.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "scraper-service/fetch/text.h"
#include "scraper-service/sources/crawl_session.h"
#include "scraper-service/sources/json_fields.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;

using Purpose = CrawlSession::Purpose;

constexpr double kCents = 100.0;

std::string WithContent(const std::string& url) {
  if (url.find("content=true") != std::string::npos) return url;
  return url + (url.find('?') == std::string::npos ? "?" : "&") + "content=true";
}

std::string JobUrl(const std::string& board_url, const std::string& id) {
  return board_url.substr(0, board_url.find('?')) + "/" + id + "?pay_transparency=true";
}

// Several ranges are several places or levels of one job: together they span its pay.
void ReadPay(const json& job, RawPosting& posting) {
  const json& ranges = Field(job, "pay_input_ranges");
  if (!ranges.is_array()) return;
  for (const auto& range : ranges) {
    const auto min = Number(Field(range, "min_cents"));
    const auto max = Number(Field(range, "max_cents"));
    const std::string currency = TextField(range, "currency_type");
    if ((!min && !max) || (posting.salary && posting.salary->currency != currency)) continue;
    if (!posting.salary) {
      posting.salary.emplace();
      posting.salary->currency = currency;
    }
    auto& salary = *posting.salary;
    if (min) salary.min = std::min(salary.min.value_or(*min / kCents), *min / kCents);
    if (max) salary.max = std::max(salary.max.value_or(*max / kCents), *max / kCents);
    // The API states no period; the title of the range often does ("Annual Salary Range").
    if (salary.period.empty()) salary.period = SalaryPeriod(TextField(range, "title"));
  }
}

// Fields that the employer defined, known only by their names.
void ReadMetadata(const json& job, RawPosting& posting) {
  const json& metadata = Field(job, "metadata");
  if (!metadata.is_array()) return;
  for (const auto& field : metadata) {
    const std::string name = fetch::AsciiLower(TextField(field, "name"));
    auto value = JoinedText(Field(field, "value"));
    if (!value) continue;
    const auto names = [&](const char* word) { return name.find(word) != std::string::npos; };
    if (names("employment type") || names("job type") || names("time type")) {
      posting.employment_type_text = std::move(value);
    } else if (names("workplace") || names("work mode") || names("remote")) {
      posting.remote_text = std::move(value);
    }
  }
}

RawPosting ReadJob(const json& job, const SourceConfig& source) {
  RawPosting posting;
  posting.native_id = TextField(job, "id");
  posting.url = TextField(job, "absolute_url");
  posting.title = UnescapeEntities(TextField(job, "title"));
  posting.company = TextField(job, "company_name");
  if (posting.company.empty()) posting.company = source.StringOption("company");
  posting.location = TextField(Field(job, "location"), "name");
  const json& offices = Field(job, "offices");
  if (posting.location.empty() && offices.is_array() && !offices.empty()) {
    posting.location = TextField(offices.front(), "location");
  }
  posting.posted_text = Text(Field(job, "first_published"));
  if (!posting.posted_text) posting.posted_text = Text(Field(job, "updated_at"));
  SetDescription(posting, TextField(job, "content"));
  ReadMetadata(job, posting);
  ReadPay(job, posting);
  return posting;
}

// A post that only gathers applicants has no job behind it.
bool IsProspectPost(const json& job) {
  return job.contains("internal_job_id") && job["internal_job_id"].is_null();
}

}  // namespace

std::vector<OptionSpec> GreenhouseAdapter::options() const {
  return {{"company", OptionSpec::Type::kString}, {"pay_ranges", OptionSpec::Type::kBool}};
}

Outcome GreenhouseAdapter::Crawl(const SourceConfig& source, fetch::Fetcher& fetcher,
                                 PostingSink& sink, CrawlContext& context) const {
  CrawlSession session(source, fetcher, sink, context);
  fetch::FetchResult page;
  const auto board = session.FetchJson(
      WithContent(source.url),
      source.BoolOption("pay_ranges") ? Purpose::kLinks : Purpose::kPostings, page);
  if (!board) return session.Finish();
  const json& jobs = Field(*board, "jobs");
  if (!jobs.is_array()) {
    session.Fail(page.final_url, "no \"jobs\" array: " + page.body_utf8.substr(0, 80));
    return session.Finish();
  }
  session.Recognise();
  const bool pay_ranges = source.BoolOption("pay_ranges");
  std::vector<std::string> job_urls;
  for (const auto& job : jobs) {
    if (!job.is_object()) {
      session.Fail(page.final_url, "a job that is no object: " + job.dump().substr(0, 80));
    } else if (IsProspectPost(job)) {
      continue;
    } else if (!job.contains("content")) {
      session.Fail(page.final_url, "job " + TextField(job, "id") + " has no content");
    } else if (pay_ranges && !job.contains("pay_input_ranges")) {
      job_urls.push_back(JobUrl(source.url, TextField(job, "id")));
    } else {
      session.Accept(page, ReadJob(job, source));
    }
  }
  session.FetchEach(job_urls, "application/json", [&](const fetch::FetchResult& job_page) {
    const auto job = json::parse(job_page.body_utf8, nullptr, /*allow_exceptions=*/false);
    if (!job.is_object()) {
      session.Fail(job_page.final_url, "not a job: " + job_page.body_utf8.substr(0, 80));
      return;
    }
    session.Accept(job_page, ReadJob(job, source));
  });
  // With pay ranges the list must come again next time: an unchanged list does not mean unchanged
  // jobs.
  if (job_urls.empty()) session.PageDone(page);
  return session.Finish();
}

}  // namespace jobmesh::scraper::sources
