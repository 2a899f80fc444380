// The adapters of APIs whose answers need little more than renaming, one test each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scraper-service/sources/crawl_fixture.h"

namespace jobmesh::scraper::sources {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(LeverAdapterTest, Pages_AreReadUntilAShortOne) {
  Crawl crawl("lever", "https://lever.example/v0/postings/acorn");
  crawl.source.options = {{"company", "Acorn"}};
  nlohmann::json full = nlohmann::json::array();
  for (int i = 0; i < 100; ++i) {
    full.push_back(
        {{"id", "p" + std::to_string(i)}, {"text", "Clerk"}, {"hostedUrl", "https://l"}});
  }
  const std::string base = "https://lever.example/v0/postings/acorn?mode=json&limit=100&skip=";
  crawl.fetcher.Page(base + "0", full.dump());
  crawl.fetcher.Page(base + "100", R"([{"id":"z","text":"Baker","hostedUrl":"https://l/z",
      "categories":{"location":"Graz","commitment":"Part-time"},"workplaceType":"hybrid",
      "createdAt":1790000000000,"opening":"<div>Hi</div>","description":"<div>Hi</div><div>Bake</div>",
      "lists":[{"text":"You","content":"<li>Rise early</li>"}],"additional":"<p>Bye</p>",
      "salaryRange":{"currency":"EUR","interval":"per-month-salary","min":2000,"max":2500}}])");
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  EXPECT_EQ(outcome.parsed, 101);
  const auto baker = crawl.sink.Titled("Baker");
  EXPECT_EQ(baker.company, "Acorn");
  EXPECT_EQ(baker.location, "Graz");
  EXPECT_EQ(baker.remote_text, "hybrid");
  EXPECT_EQ(baker.posted_text, "1790000000000");
  EXPECT_EQ(baker.description,
            "<div>Hi</div><div>Bake</div>\n<h3>You</h3>\n"
            "<ul><li>Rise early</li></ul>\n<p>Bye</p>");
  ASSERT_TRUE(baker.salary);
  EXPECT_EQ(baker.salary->period, "MONTH");
}

TEST(AshbyAdapterTest, UnlistedJobs_AreLeftOut) {
  Crawl crawl("ashby", "https://ashby.example/posting-api/job-board/fern");
  crawl.fetcher.Page(crawl.source.url + "?includeCompensation=true", R"({"apiVersion":"1","jobs":[
      {"id":"u","title":"Hidden","isListed":false,"jobUrl":"https://a/u"},
      {"id":"v","title":"Botanist","isListed":true,"isRemote":true,"location":"Oslo",
       "secondaryLocations":[{"location":"Bergen"}],"employmentType":"FullTime",
       "publishedAt":"2026-10-01T00:00:00Z","jobUrl":"https://a/v","descriptionHtml":"<p>Ferns</p>",
       "address":{"postalAddress":{"addressLocality":"Oslo","addressCountry":"Norway"}},
       "compensation":{"compensationTierSummary":"x","summaryComponents":[
         {"compensationType":"EquityPercentage","minValue":1},
         {"compensationType":"Salary","interval":"1 YEAR","currencyCode":"NOK","minValue":600000,
          "maxValue":700000}]}}]})");
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  ASSERT_EQ(crawl.sink.postings.size(), 1u);
  const auto& posting = crawl.sink.postings[0];
  EXPECT_EQ(posting.location, "Oslo; Bergen");
  EXPECT_EQ(posting.remote_text, "remote");
  ASSERT_TRUE(posting.salary);
  EXPECT_EQ(posting.salary->min, 600000);
  EXPECT_EQ(posting.salary->period, "YEAR");
}

TEST(WorkableAdapterTest, StateIsARegion) {
  Crawl crawl("workable", "https://workable.example/api/accounts/slate?details=true");
  crawl.fetcher.Page(crawl.source.url,
                     R"({"name":"Slate","jobs":[{"title":"Roofer","shortcode":"S1",
      "url":"https://w/S1","city":"Leuven","state":"Brabant","country":"Belgium",
      "experience":"Mid-Senior level","published_on":"2026-09-01","description":"<p>Roofs</p>"}]})");
  EXPECT_EQ(crawl.Run().kind, OutcomeKind::kOk);
  const auto posting = crawl.sink.Titled("Roofer");
  EXPECT_EQ(posting.company, "Slate");
  EXPECT_EQ(posting.location, "Leuven, Brabant, Belgium");
  EXPECT_EQ(posting.seniority_text, "Mid-Senior level");
}

TEST(SmartRecruitersAdapterTest, Descriptions_ComeFromEachPosting) {
  Crawl crawl("smartrecruiters", "https://smart.example/v1/companies/mill/postings");
  crawl.fetcher.Page(crawl.source.url + "?limit=100&offset=0",
                     R"({"offset":0,"limit":100,"totalFound":1,"content":[{"id":"71"}]})");
  crawl.fetcher.Page(crawl.source.url + "/71", R"({"id":"71","name":"Miller","company":
      {"identifier":"mill","name":"The Mill"},"releasedDate":"2026-10-01T10:00:00.000Z","location":
      {"city":"Ghent","region":"","country":"be","remote":false},"typeOfEmployment":{"label":"Full-time"},
      "experienceLevel":{"label":"Associate"},"jobAd":{"sections":{"jobDescription":
      {"title":"The job","text":"<p>Grind</p>"}}}})");
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  const auto posting = crawl.sink.Titled("Miller");
  EXPECT_EQ(posting.url, "https://jobs.smartrecruiters.com/mill/71");
  EXPECT_EQ(posting.location, "Ghent, be");
  EXPECT_THAT(posting.description, HasSubstr("<p>Grind</p>"));
}

TEST(RemotiveAdapterTest, Board_IsRead) {
  Crawl crawl("remotive", "https://remotive.example/api/remote-jobs");
  crawl.fetcher.Page(crawl.source.url, R"({"0-legal-notice":"x","job-count":1,"jobs":[{"id":9,
      "url":"https://r/9","title":"Scribe","company_name":"Quill","job_type":"full_time","salary":"",
      "publication_date":"2026-10-01T10:23:26","candidate_required_location":"Worldwide",
      "tags":["latin"],"description":"<p>Write</p>"}]})");
  EXPECT_EQ(crawl.Run().kind, OutcomeKind::kOk);
  const auto posting = crawl.sink.Titled("Scribe");
  EXPECT_EQ(posting.native_id, "9");
  EXPECT_FALSE(posting.salary_text);
  EXPECT_THAT(posting.tags, ElementsAre("latin"));
}

TEST(RemoteOkAdapterTest, LegalNoticeIsNoPosting_AndZeroIsNoSalary) {
  Crawl crawl("remoteok", "https://remoteok.example/api");
  crawl.fetcher.Page(crawl.source.url, R"([{"last_updated":1,"legal":"Link back"},
      {"id":"1","position":"Pilot","company":"Sky","url":"https://o/1","salary_min":0,"salary_max":0},
      {"id":"2","position":"Diver","company":"Sea","url":"https://o/2","salary_min":50000,
       "salary_max":60000,"tags":["water"],"date":"2026-10-01T00:00:00+00:00"}])");
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  EXPECT_EQ(outcome.parsed, 2);
  EXPECT_FALSE(crawl.sink.Titled("Pilot").salary);
  EXPECT_EQ(crawl.sink.Titled("Diver").salary->max, 60000);
}

TEST(ArbeitnowAdapterTest, NextLinks_AreFollowed) {
  Crawl crawl("arbeitnow", "https://arbeit.example/api/job-board-api");
  crawl.fetcher.Page(crawl.source.url, R"({"data":[{"slug":"a","title":"Setzer","url":"https://n/a",
      "company_name":"Druck","remote":true,"job_types":["full time"],"location":"Mainz",
      "created_at":1790000000}],"links":{"next":"https://arbeit.example/api/job-board-api?page=2"}})");
  crawl.fetcher.Page(crawl.source.url + "?page=2",
                     R"({"data":[{"slug":"b","title":"Drucker","url":"https://n/b"}],
                         "links":{"next":null}})");
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  EXPECT_EQ(outcome.parsed, 2);
  EXPECT_EQ(crawl.sink.Titled("Setzer").posted_text, "1790000000000");
  EXPECT_EQ(crawl.sink.Titled("Setzer").remote_text, "remote");
}

TEST(AdzunaAdapterTest, PredictedSalaries_AreLeftOut_AndMarksTaken) {
  Crawl crawl("adzuna", "https://adzuna.example/v1/api/jobs/gb/search/{page}?app_key=k3y");
  crawl.source.secrets = {"k3y"};
  const std::string base = "https://adzuna.example/v1/api/jobs/gb/search/";
  crawl.fetcher.Page(base + "1?app_key=k3y", R"({"count":3,"results":[
      {"id":"1","title":"<strong>Tanner</strong> &amp; dyer","redirect_url":"https://a/1",
       "company":{"display_name":"Hide"},"created":"2026-10-01T10:00:00Z",
       "location":{"display_name":"Wandsworth, South West London",
         "area":["UK","London","South West London","Wandsworth"]},
       "salary_min":30000,"salary_max":35000.5,"salary_is_predicted":"0",
       "contract_time":"full_time","contract_type":"contract","description":"Tans &hellip;"},
      {"id":"2","title":"Cooper","redirect_url":"https://a/2","salary_min":41234.5,
       "salary_is_predicted":"1","contract_time":"part_time","contract_type":"permanent"}]})");
  crawl.fetcher.Page(base + "2?app_key=k3y", R"({"count":3,"results":[
      {"id":"3","title":"Fuller","redirect_url":"https://a/3","salary_min":0}]})");
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  EXPECT_EQ(outcome.parsed, 3);
  const auto tanner = crawl.sink.Titled("Tanner & dyer");
  EXPECT_EQ(tanner.place->city, "Wandsworth");
  EXPECT_EQ(tanner.place->country, "UK");
  ASSERT_TRUE(tanner.salary);
  EXPECT_EQ(tanner.salary->max, 35000.5);
  EXPECT_EQ(tanner.salary->currency, "GBP");
  EXPECT_EQ(tanner.employment_type_text, "contract");
  EXPECT_FALSE(crawl.sink.Titled("Cooper").salary);
  EXPECT_EQ(crawl.sink.Titled("Cooper").employment_type_text, "part_time");
  EXPECT_FALSE(crawl.sink.Titled("Fuller").salary);
  for (const std::string& page : crawl.sink.pages) EXPECT_EQ(page.find("k3y"), std::string::npos);
}

TEST(AdzunaAdapterTest, RefusedKey_IsBlockedAndShownToNobody) {
  Crawl crawl("adzuna", "https://adzuna.example/jobs/gb/search/{page}?app_key=k3y");
  crawl.source.secrets = {"k3y"};
  const std::string first = "https://adzuna.example/jobs/gb/search/1?app_key=k3y";
  crawl.fetcher.Fail(first, absl::PermissionDeniedError(first + ": answered 401"));
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kBlocked);
  ASSERT_EQ(outcome.samples.size(), 1u);
  EXPECT_THAT(outcome.samples[0], HasSubstr("app_key=***"));
  EXPECT_EQ(outcome.message.find("k3y"), std::string::npos);
}

TEST(UsaJobsAdapterTest, CodesOfPay_AreTold) {
  Crawl crawl("usajobs", "https://usajobs.example/api/Search?Keyword=x");
  const auto item = [](const char* id, const char* code, const char* min) {
    return nlohmann::json{
        {"MatchedObjectId", id},
        {"MatchedObjectDescriptor",
         {{"PositionTitle", std::string("Ranger ") + id},
          {"PositionURI", std::string("https://u/") + id},
          {"OrganizationName", "Parks"},
          {"PositionLocation", nlohmann::json::array({{{"LocationName", "Denver, Colorado"},
                                                       {"CityName", "Denver, Colorado"},
                                                       {"CountrySubDivisionCode", "Colorado"},
                                                       {"CountryCode", "United States"}},
                                                      {{"LocationName", "Boise, Idaho"}}})},
          {"PositionRemuneration",
           nlohmann::json::array(
               {{{"MinimumRange", min}, {"MaximumRange", "60000"}, {"RateIntervalCode", code}}})},
          {"PositionSchedule", nlohmann::json::array({{{"Name", "Full-time"}}})},
          {"ApplicationCloseDate", "2026-12-01T23:59:59.9970"},
          {"UserArea", {{"Details", {{"MajorDuties", {"Walk", "Look"}}}}}}}}};
  };
  nlohmann::json items = nlohmann::json::array({item("1", "PA", "50000"), item("2", "PH", "25.5"),
                                                item("3", "WC", "0"), item("4", "FB", "100")});
  crawl.fetcher.Page(
      crawl.source.url + "&ResultsPerPage=500&Page=1",
      nlohmann::json{{"SearchResult", {{"SearchResultCountAll", 4}, {"SearchResultItems", items}}}}
          .dump());
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  ASSERT_EQ(outcome.parsed, 4);
  const auto first = crawl.sink.Titled("Ranger 1");
  EXPECT_EQ(first.salary->period, "YEAR");
  EXPECT_EQ(first.location, "Denver, Colorado; Boise, Idaho");
  EXPECT_EQ(first.place->city, "Denver");
  EXPECT_THAT(first.description, HasSubstr("<p>Look</p>"));
  EXPECT_EQ(crawl.sink.Titled("Ranger 2").salary->period, "HOUR");
  EXPECT_FALSE(crawl.sink.Titled("Ranger 3").salary);
  EXPECT_FALSE(crawl.sink.Titled("Ranger 4").salary);
}

TEST(LeverAdapterTest, UnspecifiedWorkplace_SaysNothing) {
  Crawl crawl("lever", "https://lever.example/v0/postings/acorn");
  crawl.fetcher.Page(crawl.source.url + "?mode=json&limit=100&skip=0",
                     R"([{"id":"a","text":"Clerk","hostedUrl":"https://l/a",
                          "workplaceType":"unspecified","categories":{}}])");
  EXPECT_EQ(crawl.Run().kind, OutcomeKind::kOk);
  EXPECT_FALSE(crawl.sink.Titled("Clerk").remote_text);
}

TEST(JsonApiTest, ErrorPageInsteadOfTheList_IsAChangedForm) {
  for (const char* adapter : {"lever", "ashby", "workable", "remotive", "remoteok", "arbeitnow",
                              "adzuna", "usajobs", "smartrecruiters", "hn_hiring", "greenhouse"}) {
    Crawl crawl(adapter, "https://api.example/jobs");
    for (const char* query :
         {"", "?content=true", "?mode=json&limit=100&skip=0", "?includeCompensation=true",
          "?details=true", "?ResultsPerPage=500&Page=1", "?limit=100&offset=0"}) {
      crawl.fetcher.Page(crawl.source.url + query, R"({"error":"try again"})");
    }
    EXPECT_EQ(crawl.Run().kind, OutcomeKind::kSchemaChanged) << adapter;
  }
}

TEST(HnHiringAdapterTest, NewestThread_IsReadByItsHeaders) {
  Crawl crawl("hn_hiring",
              "https://hn.example/api/v1/search_by_date?tags=story,author_whoishiring");
  crawl.fetcher.Page(crawl.source.url, R"json({"hits":[
      {"objectID":"11","title":"Ask HN: Who wants to be hired? (October 2026)"
},
      {"objectID":"12","title":"Ask HN: Who is hiring? (October 2026)"}]
})json");
  crawl.fetcher.Page("https://hn.example/api/v1/items/12", R"json({"id":12,"children":[
      {"id":101,"author":"a","created_at":"2026-10-01T15:00:00Z","text":
       "Lantern &amp; Co | Senior Rust Engineer | Tallinn, Estonia | ONSITE or REMOTE (EU) | &euro;70k<p>We light streets."},
      {"id":102,"author":"b","text":null},
      {"id":103,"author":"c","text":"SEEKING WORK | Remote<p>I do things"},
      {"id":104,"author":"d","text":"We are a bakery looking for a web person.<p>Mail us"}]})json");
  const auto outcome = crawl.Run();
  EXPECT_EQ(outcome.kind, OutcomeKind::kOk) << outcome.message;
  ASSERT_EQ(crawl.sink.postings.size(), 2u);
  const auto& lantern = crawl.sink.postings[0];
  EXPECT_EQ(lantern.native_id, "101");
  EXPECT_EQ(lantern.company, "Lantern & Co");
  EXPECT_EQ(lantern.title, "Senior Rust Engineer");
  EXPECT_EQ(lantern.location, "Tallinn, Estonia");
  EXPECT_EQ(lantern.remote_text, "ONSITE or REMOTE (EU)");
  EXPECT_EQ(crawl.sink.postings[1].title, "We are a bakery looking for a web person.");
}

TEST(HnHiringAdapterTest, ACommentThatListsRoles_IsAPostingEach) {
  Crawl crawl("hn_hiring", "https://hn.example/api/v1/items/12");
  crawl.fetcher.Page(crawl.source.url, R"json({"id":12,"children":[
      {"id":101,"author":"a","created_at":"2026-10-01T15:00:00Z","text":
       "Lantern | Multiple roles | Tallinn | REMOTE<p>We light streets.<p>- Rust Engineer ($150k)<p>- Rust Engineer<p>- Product Designer: <a href=\"https:&#x2F;&#x2F;lantern.example&#x2F;2\">apply</a>"}]})json");
  EXPECT_EQ(crawl.Run().kind, OutcomeKind::kOk);
  const auto& postings = crawl.sink.postings;
  ASSERT_EQ(postings.size(), 3u);
  EXPECT_EQ(postings[0].native_id, "101/rust-engineer");
  EXPECT_EQ(postings[1].native_id, "101/rust-engineer-2");
  EXPECT_EQ(postings[2].native_id, "101/product-designer");
  EXPECT_EQ(postings[2].url, "https://lantern.example/2");
  EXPECT_EQ(postings[0].url, "https://news.ycombinator.com/item?id=101#rust-engineer");
  for (const auto& posting : postings) {
    EXPECT_EQ(posting.company, "Lantern");
    EXPECT_EQ(posting.remote_text, "REMOTE");
  }
  EXPECT_EQ(postings[0].title, "Rust Engineer");
  EXPECT_EQ(postings[0].salary_text, "($150k)");
  EXPECT_EQ(postings[1].salary_text, std::nullopt);
}

}  // namespace
}  // namespace jobmesh::scraper::sources
