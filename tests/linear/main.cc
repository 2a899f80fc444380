// Reads hostile inputs of two sizes, each under its own count of instructions when run by
// callgrind. Arguments: the smaller size in bytes, the larger one.

#include <valgrind/callgrind.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scraper-service/fetch/robots.h"
#include "scraper-service/refine/refine.h"
#include "scraper-service/sources/crawl_fixture.h"
#include "scraper-service/sources/page_postings.h"

namespace {

using namespace jobmesh::scraper;  // NOLINT(google-build-using-namespace)

// What is read so often that the input has the size wanted, after `before`.
struct Hostile {
  const char* reader;
  std::string before;
  std::string unit;
};

std::string InputOf(const Hostile& hostile, std::size_t size) {
  std::string input = hostile.before;
  while (input.size() < size) input += hostile.unit;
  return input;
}

std::vector<Hostile> Inputs() {
  std::vector<Hostile> inputs;
  for (const char* unit :
       {"a", " ", "\n", "<", "<a ", "<a =\"", "<a ='>", "<!--", "<script>", "<b>", "<li>", "</p>",
        "&", "&#", "&lt;", "&amp;amp;", "\xE2\x80\x8B", "\xC2"}) {
    inputs.push_back({"html", "", unit});
    inputs.push_back({"page", "", unit});
  }
  for (const char* unit : {"1",        "1,",         "1-",        "$",
                           "$1 ",      "$1-",        "k",         "a|",
                           "- ",       "Go, ",       "R ",        "Python/",
                           "C++ ",     "Java and ",  "5 years ",  "3-5 years of experience ",
                           "salary: ", "per year ",  "remote ",   "not remote ",
                           "senior ",  "part-time ", "deadline ", "apply by 1 ",
                           "Berlin, ", "(",          ". "}) {
    inputs.push_back({"text", "", unit});
    inputs.push_back({"salary", "", unit});
  }
  for (const char* unit :
       {"<div>", "<p>", "<table>", "<a href=x>", "<div class=a>", "<main>", "<h1>",
        "<div itemscope itemtype='http://schema.org/JobPosting'>",
        "<div itemscope itemtype='http://schema.org/JobPosting'><b itemprop=title>a</b></div>",
        "<b itemprop=title itemscope>", "<script type='application/ld+json'>",
        "<script type='application/ld+json'>{\"@type\":\"JobPosting\"}</script>",
        "<script type='application/ld+json'>{\"@type\":\"JobPosting\",}</script>"}) {
    inputs.push_back({"page", "", unit});
  }
  for (const char* unit : {"[", "{", "{\"a\":", "\"", "\\", "\\u0000", "\"a\":1,", ",", "/*", "//",
                           "\n", "[{\"@graph\":", "{\"@type\":\"JobPosting\"},",
                           "{\"@id\":\"#a\",\"a\":{\"@id\":\"#a\"}},"}) {
    inputs.push_back({"json-ld", "", unit});
    inputs.push_back({"json-ld", "[", unit});
    inputs.push_back({"json-ld", "{\"@type\":\"JobPosting\",\"description\":\"", unit});
  }
  for (const char* unit : {"<item>", "<item><title>a</title></item>", "<a:b>", "<title>", "&lt;",
                           "&#", "<![CDATA[", "<category>a</category>", "<item a='b'>", "]]>"}) {
    inputs.push_back({"feed", "<rss>", unit});
    inputs.push_back({"feed", "<rss><item><title>", unit});
  }
  for (const char* unit : {"a", "\n", "\r", ":", "#", "User-agent: JobMesh\n", "Disallow: /*a*b\n",
                           "Allow: /%41\n", "Crawl-delay: 1\n", "Sitemap: http://a.example/\n"}) {
    inputs.push_back({"robots", "User-agent: *\n", unit});
  }
  inputs.push_back({"robots", "User-agent: *\nDisallow: /", "*a"});
  return inputs;
}

using Reader = std::function<void(const std::string&)>;

void Refine(const std::string& description, RawPosting::Format format) {
  RawPosting posting;
  posting.title = "Engineer";
  posting.description = description;
  posting.description_format = format;
  refine::Refine(posting, *refine::Vocabulary::Default(), absl::UnixEpoch(),
                 &refine::terms::Tagger::Default());
}

void ReadFeed(const std::string& text) {
  sources::Crawl crawl("rss", "https://a.example/feed");
  crawl.fetcher.Page(crawl.source.url, text);
  crawl.Run();
}

std::map<std::string_view, Reader> Readers() {
  return {
      {"html", [](const std::string& text) { Refine(text, RawPosting::Format::kHtml); }},
      {"text", [](const std::string& text) { Refine(text, RawPosting::Format::kText); }},
      {"salary",
       [](const std::string& text) {
         refine::ParseSalaryField(text, "US");
         refine::FindSalary(text, "US");
       }},
      {"page",
       [](const std::string& text) { sources::PostingsOfPage(text, "https://a.example/"); }},
      {"json-ld",
       [](const std::string& text) {
         sources::PostingsOfPage("<script type='application/ld+json'>" + text,
                                 "https://a.example/");
       }},
      {"feed", ReadFeed},
      {"robots",
       [](const std::string& text) {
         (void)fetch::RobotsRules::Parse(text, "JobMesh").Allows("/jobs/1");
       }},
  };
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto readers = Readers();
  // What is made once is made before counting.
  for (const auto& [name, read] : readers) read("Python");
  const std::vector<Hostile> inputs = Inputs();
  CALLGRIND_START_INSTRUMENTATION;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (const char* size : {argv[1], argv[2]}) {
      const std::string input = InputOf(inputs[i], std::strtoul(size, nullptr, 10));
      const Reader& read = readers.at(inputs[i].reader);
      CALLGRIND_ZERO_STATS;
      read(input);
      // The dumps are numbered in the order of these lines.
      CALLGRIND_DUMP_STATS;
    }
    std::string shown = inputs[i].before + inputs[i].unit;
    for (char& c : shown) c = c >= ' ' && c <= '~' ? c : '?';
    std::printf("%s %s\n", inputs[i].reader, shown.c_str());
  }
  return 0;
}
