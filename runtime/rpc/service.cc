#include "runtime/rpc/service.h"

#include <cstdio>
#include <cstdlib>

#include "google/protobuf/descriptor.h"

namespace jobmesh::runtime::rpc {
namespace {

[[noreturn]] void Bug(const std::string& what) {
  std::fprintf(stderr, "bug: %s\n", what.c_str());
  std::abort();
}

grpc::internal::RpcMethod::RpcType TypeOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) {
    return method.server_streaming() ? grpc::internal::RpcMethod::BIDI_STREAMING
                                     : grpc::internal::RpcMethod::CLIENT_STREAMING;
  }
  return method.server_streaming() ? grpc::internal::RpcMethod::SERVER_STREAMING
                                   : grpc::internal::RpcMethod::NORMAL_RPC;
}

}  // namespace

Service::Service(std::string_view full_name)
    : descriptor_(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
          std::string(full_name))) {
  if (descriptor_ == nullptr) {
    Bug("no service " + std::string(full_name) + " is linked in");
  }
  for (int i = 0; i < descriptor_->method_count(); ++i) {
    const google::protobuf::MethodDescriptor& method = *descriptor_->method(i);
    auto slot = std::make_unique<Slot>();
    slot->path = "/" + descriptor_->full_name() + "/" + method.name();
    AddMethod(new grpc::internal::RpcServiceMethod(slot->path.c_str(), TypeOf(method), nullptr));
    slots_.push_back(std::move(slot));
  }
}

int Service::IndexOf(std::string_view name, const google::protobuf::Descriptor* request,
                     const google::protobuf::Descriptor* response) {
  for (int i = 0; i < descriptor_->method_count(); ++i) {
    const google::protobuf::MethodDescriptor& method = *descriptor_->method(i);
    if (method.name() == name) {
      if (method.input_type() != request || method.output_type() != response) {
        Bug(method.full_name() + " was given a handler of other types");
      }
      slots_[i]->handled = true;
      return i;
    }
  }
  Bug(descriptor_->full_name() + " has no method " + std::string(name));
}

void Service::Bind(ServerCore& core) {
  for (int i = 0; i < descriptor_->method_count(); ++i) {
    if (!slots_[i]->handled) {
      Bug(descriptor_->method(i)->full_name() + " has no handler");
    }
    slots_[i]->runner = std::make_unique<MethodRunner>(core, *descriptor_->method(i));
  }
}

}  // namespace jobmesh::runtime::rpc
