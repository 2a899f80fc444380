#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "gateway/http/raw_client.h"
#include "gateway/http/server.h"

namespace jobmesh::gateway::http {
namespace {

using testing::RawClient;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

// A folder with a fresh self-signed certificate and its key.
class Credentials {
 public:
  Credentials() {
    std::string name = (std::filesystem::temp_directory_path() / "tls-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    const std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Deleter<X509_free>> certificate(X509_new());
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    FILE* file = std::fopen(certificate_file().c_str(), "w");
    PEM_write_X509(file, certificate.get());
    std::fclose(file);
    file = std::fopen(key_file().c_str(), "w");
    PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
  }
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;
  ~Credentials() { std::filesystem::remove_all(folder_); }

  std::string certificate_file() const { return folder_ + "/cert.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }

 private:
  std::string folder_;
};

// A TLS session over a raw client's socket.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int max_version = TLS1_3_VERSION)
      : raw_(port), context_(SSL_CTX_new(TLS_client_method())), ssl_(nullptr) {
    SSL_CTX_set_security_level(context_.get(), 0);  // to be able to offer old versions at all
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), raw_.fd());
    connected_ = SSL_connect(ssl_.get()) == 1;
  }

  bool connected() const { return connected_; }
  void Send(std::string_view bytes) {
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }
  // Until `size` bytes have come or the server has closed.
  std::string Read(std::size_t size) {
    std::string text;
    char bytes[4096];
    int count = 1;
    while (text.size() < size && count > 0) {
      count = SSL_read(ssl_.get(), bytes, sizeof(bytes));
      text.append(bytes, static_cast<std::size_t>(std::max(count, 0)));
    }
    return text;
  }
  // True when the server's close was announced, not just made.
  bool ClosedCleanly() {
    char byte = 0;
    const int count = SSL_read(ssl_.get(), &byte, 1);
    return SSL_get_error(ssl_.get(), count) == SSL_ERROR_ZERO_RETURN;
  }

 private:
  RawClient raw_;
  std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, Deleter<SSL_free>> ssl_;
  bool connected_ = false;
};

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    options_.threads = 1;
    options_.tls_certificate_file = credentials_.certificate_file();
    options_.tls_key_file = credentials_.key_file();
  }
  void Serve(Handler handler) {
    server_ = std::make_unique<Server>(options_, std::move(handler));
    const absl::Status status = server_->Start();
    ASSERT_TRUE(status.ok()) << status.ToString();
  }

  Credentials credentials_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsTest, Requests_AreServed) {
  const std::string body(200'000, 't');
  Serve([&](const std::shared_ptr<Exchange>& exchange) {
    exchange->Respond(
        MakeResponse(200, "text/plain", exchange->request.is_tls ? body : "not secure"));
  });
  TlsClient client(server_->port());
  ASSERT_TRUE(client.connected());
  for (int i = 0; i < 2; ++i) {
    client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string text = client.Read(body.size() + 100);
    EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(text.ends_with("tttt"));
  }
  client.Send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  client.Read(body.size() + 100);
  EXPECT_TRUE(client.ClosedCleanly());
}

TEST_F(TlsTest, WebSocket_IsServed) {
  class Greeter final : public WebSocketHandler {
   public:
    void OnOpen(std::shared_ptr<WebSocket> socket) override {
      socket->Send(std::string("hello"));
      socket->Close(kCloseNormal, "");
    }
    void OnMessage(std::string_view) override {}
    void OnClose(std::uint16_t, std::string_view) override {}
  };
  Serve([](const std::shared_ptr<Exchange>& exchange) {
    exchange->AcceptWebSocket(std::make_unique<Greeter>());
  });
  TlsClient client(server_->port());
  ASSERT_TRUE(client.connected());
  client.Send(
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  std::string text = client.Read(1);
  while (text.find("hello") == std::string::npos) {
    const std::string more = client.Read(1);
    ASSERT_FALSE(more.empty()) << text;
    text += more;
  }
  EXPECT_TRUE(text.starts_with("HTTP/1.1 101 "));
}

TEST_F(TlsTest, OldVersions_AreRefused) {
  Serve([](const std::shared_ptr<Exchange>&) {});
  EXPECT_FALSE(TlsClient(server_->port(), TLS1_1_VERSION).connected());
}

TEST_F(TlsTest, ClientThatSpeaksNoTls_IsCut) {
  Serve([](const std::shared_ptr<Exchange>&) {});
  RawClient client(server_->port());
  client.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.ReadToEnd();
  EXPECT_EQ(client.rest().find("HTTP"), std::string::npos);
}

TEST_F(TlsTest, MissingOrHalfCredentials_AreInvalid) {
  options_.tls_key_file.clear();
  EXPECT_EQ(Server(options_, nullptr).Start().code(), absl::StatusCode::kInvalidArgument);
  options_.tls_key_file = credentials_.key_file() + ".missing";
  EXPECT_EQ(Server(options_, nullptr).Start().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace jobmesh::gateway::http
