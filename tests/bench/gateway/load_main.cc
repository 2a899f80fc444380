// The loads of the gateway benchmarks that wrk cannot make. Each prints one line of JSON.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/bench/gateway/load_report.h"

int main(int argc, char** argv) {
  using namespace jobmesh::bench;  // NOLINT(google-build-using-namespace): this file only calls it
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string command = arguments.empty() ? "" : arguments[0];
  if (command == "direct" && arguments.size() == 3) {
    return LoadDirect(arguments[1], std::atof(arguments[2].c_str()));
  }
  if (command == "http" && arguments.size() == 5) {
    return LoadHttp(std::atoi(arguments[1].c_str()), arguments[2], std::atoi(arguments[3].c_str()),
                    std::atof(arguments[4].c_str()));
  }
  if (command == "websocket" && arguments.size() == 6) {
    return LoadWebSocket(std::atoi(arguments[1].c_str()), arguments[2],
                         std::atoi(arguments[3].c_str()), arguments[4], arguments[5]);
  }
  std::fprintf(stderr,
               "usage: bench-load direct HOST:PORT SECONDS\n"
               "       bench-load http PORT PATH CONNECTIONS SECONDS\n"
               "       bench-load websocket PORT PATH CONNECTIONS BACKEND_HOST:PORT MESH_TOKEN\n");
  return 2;
}
