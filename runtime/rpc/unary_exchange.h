#pragma once

#include <functional>
#include <memory>

#include "runtime/rpc/exchange.h"
#include "runtime/rpc/http2_connection.h"

namespace jobmesh::runtime::rpc {

// A unary call. Everything belongs to the loop's thread but Cancel.
class UnaryExchange final : public Exchange, public Http2Channel::Call {
 public:
  UnaryExchange(std::shared_ptr<Http2Connection> connection, const UnaryRequest& request,
                std::function<void(CallOutcome)> done)
      : Exchange(false),
        connection_(std::move(connection)),
        request_(request),
        done_(std::move(done)) {}

  void Cancel() override;

  const std::shared_ptr<Http2Connection>& connection() const override { return connection_; }
  const CallHead& head() const override { return request_.head; }
  Piece ReadBody(char* out, size_t room) override;
  void OnBody(size_t size) override { connection_->Consume(*this, size); }
  void OnFinished(CallOutcome outcome) override;

 private:
  const std::shared_ptr<Http2Connection> connection_;
  const UnaryRequest& request_;
  std::function<void(CallOutcome)> done_;
  size_t sent_ = 0;  // of prefix and message
};

}  // namespace jobmesh::runtime::rpc
