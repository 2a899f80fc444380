#include "runtime/rpc/http2_channel.h"

#include <algorithm>

#include "runtime/rpc/http2_connection.h"
#include "runtime/rpc/http2_stream.h"
#include "runtime/rpc/unary_exchange.h"

namespace jobmesh::runtime::rpc {
namespace {

void Begin(EventLoop& loop, const std::shared_ptr<Exchange>& exchange) {
  if (loop.InThread()) {
    exchange->connection()->Start(exchange);
  } else {
    loop.Post([exchange] { exchange->connection()->Start(exchange); });
  }
}

}  // namespace

Http2Channel::Http2Channel(std::string target)
    : target_(std::move(target)), keepalive_(std::make_shared<Keepalive>()) {}

Http2Channel::~Http2Channel() {
  for (auto& [loop, connection] : connections_) {
    loop->Post([connection = std::move(connection)] { connection->Close(); });
  }
}

std::shared_ptr<Http2Connection> Http2Channel::ConnectionOn(
    const std::shared_ptr<EventLoop>& loop) {
  absl::MutexLock lock(&mutex_);
  const auto known = std::ranges::find(
      connections_, loop,
      &std::pair<std::shared_ptr<EventLoop>, std::shared_ptr<Http2Connection>>::first);
  if (known != connections_.end() && !known->second->retired()) {
    return known->second;
  }
  auto connection = std::make_shared<Http2Connection>(loop, target_, keepalive_);
  if (known != connections_.end()) {
    known->second = connection;
  } else {
    connections_.emplace_back(loop, connection);
  }
  loop->Post([loop, connection] { loop->Join(connection); });
  return connection;
}

std::shared_ptr<Http2Channel::Call> Http2Channel::Start(const UnaryRequest& request,
                                                        std::function<void(CallOutcome)> done) {
  const std::shared_ptr<EventLoop>& loop = EventLoop::Current();
  auto exchange = std::make_shared<UnaryExchange>(ConnectionOn(loop), request, std::move(done));
  Begin(*loop, exchange);
  return exchange;
}

void Http2Channel::Start(const std::shared_ptr<Http2Stream>& stream) {
  const std::shared_ptr<EventLoop>& loop = EventLoop::Current();
  stream->SetConnection(ConnectionOn(loop));
  Begin(*loop, stream);
}

}  // namespace jobmesh::runtime::rpc
