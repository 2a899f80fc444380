// The service behind every gateway that is measured: it answers from memory, so that what is seen
// is the gateway. It registers with the registry like any service.
#include <memory>
#include <string>
#include <unordered_set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"

#include "runtime/discovery/registrar.h"
#include "runtime/lifecycle/process.h"
#include "runtime/status_macros.h"
#include "tests/bench/gateway/board.pb.h"

namespace jobmesh::bench {
namespace {

v1::Posting MakePosting(int number) {
  v1::Posting posting;
  posting.set_posting_id(absl::StrCat("0f4a7c31-52de-4b8e-9c60-0000000000", 10 + number));
  posting.set_title("Senior Backend Engineer");
  posting.set_company("Example Systems");
  posting.set_location("Berlin, Germany");
  posting.set_summary("Own the ledger: \"boring\" on purpose.");
  posting.set_date_posted("2024-05-17T09:30:00Z");
  posting.set_currency("EUR");
  posting.set_salary_min(70'000 + number);
  posting.set_salary_max(95'000 + number);
  for (const char* skill : {"c++", "postgresql", "grpc"}) {
    posting.add_skills(skill);
  }
  posting.set_link(absl::StrCat("https://example.com/j/", number));
  return posting;
}

grpc::ByteBuffer ToByteBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

grpc::ByteBuffer MakePage() {
  v1::ListPostingsResponse page;
  for (int i = 0; i < 20; ++i) {
    *page.add_postings() = MakePosting(i);
  }
  return ToByteBuffer(page.SerializeAsString());
}

// Answers a unary call.
class Answer final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Answer(const grpc::ByteBuffer& answer) : answer_(answer) { StartRead(&request_); }
  void OnReadDone(bool) override { StartWriteAndFinish(&answer_, {}, grpc::Status::OK); }
  void OnDone() override { delete this; }

 private:
  grpc::ByteBuffer request_;
  grpc::ByteBuffer answer_;
};

// Everyone who listens. Thread-safe.
class Audience {
 public:
  class Listener final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Listener(Audience& audience) : audience_(audience) {
      {
        absl::MutexLock lock(&audience_.mutex_);
        audience_.listeners_.insert(this);
      }
      StartRead(&incoming_);
    }
    void OnReadDone(bool ok) override {
      if (ok) {
        StartRead(&incoming_);
      } else {
        Leave();
      }
    }
    void OnDone() override { delete this; }  // after Leave has finished it

   private:
    friend class Audience;
    void Leave() {
      bool was_there = false;
      {
        absl::MutexLock lock(&audience_.mutex_);
        was_there = audience_.listeners_.erase(this) > 0;
      }
      if (was_there) {
        Finish(grpc::Status::OK);
      }
    }

    Audience& audience_;
    grpc::ByteBuffer incoming_;
    grpc::ByteBuffer outgoing_;
  };

  // At most once a listener: a second message would have to wait for the first.
  void Announce() {
    absl::MutexLock lock(&mutex_);
    const grpc::ByteBuffer message = ToByteBuffer(MakePosting(0).SerializeAsString());
    for (Listener* listener : listeners_) {
      listener->outgoing_ = message;
      listener->StartWrite(&listener->outgoing_);
    }
  }

 private:
  absl::Mutex mutex_;
  std::unordered_set<Listener*> listeners_ ABSL_GUARDED_BY(mutex_);
};

class BoardServer final : public runtime::lifecycle::Part, public grpc::CallbackGenericService {
 public:
  int port() const { return port_; }

  std::string name() const override { return "board"; }
  absl::Status Start() override {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5000);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
    return server_ != nullptr ? absl::OkStatus() : absl::UnavailableError("cannot listen");
  }
  void Stop() override { server_->Shutdown(absl::ToChronoTime(absl::Now())); }

 private:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    if (absl::EndsWith(context->method(), "/Listen")) {
      return new Audience::Listener(audience_);
    }
    if (absl::EndsWith(context->method(), "/Announce")) {
      audience_.Announce();
    }
    return new Answer(page_);
  }

  const grpc::ByteBuffer page_ = MakePage();
  Audience audience_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// The board's file with everything it imports.
std::string Descriptors() {
  google::protobuf::FileDescriptorSet set;
  std::unordered_set<const google::protobuf::FileDescriptor*> seen;
  auto add = [&](auto& self, const google::protobuf::FileDescriptor& file) -> void {
    if (!seen.insert(&file).second) {
      return;
    }
    for (int i = 0; i < file.dependency_count(); ++i) {
      self(self, *file.dependency(i));
    }
    file.CopyTo(set.add_file());
  };
  add(add, *v1::Posting::descriptor()->file());
  return set.SerializeAsString();
}

absl::Status Build(runtime::Process& process, runtime::config::ConfigReader& reader) {
  const auto discovery = runtime::discovery::DiscoveryConfig::Load(reader);
  const std::string secret =
      reader.Secret("JOBMESH_MESH_TOKEN", "secret that the processes of one mesh share");
  RETURN_IF_ERROR(reader.Finish());
  auto& token = process.Keep<runtime::auth::MeshToken>(secret);
  auto& board = process.Add<BoardServer>();
  process.Announce("rpc_port", [&board] { return board.port(); });
  auto instance = [&process, &board] {
    jobmesh::discovery::v1::Instance instance;
    instance.set_service(process.name());
    instance.set_instance_id(process.instance_id());
    instance.set_address("127.0.0.1");
    instance.set_port(static_cast<uint32_t>(board.port()));
    instance.set_version("1.0.0");
    instance.add_grpc_services("jobmesh.bench.v1.Board");
    return instance;
  };
  process.Add<runtime::discovery::Registrar>(discovery, token, std::move(instance), Descriptors());
  return absl::OkStatus();
}

}  // namespace
}  // namespace jobmesh::bench

int main(int argc, char** argv) {
  return jobmesh::runtime::Main(argc, argv,
                                {.name = "bench-board",
                                 .summary = "answers the gateway benchmarks from memory",
                                 .build = jobmesh::bench::Build,
                                 .commands = {}});
}
