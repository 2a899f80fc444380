#include "runtime/rpc/unary_exchange.h"

#include <utility>

#include "runtime/rpc/message_framing.h"

namespace jobmesh::runtime::rpc {

void UnaryExchange::Cancel() {
  connection_->loop()->Post([self = shared_from_this(), this] { connection_->Cancel(*this); });
}

Exchange::Piece UnaryExchange::ReadBody(char* out, size_t room) {
  const size_t size = CopyFramed(request_.message, sent_, out, room);
  sent_ += size;
  return {.size = size, .is_last = sent_ == kPrefixSize + request_.message.size()};
}

void UnaryExchange::OnFinished(CallOutcome outcome) {
  std::exchange(done_, nullptr)(std::move(outcome));
}

}  // namespace jobmesh::runtime::rpc
