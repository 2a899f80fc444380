#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jobmesh::bench {

// Collects latencies of one load and what went wrong, and prints them as one line of JSON.
class Report {
 public:
  void Latency(std::int64_t nanoseconds) {
    latencies_.push_back(static_cast<std::uint32_t>(nanoseconds / 100));
  }
  std::size_t count() const { return latencies_.size(); }

  // {"requests":…,"per_second":…,"p50_us":…,"p99_us":…,<more>}; `more` is ready JSON members.
  void Print(double seconds, const std::string& more = "");

 private:
  double Percentile(double share);

  std::vector<std::uint32_t> latencies_;  // in 100 ns
};

// Monotonic time in nanoseconds.
std::int64_t NowNanoseconds();

// A TCP connection to a loopback port, non-blocking after it is made when asked for; -1 on failure.
int Connect(int port, bool non_blocking);

// Commands; see load_main.cc.
int LoadDirect(const std::string& target, double seconds);
int LoadHttp(int port, const std::string& path, int connections, double seconds);
int LoadWebSocket(int port, const std::string& path, int connections, const std::string& backend,
                  const std::string& mesh_token);

}  // namespace jobmesh::bench
