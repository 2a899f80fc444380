// sample-board [--port N] [--host ADDRESS] [--seed N] [--postings N] [--crawl-delay SECONDS]
// [--compress 0|1] [--port-file PATH] Serves the sample board until SIGINT or SIGTERM. The port
// comes from --port, else JOBMESH_BOARD_PORT, else 8090; 0 lets the kernel choose. Prints
// {"event":"listening","port":N} when it serves.

#include <signal.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/sample_board/sample_board.h"

namespace {

constexpr int kUsageError = 2;
constexpr int kMaxCrawlDelaySeconds = 3600;

struct Arguments {
  jobmesh::testing::SampleBoard::Options board;
  std::string port_file;
};

template <typename Number>
bool ParseNumber(std::string_view text, Number low, Number high, Number* value) {
  Number parsed{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  if (!(parsed >= low && parsed <= high)) return false;
  *value = parsed;
  return true;
}

bool ParseArgument(std::string_view name, const char* value, Arguments* arguments) {
  auto& board = arguments->board;
  if (name == "--port") return ParseNumber(value, 0, 65535, &board.port);
  if (name == "--host") {
    board.host = value;
    return true;
  }
  if (name == "--seed") return ParseNumber<uint64_t>(value, 0, UINT64_MAX, &board.seed);
  if (name == "--postings") {
    // Of all boards together; numbers of the boards are 100,000 apart.
    uint32_t total = 0;
    if (!ParseNumber<uint32_t>(value, 0, 200000, &total)) return false;
    board.postings_per_board = total / jobmesh::testing::kBoards.size();
    return true;
  }
  if (name == "--crawl-delay") {
    double seconds = 0;
    if (!ParseNumber<double>(value, 0, kMaxCrawlDelaySeconds, &seconds)) return false;
    board.crawl_delay = std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
    return true;
  }
  if (name == "--compress") {
    int compress = 1;
    if (!ParseNumber(value, 0, 1, &compress)) return false;
    board.compress = compress == 1;
    return true;
  }
  if (name == "--port-file") {
    arguments->port_file = value;
    return true;
  }
  return false;
}

// Empty after a mistake, which is printed.
std::optional<Arguments> ParseArguments(int argc, char** argv) {
  Arguments arguments;
  const char* port = std::getenv("JOBMESH_BOARD_PORT");
  if (!ParseArgument("--port", port != nullptr ? port : "8090", &arguments)) {
    std::fprintf(stderr, "sample-board: JOBMESH_BOARD_PORT=%s is not a port\n", port);
    return std::nullopt;
  }
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 < argc && ParseArgument(argv[i], argv[i + 1], &arguments)) continue;
    std::fprintf(stderr,
                 "sample-board: bad argument %s\nusage: sample-board [--port N] [--host ADDRESS] "
                 "[--seed N] [--postings N] [--crawl-delay SECONDS] [--compress 0|1] "
                 "[--port-file PATH]\n",
                 argv[i]);
    return std::nullopt;
  }
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<Arguments> arguments = ParseArguments(argc, argv);
  if (!arguments) return kUsageError;

  // Blocked before any thread starts, so that only sigwait below sees them.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  jobmesh::testing::SampleBoard board(arguments->board);
  if (absl::Status started = board.Start(); !started.ok()) {
    std::fprintf(stderr, "sample-board: %s\n", std::string(started.message()).c_str());
    return 1;
  }
  if (!arguments->port_file.empty()) {
    // Renamed into place, so that a reader never sees half a number.
    std::string partial = arguments->port_file + ".partial";
    std::ofstream(partial) << board.port() << '\n';
    if (std::rename(partial.c_str(), arguments->port_file.c_str()) != 0) {
      std::fprintf(stderr, "sample-board: cannot write %s\n", arguments->port_file.c_str());
      return 1;
    }
  }
  std::printf("{\"event\":\"listening\",\"port\":%d}\n", board.port());
  std::fflush(stdout);

  int signal_number = 0;
  sigwait(&stop_signals, &signal_number);
  board.Stop();
  return 0;
}
