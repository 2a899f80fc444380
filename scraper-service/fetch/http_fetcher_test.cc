#include "scraper-service/fetch/http_fetcher.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include "scraper-service/fetch/fake_clock.h"
#include "scraper-service/fetch/memory_validator_store.h"

namespace jobmesh::scraper::fetch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

class HttpFetcherTest : public ::testing::Test {
 protected:
  HttpFetcherTest() {
    port_ = server_.bind_to_any_port("127.0.0.1");
    server_.set_keep_alive_timeout(1);
    server_.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response&) {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
      return httplib::Server::HandlerResponse::Unhandled;
    });
    settings_.allowed = *ParseNetworks("127.0.0.0/8");
  }

  ~HttpFetcherTest() override {
    fetcher_.reset();
    server_.stop();
    if (listener_.joinable()) listener_.join();
  }

  void Page(const std::string& path, const std::string& body, const char* type = "text/html") {
    server_.Get(path, [body, type](const httplib::Request&, httplib::Response& response) {
      response.set_content(body, type);
    });
  }

  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

  HttpFetcher& fetcher() {
    if (!fetcher_) {
      listener_ = std::thread([this] { server_.listen_after_bind(); });
      fetcher_ = std::make_unique<HttpFetcher>(settings_, clock_, resolver_, &validators_,
                                               [] { return 0.5; });
    }
    return *fetcher_;
  }

  absl::StatusOr<FetchResult> Get(const std::string& path, const FetchOptions& options = {}) {
    return fetcher().Get(Url(path), options);
  }

  int Count(const std::string& path) {
    std::lock_guard lock(mutex_);
    return static_cast<int>(std::count_if(requests_.begin(), requests_.end(),
                                          [&](const auto& r) { return r.path == path; }));
  }

  FetchSettings settings_;
  FakeClock clock_;
  SystemResolver resolver_;
  MemoryValidatorStore validators_;
  httplib::Server server_;
  int port_ = 0;
  std::thread listener_;
  std::mutex mutex_;
  std::vector<httplib::Request> requests_;
  std::unique_ptr<HttpFetcher> fetcher_;
};

// Answers every connection with fixed bytes and closes it, for what a real server would not send.
class RawServer {
 public:
  explicit RawServer(std::string answer) : answer_(std::move(answer)) {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      throw std::system_error(errno, std::generic_category(), "bind");
    }
    listen(socket_, 16);
    socklen_t size = sizeof(address);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~RawServer() {
    shutdown(socket_, SHUT_RDWR);
    thread_.join();
    close(socket_);
  }
  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int page_requests() const { return page_requests_; }

 private:
  void Serve() {
    while (true) {
      const int connection = accept(socket_, nullptr, nullptr);
      if (connection < 0) return;
      char buffer[4096];
      const ssize_t size = read(connection, buffer, sizeof(buffer));
      const std::string request(buffer, size > 0 ? static_cast<std::size_t>(size) : 0);
      const bool robots = request.find("/robots.txt") != std::string::npos;
      const std::string answer =
          robots ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                 : answer_;
      page_requests_ += robots ? 0 : 1;
      if (send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
      close(connection);
    }
  }

  std::string answer_;
  int socket_ = -1;
  int port_ = 0;
  std::atomic<int> page_requests_ = 0;
  std::thread thread_;
};

TEST_F(HttpFetcherTest, Page_IsFetchedWithOurName) {
  Page("/jobs", "<h1>Jobs</h1>");
  const auto result = Get("/jobs");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(result->body_utf8, "<h1>Jobs</h1>");
  EXPECT_EQ(result->final_url, Url("/jobs"));
  EXPECT_EQ(result->tries, 1);
  std::lock_guard lock(mutex_);
  EXPECT_THAT(requests_.back().get_header_value("User-Agent"), HasSubstr("JobMesh"));
}

TEST_F(HttpFetcherTest, RobotsTxt_IsObeyedAndFetchedOnce) {
  Page("/robots.txt", "User-agent: *\nDisallow: /private\nSitemap: http://x.example/s.xml\n");
  Page("/private/a", "secret");
  Page("/open", "open");
  EXPECT_TRUE(absl::IsPermissionDenied(Get("/private/a").status()));
  EXPECT_TRUE(Get("/open").ok());
  EXPECT_EQ(Count("/private/a"), 0);
  EXPECT_EQ(Count("/robots.txt"), 1);
  EXPECT_THAT(fetcher().Sitemaps(Url("/"), {}), ::testing::ElementsAre("http://x.example/s.xml"));
}

TEST_F(HttpFetcherTest, CrawlDelay_LongerOfBothCounts_AndIsCapped) {
  Page("/robots.txt", "User-agent: *\nCrawl-delay: 5\n");
  Page("/a", "a");
  ASSERT_TRUE(Get("/a", {.delay = seconds(1)}).ok());
  const auto before = clock_.elapsed();
  ASSERT_TRUE(Get("/a", {.delay = seconds(8)}).ok());
  EXPECT_EQ(clock_.elapsed() - before, seconds(5));
  ASSERT_TRUE(Get("/a").ok());
  EXPECT_EQ(clock_.elapsed() - before, seconds(13));
}

TEST_F(HttpFetcherTest, RobotsTxtInTrouble_ForbidsEverything_AbsentForbidsNothing) {
  int status = 503;
  server_.Get("/robots.txt", [&](const httplib::Request&, httplib::Response& response) {
    response.status = status;
  });
  Page("/a", "a");
  const auto refused = Get("/a").status();
  EXPECT_TRUE(absl::IsPermissionDenied(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("cannot be served"));
  status = 403;
  clock_.Advance(settings_.robots_error_lifetime);
  EXPECT_TRUE(Get("/a").ok());
}

TEST_F(HttpFetcherTest, Redirects_AreFollowed_AndRobotsAskedAgain) {
  Page("/robots.txt", "User-agent: *\nDisallow: /private\n");
  server_.Get("/old", [](const auto&, auto& response) { response.set_redirect("new?x=1"); });
  server_.Get("/sneaky", [](const auto&, auto& response) { response.set_redirect("/private"); });
  Page("/new", "here");
  const auto result = Get("/old");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->final_url, Url("/new?x=1"));
  EXPECT_TRUE(absl::IsPermissionDenied(Get("/sneaky").status()));
  EXPECT_EQ(Count("/private"), 0);
}

TEST_F(HttpFetcherTest, RedirectLoopAndEndlessRedirects_Abort) {
  server_.Get("/loop", [](const auto&, auto& response) { response.set_redirect("/loop2"); });
  server_.Get("/loop2", [](const auto&, auto& response) { response.set_redirect("/loop"); });
  server_.Get(R"(/n/(\d+))", [](const httplib::Request& request, httplib::Response& response) {
    response.set_redirect("/n/" + std::to_string(std::stoi(request.matches[1]) + 1));
  });
  const auto loop = Get("/loop").status();
  EXPECT_TRUE(absl::IsAborted(loop));
  EXPECT_THAT(std::string(loop.message()), HasSubstr("loop"));
  EXPECT_TRUE(absl::IsAborted(Get("/n/0").status()));
  EXPECT_EQ(Count("/n/10"), 1);
  EXPECT_EQ(Count("/n/11"), 0);
}

TEST_F(HttpFetcherTest, ServerErrors_AreTriedAgainAsOftenAsConfigured) {
  settings_.SetTries(4);
  std::atomic<int> failures = 2;
  server_.Get("/shaky", [&](const httplib::Request&, httplib::Response& response) {
    response.status = failures-- > 0 ? 500 : 200;
  });
  server_.Get("/down", [](const auto&, auto& response) { response.status = 503; });
  const auto result = Get("/shaky");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->tries, 3);
  EXPECT_GT(clock_.elapsed().count(), 0);
  EXPECT_TRUE(absl::IsUnavailable(Get("/down").status()));
  EXPECT_EQ(Count("/down"), 4);
}

TEST_F(HttpFetcherTest, ClientErrors_AreNeverTriedAgain) {
  server_.Get("/bad", [](const auto&, auto& response) { response.status = 400; });
  server_.Get("/closed", [](const auto&, auto& response) { response.status = 403; });
  EXPECT_EQ(Get("/gone").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Get("/bad").status().code(), absl::StatusCode::kUnknown);
  EXPECT_EQ(Get("/closed").status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Count("/gone") + Count("/bad") + Count("/closed"), 3);
}

TEST_F(HttpFetcherTest, RetryAfter_SecondsAndDates_AreWaitedFor) {
  std::atomic<int> asked = 0;
  server_.Get("/busy", [&](const httplib::Request&, httplib::Response& response) {
    const int n = asked++;
    if (n == 2) return;
    response.status = 429;
    // The fake calendar starts at 08:49:37, and 20 s of it pass with the first wait.
    response.set_header("Retry-After", n == 0 ? "20" : "Sun, 06 Nov 1994 08:50:27 GMT");
  });
  ASSERT_TRUE(Get("/busy").ok());
  EXPECT_EQ(clock_.elapsed(), seconds(50));
}

TEST_F(HttpFetcherTest, RetryAfterBeyondPatience_GivesUpAndLeavesTheHostAlone) {
  server_.Get("/busy", [](const httplib::Request&, httplib::Response& response) {
    response.status = 429;
    response.set_header("Retry-After", "3600");
  });
  Page("/other", "x");
  EXPECT_EQ(Get("/busy").status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Get("/other").status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Count("/busy"), 1);
  EXPECT_EQ(Count("/other"), 0);
}

TEST_F(HttpFetcherTest, BodyOverTheLimit_IsRefused_AlsoWhenCompressed) {
  settings_.transport.max_body_bytes = 1000;
  Page("/fits", std::string(1000, 'x'));
  Page("/large", std::string(1001, 'x'));
  server_.Get("/chunked", [](const httplib::Request&, httplib::Response& response) {
    response.set_chunked_content_provider("text/html", [](std::size_t, httplib::DataSink& sink) {
      return sink.write(std::string(300, 'x').data(), 300);
    });
  });
  EXPECT_TRUE(Get("/fits").ok());
  EXPECT_EQ(Get("/large").status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Get("/chunked").status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Count("/large"), 1);
}

TEST_F(HttpFetcherTest, CompressedBody_IsUnpacked) {
  const std::string text(5000, 'z');
  Page("/text", text, "text/plain");  // httplib's server compresses text for clients that take it
  const auto result = Get("/text");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->body_utf8, text);
  std::lock_guard lock(mutex_);
  EXPECT_THAT(requests_.back().get_header_value("Accept-Encoding"), HasSubstr("gzip"));
}

TEST_F(HttpFetcherTest, Charset_IsConvertedToUtf8) {
  Page("/ru", "<p>\xcf\xf0\xee\xe3\xf0\xe0\xec\xec\xe8\xf1\xf2</p>",
       "text/html; charset=windows-1251");
  const auto result = Get("/ru");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->body_utf8, "<p>Программист</p>");
}

TEST_F(HttpFetcherTest, ConditionalGet_OnlyAfterRemember) {
  server_.Get("/page", [](const httplib::Request& request, httplib::Response& response) {
    response.set_header("ETag", "\"v1\"");
    if (request.get_header_value("If-None-Match") == "\"v1\"") {
      response.status = 304;
    } else {
      response.set_content("content", "text/html");
    }
  });
  const FetchOptions conditional{.conditional = true};
  const auto first = Get("/page", conditional);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto forgotten = Get("/page", conditional);
  ASSERT_TRUE(forgotten.ok()) << forgotten.status();
  EXPECT_FALSE(forgotten->not_modified);
  fetcher().Remember(*first);
  const auto second = Get("/page", conditional);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(second->not_modified);
  EXPECT_EQ(second->status, 304);
  EXPECT_FALSE(Get("/page")->not_modified);
}

TEST_F(HttpFetcherTest, ChallengePage_IsRespected) {
  server_.Get("/guarded", [](const httplib::Request&, httplib::Response& response) {
    response.status = 503;
    response.set_content("<title>Just a moment...</title>", "text/html");
  });
  const auto refused = Get("/guarded").status();
  EXPECT_TRUE(absl::IsPermissionDenied(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("challenge"));
  EXPECT_EQ(Count("/guarded"), 1);
}

TEST_F(HttpFetcherTest, PrivateAddress_IsRefusedUnlessAllowed) {
  settings_.allowed = *ParseNetworks("127.0.0.1:" + std::to_string(port_));
  server_.Get("/away", [](const auto&, auto& response) {
    response.set_redirect("http://169.254.169.254/latest/meta-data");
  });
  server_.Get("/elsewhere",
              [](const auto&, auto& response) { response.set_redirect("http://localhost:1/"); });
  server_.Get("/file",
              [](const auto&, auto& response) { response.set_redirect("file:///etc/passwd"); });
  EXPECT_EQ(Get("/away").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Get("/elsewhere").status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Get("/file").status().code(), absl::StatusCode::kInvalidArgument);
  for (const char* url : {"http://10.0.0.1/", "http://[::ffff:127.0.0.1]:1/", "http://0x7f.1/",
                          "http://2130706433/", "http://[fe80::1]/"}) {
    EXPECT_EQ(fetcher().Get(url, {}).status().code(), absl::StatusCode::kFailedPrecondition) << url;
  }
}

// Says that every host has an address that is public.
class PublicResolver final : public Resolver {
 public:
  absl::StatusOr<std::vector<IpAddress>> Resolve(const std::string& /*host*/) override {
    return std::vector<IpAddress>{*IpAddress::Parse("1.1.1.1")};
  }
};

TEST_F(HttpFetcherTest, WithoutPoliteness_NeitherRobotsNorDelaysCount) {
  Page("/robots.txt", "User-agent: *\nCrawl-delay: 5\nDisallow: /jobs\n", "text/plain");
  Page("/jobs", "x");
  settings_.DropPoliteness(4);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Get("/jobs", {.delay = seconds(7)}).ok());
  EXPECT_EQ(Count("/robots.txt"), 0);
  EXPECT_EQ(clock_.elapsed(), milliseconds(0));
}

TEST_F(HttpFetcherTest, WithoutPoliteness_PublicServersAreRefused) {
  PublicResolver resolver;
  settings_.DropPoliteness(4);
  HttpFetcher fetcher(settings_, clock_, resolver, nullptr, [] { return 0.5; });
  const auto page = fetcher.Get("http://jobs.example/", {});
  EXPECT_TRUE(absl::IsFailedPrecondition(page.status())) << page.status();
  EXPECT_THAT(std::string(page.status().message()), HasSubstr("impolitely"));
}

TEST_F(HttpFetcherTest, CutBody_IsTriedAgain) {
  const RawServer server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it");
  EXPECT_TRUE(absl::IsUnavailable(fetcher().Get(server.Url("/half"), {}).status()));
  EXPECT_EQ(server.page_requests(), 3);
}

TEST_F(HttpFetcherTest, NothingListening_IsUnavailable) {
  // Bound and not listening: refuses, and nobody else can be given the port meanwhile.
  const int holder = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(holder, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(getsockname(holder, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
  EXPECT_TRUE(absl::IsUnavailable(fetcher().Get(url, {}).status()));
  close(holder);
}

TEST_F(HttpFetcherTest, TricklingBody_EndsAtTheTotalLimit) {
  settings_.SetTries(1);
  settings_.transport.exchange_limit = milliseconds(200);
  CancelToken stop;
  server_.Get("/slow", [&](const httplib::Request&, httplib::Response& response) {
    response.set_chunked_content_provider("text/html", [&](std::size_t, httplib::DataSink& sink) {
      return !stop.WaitFor(milliseconds(20)) && sink.write("x", 1);
    });
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(Get("/slow").status()));
  stop.Cancel();
}

TEST_F(HttpFetcherTest, Cancel_EndsARunningFetch) {
  CancelToken cancel;
  CancelToken stop;
  server_.Get("/slow", [&](const httplib::Request&, httplib::Response&) {
    cancel.Cancel();
    stop.WaitFor(seconds(10));
  });
  EXPECT_TRUE(absl::IsCancelled(Get("/slow", {.cancel = &cancel}).status()));
  stop.Cancel();
}

TEST_F(HttpFetcherTest, ManyThreads_ShareOneFetcher) {
  settings_.host.max_concurrent = 4;
  Page("/p", "page");
  fetcher();
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) good += Get("/p").ok() ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 80);
  EXPECT_EQ(Count("/robots.txt"), 1);
}

TEST(FetchSettingsTest, TimeoutAndTries_AreClamped) {
  FetchSettings settings;
  EXPECT_TRUE(settings.SetTimeoutSeconds(0));
  EXPECT_EQ(settings.transport.timeout, seconds(1));
  EXPECT_TRUE(settings.SetTries(99));
  EXPECT_EQ(settings.tries, 10);
  EXPECT_FALSE(settings.SetTries(3));
}

}  // namespace
}  // namespace jobmesh::scraper::fetch
