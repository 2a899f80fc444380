#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <libxml/HTMLparser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "tests/support/sample_board/board_fixture.h"

namespace jobmesh::testing {
namespace {

using nlohmann::json;

// A parsed XML or HTML document and XPath over it.
class Document {
 public:
  static Document Xml(const std::string& text) {
    return Document(xmlReadMemory(text.data(), static_cast<int>(text.size()), "x", nullptr,
                                  XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET));
  }
  static Document Html(const std::string& text) {
    return Document(htmlReadMemory(text.data(), static_cast<int>(text.size()), "x", "UTF-8",
                                   HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_RECOVER));
  }

  bool ok() const { return document_ != nullptr; }

  // Text of every node that `path` selects; the prefixes s, a and dc are bound.
  std::vector<std::string> All(const std::string& path) const {
    std::vector<std::string> texts;
    std::unique_ptr<xmlXPathContext, decltype(&xmlXPathFreeContext)> context(
        xmlXPathNewContext(document_.get()), xmlXPathFreeContext);
    auto bind = [&](const char* prefix, const char* uri) {
      xmlXPathRegisterNs(context.get(), BAD_CAST prefix, BAD_CAST uri);
    };
    bind("s", "http://www.sitemaps.org/schemas/sitemap/0.9");
    bind("a", "http://www.w3.org/2005/Atom");
    bind("dc", "http://purl.org/dc/elements/1.1/");
    std::unique_ptr<xmlXPathObject, decltype(&xmlXPathFreeObject)> found(
        xmlXPathEvalExpression(BAD_CAST path.c_str(), context.get()), xmlXPathFreeObject);
    if (found == nullptr || found->nodesetval == nullptr) return texts;
    for (int i = 0; i < found->nodesetval->nodeNr; ++i) {
      xmlChar* content = xmlNodeGetContent(found->nodesetval->nodeTab[i]);
      texts.emplace_back(reinterpret_cast<const char*>(content));
      xmlFree(content);
    }
    return texts;
  }

  std::string First(const std::string& path) const {
    auto all = All(path);
    return all.empty() ? std::string() : all.front();
  }

 private:
  explicit Document(xmlDocPtr document) : document_(document, xmlFreeDoc) {}
  std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document_;
};

std::string PathOf(const std::string& url) { return url.substr(url.find('/', url.find("//") + 2)); }

// What a lenient reader does: control characters inside strings become spaces.
std::string WithoutControlCharacters(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return text;
}

// The JobPosting in an object, an array or a @graph; null when there is none.
json FindPosting(const json& data) {
  if (data.is_array()) {
    for (const json& item : data) {
      if (json found = FindPosting(item); !found.is_null()) return found;
    }
    return nullptr;
  }
  if (!data.is_object()) return nullptr;
  if (data.contains("@graph")) return FindPosting(data["@graph"]);
  return data.value("@type", "") == "JobPosting" ? data : json(nullptr);
}

class FormatsTest : public SampleBoardTest {};

TEST_F(FormatsTest, Sitemap_ListsEveryJobPageOnce) {
  Document index = Document::Xml(Get("/jsonld/sitemap.xml"));
  ASSERT_TRUE(index.ok());
  std::set<std::string> jobs;
  for (const std::string& part : index.All("//s:sitemap/s:loc")) {
    Document urls = Document::Xml(Get(PathOf(part)));
    ASSERT_TRUE(urls.ok()) << part;
    for (const std::string& url : urls.All("//s:url/s:loc")) {
      if (url.find("/jsonld/jobs/") != std::string::npos) jobs.insert(url);
    }
  }
  EXPECT_EQ(jobs.size(), 25U);
}

TEST_F(FormatsTest, JsonLd_ComesInAllItsFormsAndIsSometimesBroken) {
  int broken = 0;
  int arrays = 0;
  int graphs = 0;
  int escaped = 0;
  int salaries = 0;
  for (const PostingPtr& posting : board_.state().List(Board::kJsonLd)) {
    Document page = Document::Html(Get(posting->Path()));
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page.First("//h1"), posting->content.title);
    auto scripts = page.All("//script[@type='application/ld+json']");
    ASSERT_EQ(scripts.size(), 2U);
    std::string script = scripts.back();
    json data = json::parse(script, nullptr, false);
    if (data.is_discarded()) {
      ++broken;
      data = json::parse(WithoutControlCharacters(script), nullptr, false);
      ASSERT_FALSE(data.is_discarded()) << script;
    }
    arrays += data.is_array() ? 1 : 0;
    graphs += data.is_object() && data.contains("@graph") ? 1 : 0;
    json job = FindPosting(data);
    ASSERT_TRUE(job.is_object());
    EXPECT_EQ(job["title"], posting->content.title);
    EXPECT_EQ(job["identifier"]["value"], std::to_string(posting->number));
    EXPECT_EQ(job["hiringOrganization"]["name"], posting->content.company);
    escaped += job["description"].get<std::string>().starts_with("&lt;") ? 1 : 0;
    salaries += job.contains("baseSalary") ? 1 : 0;
    EXPECT_EQ(job.contains("baseSalary"), posting->content.salary_text.has_value());
  }
  EXPECT_GE(broken, 2);
  EXPECT_GE(arrays, 2);
  EXPECT_GE(graphs, 2);
  EXPECT_GE(escaped, 2);
  EXPECT_GE(salaries, 2);
}

TEST_F(FormatsTest, JsonLdListing_PagesToTheEnd) {
  for (int i = 0; i < 30; ++i)
    board_.state().Add(Board::kJsonLd, {.title = "Extra", .skills = {{}}});
  std::set<std::string> links;
  std::string path = "/jsonld/jobs";
  while (!path.empty()) {
    Document page = Document::Html(Get(path));
    for (auto& link : page.All("//a[@class='job-link']/@href")) links.insert(link);
    path = page.First("//a[@rel='next']/@href");
  }
  EXPECT_EQ(links.size(), 55U);
  EXPECT_EQ(client_->Get("/jsonld/jobs?page=4")->status, 404);
  EXPECT_EQ(client_->Get("/jsonld/jobs?page=x")->status, 404);
}

TEST_F(FormatsTest, Rss_HoldsEveryPosting) {
  Document feed = Document::Xml(Get("/feed/jobs.rss"));
  ASSERT_TRUE(feed.ok());
  auto postings = board_.state().List(Board::kRss);
  auto titles = feed.All("/rss/channel/item/title");
  auto descriptions = feed.All("/rss/channel/item/description");
  auto creators = feed.All("/rss/channel/item/dc:creator");
  ASSERT_EQ(titles.size(), postings.size());
  for (size_t i = 0; i < postings.size(); ++i) {
    const GeneratedPosting& content = postings[i]->content;
    EXPECT_EQ(titles[i], content.company + ": " + content.title);
    EXPECT_EQ(creators[i], content.company);
    EXPECT_EQ(descriptions[i], content.description);
  }
  EXPECT_TRUE(feed.First("//item/pubDate").ends_with(" +0000"));
  EXPECT_FALSE(Get(PathOf(feed.First("//item/link"))).empty());
}

TEST_F(FormatsTest, Atom_HoldsEveryPosting) {
  Document feed = Document::Xml(Get("/feed/jobs.atom"));
  ASSERT_TRUE(feed.ok());
  auto postings = board_.state().List(Board::kRss);
  auto titles = feed.All("/a:feed/a:entry/a:title");
  auto contents = feed.All("/a:feed/a:entry/a:content[@type='html']");
  ASSERT_EQ(titles.size(), postings.size());
  for (size_t i = 0; i < postings.size(); ++i) {
    EXPECT_EQ(titles[i], postings[i]->content.title);
    EXPECT_EQ(contents[i], postings[i]->content.description);
  }
}

std::string Unescaped(const std::string& text) {
  return Document::Html("<body>" + text + "</body>").First("//body");
}

TEST_F(FormatsTest, Greenhouse_EscapesContentOnceOrTwice) {
  json answer = GetJson("/greenhouse/v1/boards/sample/jobs?content=true");
  auto postings = board_.state().List(Board::kGreenhouse);
  EXPECT_EQ(answer["meta"]["total"], postings.size());
  ASSERT_EQ(answer["jobs"].size(), postings.size());
  int twice = 0;
  int without_metadata = 0;
  for (size_t i = 0; i < postings.size(); ++i) {
    const json& job = answer["jobs"][i];
    EXPECT_EQ(job["id"], postings[i]->number);
    EXPECT_EQ(job["title"], postings[i]->content.title);
    EXPECT_EQ(job["location"]["name"], postings[i]->content.location);
    without_metadata += job["metadata"].is_null() ? 1 : 0;
    std::string content = job["content"];
    if (content.starts_with("&amp;lt;")) {
      ++twice;
      content = Unescaped(content);
    }
    ASSERT_TRUE(content.starts_with("&lt;"));
    EXPECT_EQ(Unescaped(content), postings[i]->content.description);
  }
  EXPECT_GT(twice, 5);
  EXPECT_LT(twice, 20);
  EXPECT_GT(without_metadata, 0);
  EXPECT_FALSE(GetJson("/greenhouse/v1/boards/sample/jobs")["jobs"][0].contains("content"));
  EXPECT_EQ(client_->Get("/greenhouse/v1/boards/nobody/jobs")->status, 404);
}

TEST_F(FormatsTest, Rabota_PagesAndDetailsHaveItsStructure) {
  std::vector<std::string> links;
  for (int page = 1;; ++page) {
    Document list = Document::Html(Get("/rabota/ro/vacancies/category/it/" + std::to_string(page)));
    auto found = list.All(
        "//div[@class='b_info10 vacancy-list space-y-5']"
        "/div[@class='vacancyCardItem previewCard noPaddings']/a[2]/@href");
    if (found.empty()) break;
    links.insert(links.end(), found.begin(), found.end());
  }
  auto postings = board_.state().List(Board::kRabota);
  ASSERT_EQ(links.size(), postings.size());
  int experiences = 0;
  for (size_t i = 0; i < postings.size(); ++i) {
    const GeneratedPosting& content = postings[i]->content;
    EXPECT_TRUE(content.romanian);
    Document page = Document::Html(Get(links[i]));
    std::string detail = "//div[@class='vc_detail']";
    EXPECT_EQ(page.First(detail + "//div[@class='top-info']/h1[@class='mb-5 text-black']"),
              content.title);
    EXPECT_EQ(page.First(detail + "//span[@class='company-name']"), content.company);
    EXPECT_EQ(page.First(detail + "//span[@class='vacancy-id']/span").size(), 10U);
    std::string experience =
        page.First(detail + "//div[@class='summary']/div[span[1]='Experiența de munca']/span[2]");
    EXPECT_EQ(experience, content.experience_text.value_or(""));
    experiences += experience.empty() ? 0 : 1;
  }
  EXPECT_GT(experiences, 2);
}

TEST_F(FormatsTest, RandomUsers_HaveNamesAndEmail) {
  json answer = GetJson("/api/?results=3");
  ASSERT_EQ(answer["results"].size(), 3U);
  for (const json& person : answer["results"]) {
    EXPECT_FALSE(person["name"]["first"].get<std::string>().empty());
    EXPECT_FALSE(person["name"]["last"].get<std::string>().empty());
    EXPECT_NE(person["email"].get<std::string>().find("@example.com"), std::string::npos);
  }
  EXPECT_EQ(GetJson("/api/?seed=a")["results"], GetJson("/api?seed=a")["results"]);
}

TEST_F(FormatsTest, Providers_AnswerTheDayThatIsAskedFor) {
  auto ask = [this](const std::string& path) {
    auto result = client_->Post(path, R"({"date":"2026-03-04"})", "application/json");
    return result ? json::parse(result->body, nullptr, false) : json();
  };
  json north = ask("/sites/sample/north");
  ASSERT_TRUE(north.is_array());
  EXPECT_GE(north.size(), 8U);
  for (const json& item : north) {
    for (const char* name : {"id", "supplier", "date", "status", "title", "company", "location",
                             "description", "url"}) {
      EXPECT_TRUE(item.contains(name)) << name;
    }
    EXPECT_TRUE(item["date"].get<std::string>().starts_with("2026-03-04T"));
  }
  EXPECT_EQ(north, ask("/sites/sample/north"));
  EXPECT_NE(north, ask("/sites/sample/south"));
}

TEST_F(FormatsTest, AProvider_FailsAloneOrWithAll) {
  auto status = [this](const std::string& path) {
    auto result = client_->Post(path, "{}", "application/json");
    return result ? result->status : 0;
  };
  Fail("500", "sites/sample/south");
  EXPECT_EQ(status("/sites/sample/south"), 500);
  EXPECT_EQ(status("/sites/sample/north"), 200);
  EXPECT_EQ(status("/sites/other/south"), 200);
  Fail("challenge", "sites");
  EXPECT_EQ(status("/sites/sample/south"), 403);
  EXPECT_EQ(status("/sites/sample/north"), 403);
  Control("fail", {{"mode", "none"}});
  EXPECT_EQ(status("/sites/sample/south"), 200);
}

}  // namespace
}  // namespace jobmesh::testing
