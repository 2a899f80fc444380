#include "tests/support/sample_board/feed_pages.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/posting_wording.h"

namespace jobmesh::testing {
namespace {

std::chrono::sys_seconds Latest(const std::vector<PostingPtr>& postings) {
  std::chrono::sys_seconds latest{};
  for (const PostingPtr& posting : postings) latest = std::max(latest, posting->updated_at);
  return latest;
}

std::string Element(const std::string& name, const std::string& text) {
  return "<" + name + ">" + Escaped(text) + "</" + name + ">\n";
}

}  // namespace

Page RssFeed(const std::string& origin, const std::vector<PostingPtr>& postings) {
  auto latest = Latest(postings);
  std::string body =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
      "xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n"
      "<title>Sample jobs</title>\n<link>" +
      origin + "/feed/</link>\n<description>New jobs</description>\n<language>en</language>\n" +
      "<atom:link href=\"" + origin +
      "/feed/jobs.rss\" rel=\"self\" type=\"application/rss+xml\"/>\n" +
      Element("lastBuildDate", Rfc822Time(latest)) + "<ttl>60</ttl>\n";
  for (const PostingPtr& posting : postings) {
    const GeneratedPosting& content = posting->content;
    body += "<item>\n" + Element("title", content.company + ": " + content.title) +
            Element("link", origin + posting->Path()) + "<guid isPermaLink=\"false\">" +
            std::to_string(posting->number) + "</guid>\n" +
            Element("pubDate", Rfc822Time(content.posted_at)) +
            Element("dc:creator", content.company) + Element("region", content.location) +
            Element("category", "Jobs") + "<description>";
    if (posting->number % 2 == 0) {
      body += "<![CDATA[" + content.description + "]]>";
    } else {
      body += Escaped(content.description);
    }
    body += "</description>\n</item>\n";
  }
  body += "</channel>\n</rss>\n";
  return {.content_type = "application/rss+xml; charset=utf-8",
          .body = std::move(body),
          .modified = latest};
}

Page AtomFeed(const std::string& origin, const std::vector<PostingPtr>& postings) {
  auto latest = Latest(postings);
  std::string body =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n"
      "<title>Sample jobs</title>\n<id>" +
      origin + "/feed/jobs.atom</id>\n<link rel=\"self\" href=\"" + origin +
      "/feed/jobs.atom\"/>\n" + Element("updated", IsoTime(latest));
  for (const PostingPtr& posting : postings) {
    const GeneratedPosting& content = posting->content;
    std::string link = origin + posting->Path();
    body += "<entry>\n" + Element("title", content.title) + Element("id", link) +
            "<link rel=\"alternate\" type=\"text/html\" href=\"" + Escaped(link) + "\"/>\n" +
            Element("published", IsoTime(content.posted_at)) +
            Element("updated", IsoTime(posting->updated_at)) + "<author>" +
            Element("name", content.company) + "</author>\n<category term=\"" +
            Escaped(content.location) + "\" label=\"location\"/>\n<content type=\"html\">" +
            Escaped(content.description) + "</content>\n</entry>\n";
  }
  body += "</feed>\n";
  return {.content_type = "application/atom+xml; charset=utf-8",
          .body = std::move(body),
          .modified = latest};
}

Page FeedDetail(const BoardPosting& posting) {
  const GeneratedPosting& content = posting.content;
  std::string body = "<h1>" + Escaped(content.title) + "</h1>\n<p>" + Escaped(content.company) +
                     ", " + Escaped(content.location) + "</p>\n" + content.description;
  return {.body = HtmlDocument("en", content.title, "", body), .modified = posting.updated_at};
}

}  // namespace jobmesh::testing
