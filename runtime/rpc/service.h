#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/service_type.h"

#include "runtime/rpc/call_context.h"
#include "runtime/rpc/method_runner.h"
#include "runtime/rpc/stream.h"
#include "runtime/rpc/stream_reactor.h"

namespace jobmesh::runtime::rpc {

// A gRPC service made from its descriptor and from plain handler functions:
//
//   auto service = std::make_unique<rpc::Service>("jobmesh.search.v1.SearchService");
//   service->Unary("FindJobs", &handlers, &SearchHandlers::FindJobs);
//
// Handlers are functions of (CallContext, request) that return StatusOr<response>; they run on the
// server's worker threads and may block. Authentication (by the method's `auth` option), metrics,
// logging, deadlines and the exception barrier are the server's work (see method_runner.h), so
// handlers hold none of it and are tested without a server. Every method of the descriptor must be
// given a handler before the service is added to a server. The handlers must outlive the server.
class Service : public grpc::Service {
 public:
  // `full_name` must be linked into the process; anything else is a bug and ends it.
  explicit Service(std::string_view full_name);

  template <class Handlers, class Request, class Response>
  Service& Unary(std::string_view method, Handlers* handlers,
                 absl::StatusOr<Response> (Handlers::*handler)(const CallContext&,
                                                               const Request&)) {
    const int index = IndexOf(method, Request::descriptor(), Response::descriptor());
    Slot* slot = slots_[index].get();
    MarkMethodCallback(
        index,
        new grpc::internal::CallbackUnaryHandler<Request, Response>(
            [slot, handlers, handler](grpc::CallbackServerContext* context, const Request* request,
                                      Response* response) {
              return slot->runner->RunUnary(
                  context,
                  [handlers, handler, request, response](const CallContext& call) -> absl::Status {
                    absl::StatusOr<Response> result = (handlers->*handler)(call, *request);
                    if (!result.ok()) {
                      return result.status();
                    }
                    *response = *std::move(result);
                    return absl::OkStatus();
                  });
            }));
    return *this;
  }

  // The handler sends through the writer, now or later, from any thread, and finishes the call
  // through it.
  template <class Handlers, class Request, class Response>
  Service& ServerStream(
      std::string_view method, Handlers* handlers,
      StreamEvents<Request> (Handlers::*handler)(const CallContext&, const Request&,
                                                 std::shared_ptr<StreamWriter<Response>>)) {
    const int index = IndexOf(method, Request::descriptor(), Response::descriptor());
    Slot* slot = slots_[index].get();
    MarkMethodCallback(
        index,
        new grpc::internal::CallbackServerStreamingHandler<Request, Response>(
            [slot, handlers, handler](grpc::CallbackServerContext* context, const Request* request)
                -> grpc::ServerWriteReactor<Response>* {
              return StartServerStream<Request, Response>(
                  *slot->runner, context,
                  [handlers, handler, request](const CallContext& call,
                                               std::shared_ptr<StreamWriter<Response>> writer) {
                    return (handlers->*handler)(call, *request, std::move(writer));
                  });
            }));
    return *this;
  }

  template <class Handlers, class Request, class Response>
  Service& BidiStream(std::string_view method, Handlers* handlers,
                      StreamEvents<Request> (Handlers::*handler)(
                          const CallContext&, std::shared_ptr<StreamWriter<Response>>)) {
    const int index = IndexOf(method, Request::descriptor(), Response::descriptor());
    Slot* slot = slots_[index].get();
    MarkMethodCallback(
        index, new grpc::internal::CallbackBidiHandler<Request, Response>(
                   [slot, handlers, handler](grpc::CallbackServerContext* context)
                       -> grpc::ServerBidiReactor<Request, Response>* {
                     return StartBidiStream<Request, Response>(
                         *slot->runner, context,
                         [handlers, handler](const CallContext& call,
                                             std::shared_ptr<StreamWriter<Response>> writer) {
                           return (handlers->*handler)(call, std::move(writer));
                         });
                   }));
    return *this;
  }

  const google::protobuf::ServiceDescriptor& descriptor() const { return *descriptor_; }

 private:
  friend class Server;
  struct Slot {
    std::string path;  // gRPC keeps a pointer to it
    bool handled = false;
    std::unique_ptr<MethodRunner> runner;  // set by Server
  };

  // Called by Server: gives each method its runner. A method without a handler is a bug and ends
  // the process.
  void Bind(ServerCore& core);
  int IndexOf(std::string_view method, const google::protobuf::Descriptor* request,
              const google::protobuf::Descriptor* response);

  const google::protobuf::ServiceDescriptor* descriptor_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

}  // namespace jobmesh::runtime::rpc
