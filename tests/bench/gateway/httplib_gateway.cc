// A gateway as it is written without a framework: cpp-httplib, a blocking gRPC stub and
// libprotobuf's JSON. Usage: bench-httplib BACKEND_HOST:PORT. Prints its port.
#include <cstdio>
#include <memory>
#include <string>

#include "google/protobuf/util/json_util.h"
#include "grpcpp/grpcpp.h"
#include "httplib.h"

#include "tests/bench/gateway/board.grpc.pb.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    return 2;
  }
  namespace v1 = jobmesh::bench::v1;
  const auto stub =
      v1::Board::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  httplib::Server server;
  // One thread a connection is its model: fewer would leave connections of the load without answer.
  server.new_task_queue = [] { return new httplib::ThreadPool(64); };
  server.set_keep_alive_max_count(1'000'000'000);
  server.set_tcp_nodelay(true);
  server.Get("/bench/postings", [&](const httplib::Request& request, httplib::Response& response) {
    v1::ListPostingsRequest call;
    call.set_title(request.get_param_value("title"));
    v1::ListPostingsResponse page;
    grpc::ClientContext context;
    std::string json;
    google::protobuf::util::JsonPrintOptions options;
    options.always_print_primitive_fields = true;
    if (!stub->ListPostings(&context, call, &page).ok() ||
        !google::protobuf::util::MessageToJsonString(page, &json, options).ok()) {
      response.status = 502;
      return;
    }
    response.set_content(json, "application/json");
  });
  std::printf("%d\n", server.bind_to_any_port("127.0.0.1"));
  std::fflush(stdout);
  return server.listen_after_bind() ? 0 : 1;
}
