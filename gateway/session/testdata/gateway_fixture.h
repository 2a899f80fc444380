#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "google/protobuf/descriptor.pb.h"
#include <gtest/gtest.h>

#include "gateway/http/raw_client.h"
#include "gateway/routes/catalog.h"
#include "gateway/session/front_door.h"
#include "gateway/session/gateway.h"
#include "gateway/session/own_routes.h"
#include "gateway/session/testdata/edge.pb.h"
#include "runtime/auth/mesh_token.h"
#include "runtime/auth/token_verifier.h"
#include "runtime/rpc/server.h"
#include "runtime/testing/wait_for.h"

// Test support: a whole gateway in this process, before one service that does what it is told.
namespace jobmesh::gateway::session::testing {

using namespace testdata;  // NOLINT(google-build-using-namespace): the messages of the service
using google::api::HttpBody;
using http::testing::RawClient;
using http::testing::RawResponse;
using runtime::rpc::CallContext;
using runtime::rpc::StreamEvents;
using runtime::rpc::StreamWriter;
using runtime::testing::WaitFor;

// Serves Edge.
class EdgeHandlers {
 public:
  absl::StatusOr<Words> Say(const CallContext& call, const Words& request) {
    deadline_left = call.TimeLeft();
    call.AddResponseHeader("x-colour", "blue");
    call.AddResponseHeader("x-jobmesh-note", "plain");
    if (request.wait_ms() > 0) {
      release.WaitForNotificationWithTimeout(absl::Milliseconds(request.wait_ms()));
    }
    if (request.text() == "lost") {
      return absl::UnavailableError("ipv4:10.0.0.7:4711: connection refused");
    }
    return request;
  }

  absl::StatusOr<HeaderLines> Headers(const CallContext& call, const Words&) {
    HeaderLines lines;
    for (const char* name : {"x-colour", "x-raw-bin", "authorization", "x-jobmesh-mesh-token",
                             "x-forwarded-for", "connection", "x-other"}) {
      if (const std::string_view value = call.Header(name); !value.empty()) {
        lines.add_lines(absl::StrCat(name, ": ", std::string(value)));
      }
    }
    return lines;
  }

  StreamEvents<CountRequest> Count(const CallContext& call, const CountRequest& request,
                                   std::shared_ptr<StreamWriter<Number>> writer) {
    call.AddResponseHeader("x-colour", "green");
    auto next = std::make_shared<std::atomic<int>>(0);
    const auto send = [this, next, request, writer] {
      while (*next < request.count()) {
        Number number;
        number.set_value((*next)++);
        number.set_padding(std::string(static_cast<size_t>(request.size()), 'x'));
        writer->Send(std::move(number));
        ++sent;
        if (request.size() > 0) {
          return;  // one at a time, as the client takes them
        }
      }
      if (!request.stay()) {
        writer->Finish(Outcome(request));
      }
    };
    send();
    ++open_streams;
    return {
        .on_message = nullptr, .on_half_close = nullptr, .on_drained = send, .on_closed = [this] {
          --open_streams;
        }};
  }

  StreamEvents<Number> Sum(const CallContext&, std::shared_ptr<StreamWriter<Number>> writer) {
    auto sum = std::make_shared<Number>();
    return {.on_message =
                [sum](const Number& number) { sum->set_value(sum->value() + number.value()); },
            .on_half_close =
                [sum, writer] {
                  writer->Send(*sum);
                  writer->Finish(absl::OkStatus());
                },
            .on_drained = nullptr,
            .on_closed = nullptr};
  }

  StreamEvents<Words> Chat(const CallContext&, std::shared_ptr<StreamWriter<Words>> writer) {
    ++open_streams;
    return {.on_message = [writer](const Words& words) { writer->Send(words); },
            .on_half_close = nullptr,
            .on_drained = nullptr,
            .on_closed = [this] { --open_streams; }};
  }

  absl::StatusOr<HttpBody> Mirror(const CallContext&, const HttpBody& body) { return body; }

  StreamEvents<CountRequest> Download(const CallContext& call, const CountRequest& request,
                                      std::shared_ptr<StreamWriter<HttpBody>> writer) {
    call.AddResponseHeader("content-disposition", "attachment; filename=\"x.txt\"");
    for (int i = 0; i < request.count(); ++i) {
      HttpBody piece;
      piece.set_content_type("text/plain");
      piece.set_data(absl::StrCat("piece ", i, "\n"));
      writer->Send(std::move(piece));
    }
    writer->Finish(Outcome(request));
    return {};
  }

  absl::Notification release;
  std::atomic<int> open_streams{0};
  std::atomic<int> sent{0};
  absl::Duration deadline_left;

 private:
  static absl::Status Outcome(const CountRequest& request) {
    return request.code() == 0
               ? absl::OkStatus()
               : absl::Status(static_cast<absl::StatusCode>(request.code()), "as you wished");
  }
};

// Nobody's keys: every token is refused.
class NoKeys : public runtime::auth::KeySource {
 public:
  absl::StatusOr<runtime::auth::KeySet> FetchKeys() override {
    return runtime::auth::KeySet::FromJwks({});
  }
  absl::StatusOr<std::vector<std::string>> FetchRevokedFamilies() override {
    return std::vector<std::string>();
  }
};

// The endpoints of the one service, which a test may take away.
class OneService : public runtime::rpc::Endpoints {
 public:
  std::shared_ptr<const runtime::rpc::EndpointList> Get(const std::string&) const override {
    absl::MutexLock lock(&mutex_);
    return list_;
  }
  void Set(const std::vector<int>& ports) {
    auto list = std::make_shared<runtime::rpc::EndpointList>();
    for (const int port : ports) {
      const std::string target = absl::StrCat("127.0.0.1:", port);
      list->endpoints.push_back({.instance_id = target, .target = target, .version = ""});
    }
    absl::MutexLock lock(&mutex_);
    list->revision = ++revision_;
    list_ = std::move(list);
  }

 private:
  mutable absl::Mutex mutex_;
  uint64_t revision_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<const runtime::rpc::EndpointList> list_ ABSL_GUARDED_BY(mutex_) =
      std::make_shared<runtime::rpc::EndpointList>();
};

// What a service hands to discovery: its .proto with everything it imports.
inline std::string DescriptorsOf(const google::protobuf::FileDescriptor& file) {
  google::protobuf::FileDescriptorSet set;
  std::set<std::string> seen;
  const auto add = [&](const auto& self, const google::protobuf::FileDescriptor& each) -> void {
    if (!seen.insert(each.name()).second) {
      return;
    }
    for (int i = 0; i < each.dependency_count(); ++i) {
      self(self, *each.dependency(i));
    }
    each.CopyTo(set.add_file());
  };
  add(add, file);
  return set.SerializeAsString();
}

class GatewayFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    auto service = std::make_unique<runtime::rpc::Service>("jobmesh.gateway.session.testdata.Edge");
    service->Unary("Say", &handlers_, &EdgeHandlers::Say)
        .Unary("Headers", &handlers_, &EdgeHandlers::Headers)
        .ServerStream("Count", &handlers_, &EdgeHandlers::Count)
        .BidiStream("Sum", &handlers_, &EdgeHandlers::Sum)
        .BidiStream("Chat", &handlers_, &EdgeHandlers::Chat)
        .BidiStream("ChatAsUser", &handlers_, &EdgeHandlers::Chat)
        .Unary("Mirror", &handlers_, &EdgeHandlers::Mirror)
        .ServerStream("Download", &handlers_, &EdgeHandlers::Download);
    backend_.AddService(std::move(service));
    ASSERT_TRUE(backend_.Start().ok());
    endpoints_.Set({backend_.port()});
    ASSERT_TRUE(verifier_.Start().ok());
    descriptors_ = DescriptorsOf(*Words::descriptor()->file());
    catalog_ = routes::Catalog::Build(
        {{.owner = "edge", .version = "1", .descriptors = descriptors_, .grpc_services = {}}});
    ASSERT_TRUE(catalog_->problems().empty()) << catalog_->problems()[0].message;
    const CurrentCatalog current = [this] { return catalog_; };
    AddIndexAndStatus(
        current, [] { return false; }, own_routes_);
    gateway_ = std::make_unique<Gateway>(Gateway::Parts{.catalog = current,
                                                        .own_routes = own_routes_,
                                                        .endpoints = endpoints_,
                                                        .verifier = verifier_,
                                                        .mesh_token = mesh_token_,
                                                        .metrics = metrics_,
                                                        .cors_origins = {},
                                                        .load_balancer = "round_robin"});
    http::ServerOptions options;
    options.threads = 2;
    front_ = std::make_unique<FrontDoor>(options, *gateway_);
    ASSERT_TRUE(front_->Start().ok());
  }

  void TearDown() override {
    if (!handlers_.release.HasBeenNotified()) {
      handlers_.release.Notify();
    }
    if (front_ != nullptr) {
      front_->Stop();
    }
    backend_.Drain(absl::Now() + absl::Seconds(5));
    backend_.Stop();
    verifier_.Stop();
  }

  std::uint16_t port() const { return static_cast<std::uint16_t>(front_->port()); }
  RawClient Connect() const { return RawClient(port()); }

  // A request with an empty body and these header lines, each ended by CRLF.
  static std::string Get(const std::string& target, const std::string& headers = "",
                         const std::string& method = "GET") {
    return absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: x\r\n", headers, "\r\n");
  }
  static std::string Post(const std::string& target, const std::string& type,
                          const std::string& body) {
    return absl::StrCat("POST ", target, " HTTP/1.1\r\nHost: x\r\nContent-Type: ", type,
                        "\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
  }
  RawResponse Call(const std::string& request, bool is_head = false) const {
    RawClient client = Connect();
    EXPECT_TRUE(client.Send(request));
    std::optional<RawResponse> response = client.ReadResponse(is_head);
    EXPECT_TRUE(response) << request;
    return response.value_or(RawResponse());
  }
  static std::string HeaderOf(const RawResponse& response, std::string_view name) {
    return std::string(response.headers.Find(name).value_or(""));
  }

  EdgeHandlers handlers_;
  runtime::auth::MeshToken mesh_token_{"a secret of this mesh"};
  std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  runtime::auth::TokenVerifier verifier_{std::make_unique<NoKeys>()};
  runtime::rpc::Server backend_{{.address = "127.0.0.1", .port = 0, .worker_threads = 4},
                                "edge",
                                std::make_shared<prometheus::Registry>(),
                                mesh_token_,
                                &verifier_};
  OneService endpoints_;
  std::string descriptors_;
  std::shared_ptr<const routes::Catalog> catalog_;
  OwnRoutes own_routes_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<FrontDoor> front_;
};

}  // namespace jobmesh::gateway::session::testing
