#include "gateway/http/server.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/http/http_connection.h"
#include "gateway/http/response_writer.h"
#include "gateway/http/worker.h"

namespace jobmesh::gateway::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;

constexpr int kBacklog = 4096;
// Pause after running out of file descriptors or memory.
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr std::chrono::milliseconds kDrainPoll{10};

// ALPN: HTTP/1.1 when offered, otherwise no choice at all.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* in, unsigned int in_size, void*) {
  constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, kHttp11, sizeof(kHttp11) - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

absl::Status Failure(const std::string& what, const error_code& error) {
  return absl::InvalidArgumentError(what + ": " + error.message());
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, Handler handler) : core_(std::make_shared<ServerCore>()) {
    core_->options = std::move(options);
    core_->handler = std::move(handler);
  }

  absl::Status Start();
  bool Drain(std::chrono::milliseconds timeout);
  void Stop();
  ServerCounters counters() const;
  std::uint16_t port() const { return port_; }

 private:
  absl::Status LoadTls();
  absl::Status Listen();
  void Accept();
  void Admit(TcpSocket socket, const std::shared_ptr<Worker>& worker);
  void Refuse(TcpSocket socket);
  void CloseAcceptor();

  const std::shared_ptr<ServerCore> core_;
  std::shared_ptr<asio::ssl::context> tls_;
  std::vector<std::shared_ptr<Worker>> workers_;
  // The acceptor and its timer belong to the first worker's thread once that runs.
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<asio::steady_timer> pause_;
  std::size_t next_worker_ = 0;
  std::uint16_t port_ = 0;
  bool started_ = false;
};

absl::Status Server::Impl::LoadTls() {
  const ServerOptions& options = core_->options;
  if (options.tls_certificate_file.empty() != options.tls_key_file.empty()) {
    return absl::InvalidArgumentError("TLS needs both a certificate and a key file");
  }
  if (options.tls_certificate_file.empty()) {
    return absl::OkStatus();
  }
  tls_ = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* native = tls_->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // 32 KiB less an idle connection
  SSL_CTX_set_alpn_select_cb(native, SelectProtocol, nullptr);
  error_code error;
  tls_->use_certificate_chain_file(options.tls_certificate_file, error);
  if (error) {
    return Failure("TLS certificate " + options.tls_certificate_file, error);
  }
  tls_->use_private_key_file(options.tls_key_file, asio::ssl::context::pem, error);
  if (error) {
    return Failure("TLS key " + options.tls_key_file, error);
  }
  if (SSL_CTX_check_private_key(native) != 1) {
    return absl::InvalidArgumentError("TLS key does not belong to the certificate");
  }
  return absl::OkStatus();
}

absl::Status Server::Impl::Listen() {
  const ServerOptions& options = core_->options;
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    return Failure("Address " + options.address, error);
  }
  const asio::ip::tcp::endpoint endpoint(address, options.port);
  acceptor_ = std::make_unique<Acceptor>(workers_.front()->io().get_executor());
  pause_ = std::make_unique<asio::steady_timer>(workers_.front()->io());
  acceptor_->open(endpoint.protocol(), error);
  if (error) {
    return Failure("Socket for " + options.address, error);
  }
  acceptor_->set_option(asio::socket_base::reuse_address(true), error);
  if (address.is_v6() && address.is_unspecified()) {
    acceptor_->set_option(asio::ip::v6_only(false), error);
  }
  acceptor_->bind(endpoint, error);
  if (!error) {
    acceptor_->listen(kBacklog, error);
  }
  if (error) {
    return absl::UnavailableError("Port " + std::to_string(options.port) + " of " +
                                  options.address + ": " + error.message());
  }
  port_ = acceptor_->local_endpoint(error).port();
  return absl::OkStatus();
}

absl::Status Server::Impl::Start() {
  if (started_) {
    return absl::FailedPreconditionError("The server has been started before");
  }
  if (absl::Status status = LoadTls(); !status.ok()) {
    return status;
  }
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const int threads = core_->options.threads > 0 ? core_->options.threads : cores;
  workers_.clear();
  for (int i = 0; i < threads; ++i) {
    workers_.push_back(std::make_shared<Worker>(core_));
  }
  if (absl::Status status = Listen(); !status.ok()) {
    acceptor_.reset();
    pause_.reset();
    workers_.clear();
    return status;
  }
  started_ = true;
  Accept();
  for (const auto& worker : workers_) {
    worker->Start();
  }
  return absl::OkStatus();
}

// One acceptor dealing connections out in turn: kernel-side SO_REUSEPORT hashes them, which leaves
// threads unevenly loaded at few connections.
void Server::Impl::Accept() {
  const std::shared_ptr<Worker>& worker = workers_[next_worker_];
  next_worker_ = (next_worker_ + 1) % workers_.size();
  acceptor_->async_accept(worker->io().get_executor(),
                          [this, worker](const error_code& error, TcpSocket socket) {
                            if (!acceptor_->is_open()) {
                              return;
                            }
                            if (!error) {
                              Admit(std::move(socket), worker);
                            } else if (error != asio::error::connection_aborted) {
                              pause_->expires_after(kAcceptPause);
                              pause_->async_wait([this](const error_code& cancelled) {
                                if (!cancelled && acceptor_->is_open()) {
                                  Accept();
                                }
                              });
                              return;
                            }
                            Accept();
                          });
}

void Server::Impl::Admit(TcpSocket socket, const std::shared_ptr<Worker>& worker) {
  core_->accepted_total.fetch_add(1, std::memory_order_relaxed);
  if (core_->connections.load(std::memory_order_relaxed) >= core_->options.max_connections) {
    Refuse(std::move(socket));
    return;
  }
  if (worker->InThread()) {
    ServeHttp(worker, std::move(socket), tls_);
    return;
  }
  worker->Post([worker, tls = tls_, socket = std::move(socket)]() mutable {
    ServeHttp(worker, std::move(socket), std::move(tls));
  });
}

void Server::Impl::Refuse(TcpSocket socket) {
  core_->refused_total.fetch_add(1, std::memory_order_relaxed);
  if (tls_) {
    return;
  }
  const Response response =
      core_->options.error_response(503, "The server has too many connections");
  std::string text;
  AppendHead(
      text, response.status, response.headers,
      {.date = workers_.front()->date(), .length = response.content().size(), .keep_alive = false});
  text.append(response.content());
  error_code ignored;
  // Best effort: a fresh socket's buffer takes it at once, and nobody waits for the client.
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(text), ignored);
  socket.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void Server::Impl::CloseAcceptor() {
  error_code ignored;
  acceptor_->close(ignored);
  pause_->cancel();
}

bool Server::Impl::Drain(std::chrono::milliseconds timeout) {
  if (!started_) {
    return true;
  }
  const Clock::time_point deadline = Clock::now() + timeout;
  core_->draining.store(true);
  workers_.front()->Post([this] { CloseAcceptor(); });
  for (const auto& worker : workers_) {
    worker->Post([worker = worker.get()] { worker->Drain(); });
  }
  while (core_->connections.load() > 0 && Clock::now() < deadline) {
    std::this_thread::sleep_for(kDrainPoll);
  }
  return core_->connections.load() == 0;
}

void Server::Impl::Stop() {
  if (!started_) {
    return;
  }
  core_->draining.store(true);
  workers_.front()->Post([this] { CloseAcceptor(); });
  for (const auto& worker : workers_) {
    worker->Stop();
  }
}

ServerCounters Server::Impl::counters() const {
  ServerCounters total;
  total.connections = core_->connections.load();
  total.accepted_total = core_->accepted_total.load();
  total.refused_total = core_->refused_total.load();
  for (const auto& worker : workers_) {
    const WorkerCounters& counters = worker->counters();
    total.websockets += counters.websockets.load();
    total.in_flight += counters.in_flight.load();
    total.requests_total += counters.requests_total.load();
    total.rejected_total += counters.rejected_total.load();
  }
  return total;
}

Server::Server(ServerOptions options, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}

Server::~Server() { Stop(); }

absl::Status Server::Start() { return impl_->Start(); }
std::uint16_t Server::port() const { return impl_->port(); }
bool Server::Drain(std::chrono::milliseconds timeout) { return impl_->Drain(timeout); }
void Server::Stop() { impl_->Stop(); }
ServerCounters Server::counters() const { return impl_->counters(); }

}  // namespace jobmesh::gateway::http
