#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include <absl/status/status.h>

#include "tests/support/sample_board/access_log.h"
#include "tests/support/sample_board/board_state.h"
#include "tests/support/sample_board/failure_switch.h"

namespace httplib {
class Server;
}

namespace jobmesh::testing {

// An HTTP server that plays four job boards, their robots.txt and the other servers the mesh calls.
// What it serves is described in tests/support/README.md. Thread-safe.
class SampleBoard {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    int port = 0;  // 0: the kernel chooses
    uint64_t seed = 1;
    uint32_t postings_per_board = 100;
    // Crawl-delay of robots.txt.
    std::chrono::milliseconds crawl_delay{10};
    // Whether pages are packed for clients that take that.
    bool compress = true;
    // Empty: the system clock.
    BoardState::Clock clock;
  };

  explicit SampleBoard(Options options);
  ~SampleBoard();
  SampleBoard(const SampleBoard&) = delete;
  SampleBoard& operator=(const SampleBoard&) = delete;

  // Binds and serves from a thread of its own. Fails when the address is taken.
  absl::Status Start();
  // Ends running requests early and waits for them. Safe to call twice.
  void Stop();

  // After Start().
  int port() const { return port_; }
  // "http://127.0.0.1:<port>"
  std::string url() const;

  BoardState& state() { return state_; }
  FailureSwitch& failures() { return failures_; }
  AccessLog& log() { return log_; }

 private:
  void SetLimits();
  void AddSiteRoutes();
  void AddBoardRoutes();
  void AddApiRoutes();
  void AddUpstreamRoutes();

  const Options options_;
  BoardState state_;
  FailureSwitch failures_;
  AccessLog log_;
  std::atomic<uint64_t> people_served_{0};
  std::unique_ptr<httplib::Server> server_;
  std::thread thread_;
  int port_ = 0;
  int listening_socket_ = -1;  // owned by server_
};

}  // namespace jobmesh::testing
