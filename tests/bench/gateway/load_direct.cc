#include <memory>

#include "grpcpp/grpcpp.h"

#include "tests/bench/gateway/board.grpc.pb.h"
#include "tests/bench/gateway/load_report.h"

namespace jobmesh::bench {

// One call after the other, as a generated blocking stub makes them.
int LoadDirect(const std::string& target, double seconds) {
  const auto stub =
      v1::Board::NewStub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()));
  Report report;
  const std::int64_t begin = NowNanoseconds();
  const std::int64_t end = begin + static_cast<std::int64_t>(seconds * 1e9);
  for (std::int64_t now = begin; now < end;) {
    grpc::ClientContext context;
    v1::ListPostingsRequest request;
    request.set_title("engineer");
    v1::ListPostingsResponse response;
    if (!stub->ListPostings(&context, request, &response).ok()) {
      return 1;
    }
    const std::int64_t after = NowNanoseconds();
    report.Latency(after - now);
    now = after;
  }
  report.Print(seconds);
  return 0;
}

}  // namespace jobmesh::bench
