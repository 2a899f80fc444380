#include "runtime/rpc/unary_channel.h"

#include <algorithm>

#include "runtime/rpc/unary_connection.h"

namespace jobmesh::runtime::rpc {

UnaryChannel::UnaryChannel(std::string target) : target_(std::move(target)) {}

UnaryChannel::~UnaryChannel() {
  for (auto& [loop, connection] : connections_) {
    loop->Post([connection = std::move(connection)] { connection->Close(); });
  }
}

std::shared_ptr<UnaryConnection> UnaryChannel::ConnectionOn(
    const std::shared_ptr<EventLoop>& loop) {
  absl::MutexLock lock(&mutex_);
  const auto known = std::ranges::find(
      connections_, loop,
      &std::pair<std::shared_ptr<EventLoop>, std::shared_ptr<UnaryConnection>>::first);
  if (known != connections_.end() && !known->second->retired()) {
    return known->second;
  }
  auto connection = std::make_shared<UnaryConnection>(loop, target_);
  if (known != connections_.end()) {
    known->second = connection;
  } else {
    connections_.emplace_back(loop, connection);
  }
  loop->Post([loop, connection] { loop->Join(connection); });
  return connection;
}

std::shared_ptr<UnaryChannel::Call> UnaryChannel::Start(const UnaryRequest& request,
                                                        std::function<void(UnaryOutcome)> done) {
  const std::shared_ptr<EventLoop>& loop = EventLoop::Current();
  auto exchange = std::make_shared<UnaryExchange>();
  exchange->connection = ConnectionOn(loop);
  exchange->request = &request;
  exchange->done = std::move(done);
  if (loop->InThread()) {
    exchange->connection->Start(exchange);
  } else {
    loop->Post([exchange] { exchange->connection->Start(exchange); });
  }
  return exchange;
}

}  // namespace jobmesh::runtime::rpc
