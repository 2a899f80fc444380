#include <chrono>
#include <future>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/sample_board/board_fixture.h"

namespace jobmesh::testing {
namespace {

using nlohmann::json;

class BoardControlTest : public SampleBoardTest {};
class BoardCacheTest : public SampleBoardTest {};
class BoardFailureTest : public SampleBoardTest {};

constexpr const char* kListOfBoard[] = {"/jsonld/jobs", "/feed/jobs.rss",
                                        "/greenhouse/v1/boards/sample/jobs?content=true",
                                        "/rabota/ro/vacancies/category/it/1"};

TEST(SampleBoardSeedTest, SameSeed_GivesTheSamePostings) {
  auto clock = [] { return std::chrono::sys_seconds(std::chrono::seconds(1795000000)); };
  BoardState first({.seed = 5, .postings_per_board = 10, .clock = clock});
  BoardState second({.seed = 5, .postings_per_board = 10, .clock = clock});
  for (Board board : kBoards) {
    auto a = first.List(board);
    auto b = second.List(board);
    ASSERT_EQ(a.size(), 10U);
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i]->number, b[i]->number);
      EXPECT_EQ(a[i]->content.description, b[i]->content.description);
    }
  }
}

TEST(SampleBoardStartTest, TakenPort_IsAnError) {
  SampleBoard first({.postings_per_board = 1});
  ASSERT_TRUE(first.Start().ok());
  SampleBoard second({.port = first.port(), .postings_per_board = 1});
  EXPECT_EQ(second.Start().code(), absl::StatusCode::kUnavailable);
}

TEST_F(BoardControlTest, AddedPosting_IsNewestOnItsBoardAtOnce) {
  for (Board board : kBoards) {
    json added = Control("add",
                         {{"title", "Zymurgist"},
                          {"skills", {"Brewing", "Rust"}},
                          {"company", "Cask & Sons"},
                          {"location", "Ghent, Belgium"},
                          {"salary", "3,100 EUR per month"},
                          {"board", BoardName(board)}},
                         201);
    std::string list = Get(kListOfBoard[static_cast<size_t>(board)]);
    EXPECT_NE(list.find("Zymurgist"), std::string::npos);
    EXPECT_EQ(board_.state().List(board).front()->number,
              std::stoull(added["id"].get<std::string>()));
    std::string url = added["url"];
    ASSERT_TRUE(url.starts_with(board_.url()));
    std::string page = Get(url.substr(board_.url().size()));
    EXPECT_NE(page.find("Brewing"), std::string::npos);
    EXPECT_NE(page.find("3,100 EUR per month"), std::string::npos);
    EXPECT_NE(page.find("Cask &amp; Sons"), std::string::npos);
  }
  EXPECT_EQ(GetJson("/_control/state")["postings"], 104);
}

TEST_F(BoardControlTest, AddWithoutSalary_StatesNone) {
  json added = Control("add", {{"title", "Tester"}, {"skills", {"Cypress"}}}, 201);
  EXPECT_EQ(added["board"], "jsonld");
  PostingPtr posting = board_.state().Find(std::stoull(added["id"].get<std::string>()));
  EXPECT_FALSE(posting->content.truth.salary);
  EXPECT_FALSE(posting->content.salary_text);
  EXPECT_FALSE(posting->content.truth.experience);
}

TEST_F(BoardControlTest, ChangedPosting_KeepsItsIdAndWhatWasNotChanged) {
  json added =
      Control("add", {{"title", "Tester"}, {"skills", {"Cypress"}}, {"company", "Acorn"}}, 201);
  json changed = Control("change", {{"id", added["id"]}, {"title", "Lead Tester"}});
  EXPECT_EQ(changed["id"], added["id"]);
  EXPECT_EQ(changed["url"], added["url"]);
  EXPECT_EQ(changed["company"], "Acorn");
  std::string page = Get("/jsonld/jobs/" + added["id"].get<std::string>());
  EXPECT_NE(page.find("Lead Tester"), std::string::npos);
  EXPECT_NE(page.find("Cypress"), std::string::npos);
}

TEST_F(BoardControlTest, RemovedPosting_IsGone) {
  std::string id = std::to_string(board_.state().List(Board::kJsonLd).front()->number);
  Control("remove", {{"id", id}});
  EXPECT_EQ(client_->Get("/jsonld/jobs/" + id)->status, 404);
  EXPECT_EQ(Get("/jsonld/jobs").find("/jsonld/jobs/" + id), std::string::npos);
  Control("remove", {{"id", id}}, 404);
}

TEST_F(BoardControlTest, CopiedPosting_HasTheSameTextElsewhere) {
  PostingPtr original = board_.state().List(Board::kGreenhouse).front();
  json copy =
      Control("add", {{"copy_of", std::to_string(original->number)}, {"board", "rss"}}, 201);
  PostingPtr copied = board_.state().Find(std::stoull(copy["id"].get<std::string>()));
  EXPECT_EQ(copied->board, Board::kRss);
  EXPECT_EQ(copied->content.description, original->content.description);
}

TEST_F(BoardControlTest, Mistakes_AreTold) {
  Control("add", json::array(), 400);
  Control("add", {{"title", "No skills"}}, 400);
  Control("add", {{"title", 5}, {"skills", {"a"}}}, 400);
  Control("add", {{"title", "t"}, {"skills", "a"}}, 400);
  Control("add", {{"title", "t"}, {"skills", {"a"}}, {"board", "myspace"}}, 400);
  Control("add", {{"title", "t"}, {"skills", {"a"}}, {"colour", "red"}}, 400);
  Control("change", {{"id", "999"}}, 404);
  Control("fail", {{"mode", "sulk"}}, 400);
  Control("fail", {{"mode", "500"}, {"share", 2}}, 400);
  EXPECT_EQ(GetJson("/_control/state")["postings"], 100);
}

TEST_F(BoardControlTest, Postings_TellTheirTruth) {
  json postings = GetJson("/_control/postings?board=rabota");
  ASSERT_EQ(postings.size(), 25U);
  for (const json& posting : postings) {
    EXPECT_FALSE(posting["truth"]["skills"].empty());
    EXPECT_EQ(posting["board"], "rabota");
  }
}

TEST_F(BoardControlTest, Log_HasRequestsOfOthersInOrder) {
  client_->Get("/robots.txt", {{"User-Agent", "PoliteBot/1.0"}});
  client_->Get("/nowhere?x=1", {{"User-Agent", "PoliteBot/1.0"}});
  // An entry is written after its response, so the second may be on its way.
  std::vector<json> lines;
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (lines.size() < 2 && std::chrono::steady_clock::now() < deadline) {
    lines.clear();
    std::istringstream text(Get("/_control/log"));
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
  }
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["path"], "/robots.txt");
  EXPECT_EQ(lines[0]["status"], 200);
  EXPECT_EQ(lines[0]["user_agent"], "PoliteBot/1.0");
  EXPECT_EQ(lines[1]["path"], "/nowhere?x=1");
  EXPECT_EQ(lines[1]["status"], 404);
  EXPECT_LE(lines[0]["at_ms"], lines[1]["at_ms"]);
  EXPECT_TRUE(Get("/_control/log?after=2").empty());
  client_->Delete("/_control/log");
  EXPECT_TRUE(Get("/_control/log").empty());
}

TEST_F(BoardCacheTest, KnownTag_Is304UntilThePostingChanges) {
  PostingPtr posting = board_.state().List(Board::kRabota).front();
  auto first = client_->Get(posting->Path());
  std::string tag = first->get_header_value("ETag");
  ASSERT_FALSE(tag.empty());
  auto again = client_->Get(posting->Path(), {{"If-None-Match", tag}});
  EXPECT_EQ(again->status, 304);
  EXPECT_TRUE(again->body.empty());
  EXPECT_EQ(again->get_header_value("ETag"), tag);
  board_.state().Change(posting->number, {.company = "Another"});
  EXPECT_EQ(client_->Get(posting->Path(), {{"If-None-Match", tag}})->status, 200);
}

TEST_F(BoardCacheTest, IfModifiedSince_Is304WhenNothingIsNewer) {
  for (const char* path : kListOfBoard) {
    std::string modified = client_->Get(path)->get_header_value("Last-Modified");
    ASSERT_TRUE(modified.ends_with(" GMT")) << path;
    EXPECT_EQ(client_->Get(path, {{"If-Modified-Since", modified}})->status, 304) << path;
    EXPECT_EQ(client_->Get(path, {{"If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"}})->status,
              200);
    // If-None-Match wins over the date (RFC 9110 §13.1.3).
    EXPECT_EQ(
        client_->Get(path, {{"If-Modified-Since", modified}, {"If-None-Match", "\"no\""}})->status,
        200);
  }
}

TEST_F(BoardCacheTest, Robots_NamesDelaySitemapAndWhatIsNotAllowed) {
  std::string robots = Get("/robots.txt");
  EXPECT_NE(robots.find("Crawl-delay: 0.01\n"), std::string::npos);
  EXPECT_NE(robots.find("Disallow: /jsonld/private/\n"), std::string::npos);
  EXPECT_NE(robots.find("Sitemap: " + board_.url() + "/jsonld/sitemap.xml\n"), std::string::npos);
}

TEST_F(BoardFailureTest, StatusModes_AnswerWithTheirStatus) {
  Fail("500", "rss");
  EXPECT_EQ(client_->Get("/feed/jobs.rss")->status, 500);
  EXPECT_EQ(client_->Get("/jsonld/jobs")->status, 200);
  Control("fail", {{"mode", "429"}, {"board", "rss"}, {"retry_after", 7}});
  auto limited = client_->Get("/feed/jobs.rss");
  EXPECT_EQ(limited->status, 429);
  EXPECT_EQ(limited->get_header_value("Retry-After"), "7");
  Fail("challenge", "rss");
  auto challenge = client_->Get("/feed/jobs.rss");
  EXPECT_EQ(challenge->status, 403);
  EXPECT_NE(challenge->body.find("Just a moment"), std::string::npos);
  Fail("none", "rss");
  EXPECT_EQ(client_->Get("/feed/jobs.rss")->status, 200);
}

TEST_F(BoardFailureTest, WithoutPart_AllBoardsFailAndOthersDoNot) {
  Control("fail", {{"mode", "500"}});
  for (const char* path : kListOfBoard) EXPECT_EQ(client_->Get(path)->status, 500) << path;
  EXPECT_EQ(client_->Get("/robots.txt")->status, 200);
  EXPECT_EQ(client_->Get("/api/")->status, 200);
  Fail("500", "robots");
  EXPECT_EQ(client_->Get("/robots.txt")->status, 500);
  Control("fail", {{"mode", "none"}});
  EXPECT_EQ(client_->Get("/robots.txt")->status, 200);
  EXPECT_EQ(client_->Get("/jsonld/jobs")->status, 200);
}

TEST_F(BoardFailureTest, Share_FailsThatPartOfRequests) {
  Control("fail", {{"mode", "500"}, {"board", "greenhouse"}, {"share", 0.3}});
  int failed = 0;
  for (int i = 0; i < 300; ++i) {
    failed += client_->Get("/greenhouse/v1/boards/sample/jobs")->status == 500 ? 1 : 0;
  }
  EXPECT_GT(failed, 50);
  EXPECT_LT(failed, 140);
}

TEST_F(BoardFailureTest, Reset_ClosesWithoutAnAnswer) {
  Fail("reset", "jsonld");
  auto client = NewClient();
  EXPECT_FALSE(client->Get("/jsonld/jobs"));
  Fail("none", "jsonld");
  EXPECT_TRUE(client->Get("/jsonld/jobs"));
}

TEST_F(BoardFailureTest, Half_BreaksOffInTheBody) {
  size_t whole = Get("/feed/jobs.rss").size();
  Fail("half", "rss");
  size_t received = 0;
  auto result = NewClient()->Get("/feed/jobs.rss", [&](const char*, size_t size) {
    received += size;
    return true;
  });
  EXPECT_FALSE(result);
  EXPECT_GT(received, 0U);
  EXPECT_LT(received, whole);
}

TEST_F(BoardFailureTest, Timeout_NeverAnswersAndDoesNotBlockControl) {
  Fail("timeout", "jsonld");
  // More than the server has threads, one after the other: each is let go when its client leaves.
  std::vector<std::future<bool>> waiting;
  for (int i = 0; i < 80; ++i) {
    waiting.push_back(std::async(std::launch::async, [this] {
      auto client = NewClient();
      client->set_read_timeout(0, 200000);
      return static_cast<bool>(client->Get("/jsonld/jobs"));
    }));
  }
  for (auto& answer : waiting) EXPECT_FALSE(answer.get());
  Fail("none", "jsonld");
  EXPECT_EQ(NewClient()->Get("/jsonld/jobs")->status, 200);
}

TEST_F(BoardFailureTest, Slow_SendsTheWholeBodyWhenSwitchedOff) {
  std::string whole = Get("/feed/jobs.rss");
  Fail("slow", "rss");
  std::promise<void> first_bytes;
  bool begun = false;
  auto slow = std::async(std::launch::async, [&] {
    std::string body;
    NewClient()->Get("/feed/jobs.rss", [&](const char* bytes, size_t size) {
      body.append(bytes, size);
      if (!begun) first_bytes.set_value();
      begun = true;
      return true;
    });
    return body;
  });
  ASSERT_EQ(first_bytes.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(slow.wait_for(std::chrono::milliseconds(1)), std::future_status::timeout);
  Fail("none", "rss");
  EXPECT_EQ(slow.get(), whole);
}

TEST_F(BoardFailureTest, RedirectLoop_LeadsBackToItself) {
  Fail("redirect-loop", "rabota");
  std::string path = "/rabota/ro/vacancies/category/it/1";
  auto first = client_->Get(path);
  EXPECT_EQ(first->status, 302);
  auto second = client_->Get(first->get_header_value("Location"));
  EXPECT_EQ(second->status, 302);
  EXPECT_EQ(second->get_header_value("Location"), path);
}

TEST_F(BoardFailureTest, Charset_SendsOldBytesAndNamesThemInThePageOnly) {
  Fail("charset", "rabota");
  auto page = client_->Get("/rabota/ro/vacancies/category/it/1");
  EXPECT_EQ(page->get_header_value("Content-Type"), "text/html");
  EXPECT_NE(page->body.find("<meta charset=\"windows-1250\">"), std::string::npos);
  EXPECT_NE(page->body.find("munc\xE3"), std::string::npos);
  EXPECT_EQ(page->body.find("\xC4\x83"), std::string::npos);
}

TEST_F(BoardFailureTest, Stop_EndsRequestsThatAreHeld) {
  Fail("timeout", "jsonld");
  auto held = std::async(std::launch::async, [this] {
    auto client = NewClient();
    client->set_read_timeout(60, 0);
    return client->Get("/jsonld/jobs");
  });
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (held.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout &&
         std::chrono::steady_clock::now() < deadline) {
    board_.Stop();
  }
  EXPECT_EQ(held.wait_for(std::chrono::seconds(0)), std::future_status::ready);
}

}  // namespace
}  // namespace jobmesh::testing
