#include "tests/support/sample_board/sample_board.h"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include "tests/support/sample_board/api_pages.h"
#include "tests/support/sample_board/connection.h"
#include "tests/support/sample_board/control_api.h"
#include "tests/support/sample_board/feed_pages.h"
#include "tests/support/sample_board/greenhouse_pages.h"
#include "tests/support/sample_board/jsonld_pages.h"
#include "tests/support/sample_board/rabota_pages.h"
#include "tests/support/sample_board/responses.h"
#include "tests/support/sample_board/upstream_apis.h"

namespace jobmesh::testing {
namespace {

using httplib::Request;
using httplib::Response;

// A connection keeps its thread, and one that is held by a failure keeps it long.
constexpr size_t kThreads = 64;
constexpr size_t kKeepAliveRequests = 100000;
constexpr int kKeepAliveSeconds = 5;
constexpr int kBacklog = 1024;
constexpr size_t kMaxBodyBytes = 1 << 20;

// When the request that this thread serves was received.
thread_local std::chrono::system_clock::time_point request_started;

BoardState::Clock OrSystemClock(BoardState::Clock clock) {
  if (clock) return clock;
  return [] { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); };
}

bool IsLoopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

bool IsControl(const std::string& path) { return path.starts_with("/_control/"); }

// A page number in a path or query; 0 when it is none.
size_t PageNumber(const std::string& text) {
  size_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

std::string RobotsTxt(const std::string& origin, std::chrono::milliseconds crawl_delay) {
  char seconds[32];
  std::snprintf(seconds, sizeof(seconds), "%g", static_cast<double>(crawl_delay.count()) / 1000);
  return std::string(
             "# Invented jobs, for tests.\n"
             "User-agent: GreedyBot\n"
             "Disallow: /\n"
             "\n"
             "User-agent: *\n"
             "Crawl-delay: ") +
         seconds +
         "\n"
         "Disallow: /_control/\n"
         "Disallow: /jsonld/private/\n"
         "Disallow: /rabota/ro/search\n"
         "Disallow: /*?session=\n"
         "Allow: /\n"
         "\n"
         "Sitemap: " +
         origin + "/jsonld/sitemap.xml\n";
}

using PageMaker = std::function<Page(const Request&)>;

// A handler that answers with the page, or fails as `part`, or else the part of this request, is
// told to.
httplib::Server::Handler Serve(std::string part, FailureSwitch* failures, PageMaker maker,
                               std::function<std::string(const Request&)> part_of = nullptr) {
  return [part = std::move(part), failures, maker = std::move(maker), part_of = std::move(part_of)](
             const Request& request, Response& response) {
    FailureSwitch::Setting failure = failures->Next(part);
    if (failure.mode == FailureMode::kNone && part_of) failure = failures->Next(part_of(request));
    if (SendFailure(failure, failures, request, &response)) return;
    SendPage(maker(request), request, &response);
    Spoil(failure.mode, failures, &response);
  };
}

// The handler, whose pages go out as they are: the library packs every body that it holds itself.
httplib::Server::Handler Uncompressed(httplib::Server::Handler handler) {
  return [handler = std::move(handler)](const Request& request, Response& response) {
    handler(request, response);
    if (response.status != 200 || response.body.empty()) return;
    auto body = std::make_shared<const std::string>(std::move(response.body));
    const std::string type = response.get_header_value("Content-Type");
    response.body.clear();
    response.headers.erase("Content-Type");
    response.set_content_provider(body->size(), type,
                                  [body](size_t offset, size_t length, httplib::DataSink& sink) {
                                    return sink.write(body->data() + offset, length);
                                  });
  };
}

}  // namespace

SampleBoard::SampleBoard(Options options)
    : options_(std::move(options)),
      state_({.seed = options_.seed,
              .postings_per_board = options_.postings_per_board,
              .clock = OrSystemClock(options_.clock)}),
      failures_(options_.seed),
      server_(std::make_unique<httplib::Server>()) {
  SetLimits();
  AddSiteRoutes();
  AddBoardRoutes();
  AddApiRoutes();
  AddUpstreamRoutes();
  AddControlRoutes(server_.get(), &state_, &failures_, &log_);
}

SampleBoard::~SampleBoard() { Stop(); }

absl::Status SampleBoard::Start() {
  if (options_.port == 0) {
    port_ = server_->bind_to_any_port(options_.host.c_str());
  } else if (server_->bind_to_port(options_.host.c_str(), options_.port)) {
    port_ = options_.port;
  }
  if (port_ <= 0) {
    return absl::UnavailableError("cannot listen on " + options_.host + ":" +
                                  std::to_string(options_.port));
  }
  // The library listens with a queue of five, too short for a crawler that opens many connections
  // at once.
  listen(listening_socket_, kBacklog);
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  // The library forgets a stop() that comes before it runs.
  while (!server_->is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return absl::OkStatus();
}

void SampleBoard::Stop() {
  failures_.Stop();
  server_->stop();
  if (port_ > 0) EndReading(port_);
  if (thread_.joinable()) thread_.join();
}

std::string SampleBoard::url() const {
  return "http://" + options_.host + ":" + std::to_string(port_);
}

void SampleBoard::SetLimits() {
  server_->new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server_->set_keep_alive_max_count(kKeepAliveRequests);
  server_->set_keep_alive_timeout(kKeepAliveSeconds);
  server_->set_payload_max_length(kMaxBodyBytes);
  server_->set_tcp_nodelay(true);
  server_->set_default_headers({{"Server", "sample-board"}, {"X-Robots-Tag", "noarchive"}});
  // Only SO_REUSEADDR: with the library's SO_REUSEPORT two boards could share a port without
  // noticing.
  server_->set_socket_options([this](int socket) {
    int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    listening_socket_ = socket;
  });
  server_->set_pre_routing_handler([](const Request& request, Response& response) {
    request_started = std::chrono::system_clock::now();
    if (!IsControl(request.path) || IsLoopback(request.remote_addr)) {
      return httplib::Server::HandlerResponse::Unhandled;
    }
    response.status = 403;
    return httplib::Server::HandlerResponse::Handled;
  });
  server_->set_error_handler([](const Request& request, Response& response) {
    if (!response.body.empty() || response.status == 304) return;
    if (response.status == 404) SendPage(NotFoundPage(), request, &response);
  });
  server_->set_logger([this](const Request& request, const Response& response) {
    if (IsControl(request.path)) return;
    auto duration = std::chrono::system_clock::now() - request_started;
    log_.Add({.started = request_started,
              .duration = std::chrono::duration_cast<std::chrono::microseconds>(duration),
              .method = request.method,
              .target = request.target,
              .status = response.status,
              .user_agent = request.get_header_value("User-Agent"),
              .conditional =
                  request.has_header("If-None-Match") || request.has_header("If-Modified-Since")});
  });
}

void SampleBoard::AddSiteRoutes() {
  auto robots = [this](const Request& request) {
    return Page{.content_type = "text/plain; charset=utf-8",
                .body = RobotsTxt(OriginOf(request), options_.crawl_delay)};
  };
  server_->Get("/robots.txt", Serve("robots", &failures_, robots));
  server_->Get("/jsonld/robots.txt", Serve("robots", &failures_, robots));
  server_->Get("/livez", [](const Request&, Response& response) {
    response.set_content("ok\n", "text/plain");
  });
  server_->Get("/", [](const Request& request, Response& response) {
    std::string list;
    for (const char* path : {"/jsonld/jobs", "/jsonld/sitemap.xml", "/feed/jobs.rss",
                             "/feed/jobs.atom", "/greenhouse/v1/boards/sample/jobs?content=true",
                             "/rabota/ro/vacancies/category/it/1", "/robots.txt"}) {
      list += std::string("<li><a href=\"") + path + "\">" + path + "</a></li>\n";
    }
    SendPage({.body = HtmlDocument("en", "Sample board", "",
                                   "<h1>Sample board</h1>\n<ul>\n" + list + "</ul>\n")},
             request, &response);
  });
}

void SampleBoard::AddBoardRoutes() {
  auto add = [this](Board board, const std::string& pattern, PageMaker maker) {
    auto handler = Serve(std::string(BoardName(board)), &failures_, std::move(maker));
    server_->Get(pattern, options_.compress ? handler : Uncompressed(handler));
  };
  // A page over many postings changed when any of them came, changed or went.
  auto add_list = [this, add](Board board, const std::string& pattern, PageMaker maker) {
    add(board, pattern, [this, board, maker = std::move(maker)](const Request& request) {
      Page page = maker(request);
      page.modified = std::max(page.modified, state_.UpdatedAt(board));
      return page;
    });
  };
  // The last group of the pattern is the posting's number.
  auto add_detail = [this, add](Board board, const std::string& pattern,
                                std::function<Page(const Request&, const BoardPosting&)> maker,
                                std::function<Page()> missing = NotFoundPage) {
    add(board, pattern, [=, this](const Request& request) {
      PostingPtr posting = state_.Find(PageNumber(request.matches[request.matches.size() - 1]));
      if (posting == nullptr || posting->board != board) return missing();
      return maker(request, *posting);
    });
  };

  add_list(Board::kJsonLd, "/jsonld/sitemap\\.xml", [this](const Request& request) {
    return JsonLdSitemapIndex(OriginOf(request), state_.List(Board::kJsonLd),
                              state_.UpdatedAt(Board::kJsonLd));
  });
  add_list(Board::kJsonLd, "/jsonld/sitemap-jobs-(\\d+)\\.xml", [this](const Request& request) {
    return JsonLdSitemapPart(OriginOf(request), state_.List(Board::kJsonLd),
                             PageNumber(request.matches[1]));
  });
  add(Board::kJsonLd, "/jsonld/sitemap-pages\\.xml",
      [](const Request& request) { return JsonLdSitemapOfOthers(OriginOf(request)); });
  add_list(Board::kJsonLd, "/jsonld/(?:jobs/?)?", [this](const Request& request) {
    size_t page = request.has_param("page") ? PageNumber(request.get_param_value("page")) : 1;
    return JsonLdListing(state_.List(Board::kJsonLd), page);
  });
  for (const char* path : {"/jsonld/about", "/jsonld/private/.*"}) {
    add(Board::kJsonLd, path, [](const Request&) { return JsonLdAbout(); });
  }
  add_detail(Board::kJsonLd, "/jsonld/jobs/(\\d+)",
             [](const Request& request, const BoardPosting& posting) {
               return JsonLdDetail(OriginOf(request), posting);
             });

  add_list(Board::kRss, "/feed/jobs\\.rss", [this](const Request& request) {
    return RssFeed(OriginOf(request), state_.List(Board::kRss));
  });
  add_list(Board::kRss, "/feed/jobs\\.atom", [this](const Request& request) {
    return AtomFeed(OriginOf(request), state_.List(Board::kRss));
  });
  add_detail(Board::kRss, "/feed/jobs/(\\d+)",
             [](const Request&, const BoardPosting& posting) { return FeedDetail(posting); });

  add_list(Board::kGreenhouse, "/greenhouse/v1/boards/sample/jobs", [this](const Request& request) {
    return GreenhouseJobs(OriginOf(request), state_.List(Board::kGreenhouse),
                          request.get_param_value("content") == "true");
  });
  add_detail(
      Board::kGreenhouse, "/greenhouse/v1/boards/sample/jobs/(\\d+)",
      [](const Request& request, const BoardPosting& posting) {
        return GreenhouseJob(OriginOf(request), posting);
      },
      GreenhouseError);
  add(Board::kGreenhouse, "/greenhouse/v1/boards/[^/]+/jobs(?:/\\d+)?",
      [](const Request&) { return GreenhouseError(); });
  add_detail(Board::kGreenhouse, "/greenhouse/sample/jobs/(\\d+)",
             [](const Request&, const BoardPosting& posting) { return GreenhouseDetail(posting); });

  add_list(Board::kRabota, "/rabota/ro/vacancies/category/it(?:/(\\d+))?",
           [this](const Request& request) {
             bool first = !request.matches[1].matched;
             size_t page = first ? 1 : PageNumber(request.matches[1]);
             if (page == 0) return NotFoundPage();
             return RabotaListing(state_.List(Board::kRabota), page);
           });
  add_detail(Board::kRabota, "/rabota/ro/locuri-de-munca/[a-z0-9-]+/(\\d+)",
             [](const Request&, const BoardPosting& posting) { return RabotaDetail(posting); });
}

// The postings of the Greenhouse board in the formats of other APIs.
void SampleBoard::AddApiRoutes() {
  server_->Get("/apis/([a-z]+)(/.*)", Serve("apis", &failures_, [this](const Request& request) {
                 const auto parameter = [&request](const char* name) {
                   return request.has_param(name) ? request.get_param_value(name)
                                                  : request.get_header_value(name);
                 };
                 std::optional<Page> page =
                     ApiPage(request.matches[1].str(), request.matches[2].str(), parameter,
                             OriginOf(request), state_.List(Board::kGreenhouse));
                 if (!page) return NotFoundPage();
                 if (page->status == 200) page->modified = state_.UpdatedAt(Board::kGreenhouse);
                 return *std::move(page);
               }));
}

void SampleBoard::AddUpstreamRoutes() {
  server_->Get("/api/?", Serve("api", &failures_, [this](const Request& request) {
                 uint64_t seed = options_.seed * 1000003 + people_served_.fetch_add(1);
                 if (request.has_param("seed")) {
                   seed = std::hash<std::string>()(request.get_param_value("seed"));
                 }
                 size_t count = request.has_param("results")
                                    ? PageNumber(request.get_param_value("results"))
                                    : 1;
                 return RandomUsers(seed, static_cast<int>(std::clamp<size_t>(count, 1, 5000)));
               }));
  const auto items = [this](const Request& request) {
    std::string date = request.get_param_value("date");
    auto body = nlohmann::json::parse(request.body, nullptr, false);
    if (body.is_object() && body.contains("date") && body["date"].is_string()) {
      date = body["date"].get<std::string>();
    }
    auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    if (options_.clock) {
      today = std::chrono::floor<std::chrono::days>(options_.clock());
    }
    return ProviderItems(OriginOf(request), request.matches[1].str(), request.matches[2].str(),
                         ParseDay(date).value_or(today));
  };
  const auto provider = [](const Request& request) {
    return "sites/" + request.matches[1].str() + "/" + request.matches[2].str();
  };
  server_->Post("/sites/([a-z0-9_-]+)/([a-z0-9_-]+)", Serve("sites", &failures_, items, provider));
}

}  // namespace jobmesh::testing
