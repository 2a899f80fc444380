#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "gateway/http/exchange_impl.h"
#include "gateway/http/output_queue.h"
#include "gateway/http/worker.h"

namespace jobmesh::gateway::http {

// The requests of one connection that are being answered, each in a slot, and the bytes of their
// answers. Answers may come in any order; they leave in that of the requests. Everything runs on
// the worker's thread.
class AnswerPipeline {
 public:
  explicit AnswerPipeline(Worker& worker) : worker_(worker) {}

  // A request that waits for its answer.
  struct Waiting {
    std::weak_ptr<ExchangeImpl> exchange;  // none of what was refused before it became a request
    bool is_head = false;
    bool keep_alive = true;
    int http_version = 11;
    std::size_t body_bytes = 0;
  };
  // Returns the number by which Apply knows it.
  std::uint64_t Add(Waiting waiting);

  // What an event means for the connection.
  struct Effect {
    bool ends_input = false;    // no request is read any more
    bool is_last_done = false;  // the last request in the pipeline has its whole answer
  };
  bool Has(std::uint64_t sequence) const;
  // Turns an event of an exchange into bytes; none of StreamCut. `is_reading`: another request is
  // on its way in. Has(sequence) must hold.
  Effect Apply(std::uint64_t sequence, ExchangeEvent event, bool is_reading);

  // Takes finished answers out and brings the next one's early bytes forward. True when the last
  // one taken out ends the connection; what stood behind it is then cancelled and gone.
  bool Advance();

  // Tells every exchange that the client has gone.
  void CancelAll();
  // Drops everything, telling the callbacks of bytes that never left. After CancelAll.
  void Clear();

  bool empty() const { return slots_.empty(); }
  std::size_t size() const { return slots_.size(); }
  // Of the bodies of the requests in the pipeline.
  std::size_t body_bytes() const { return body_bytes_; }
  // Bytes on their way to the socket.
  OutputQueue& output() { return output_; }
  const OutputQueue& output() const { return output_; }

  // Whether the oldest request is to become a WebSocket; TakeWebSocket hands out its handler.
  bool is_websocket_next() const { return !slots_.empty() && slots_.front().websocket; }
  std::unique_ptr<WebSocketHandler> TakeWebSocket();

 private:
  struct Slot {
    Waiting request;
    bool answered = false;  // the answer has begun
    bool finished = false;  // all of it is queued
    bool chunked = false;
    bool close = false;                  // the connection ends after this answer
    std::unique_ptr<OutputQueue> early;  // of an answer that came before its turn
    std::unique_ptr<WebSocketHandler> websocket;
  };

  void Render(Slot& slot, OutputQueue& out, Response response, bool is_reading, Effect& effect);
  void Render(Slot& slot, OutputQueue& out, const StreamStart& start, bool is_reading,
              Effect& effect);
  static void Render(Slot& slot, OutputQueue& out, StreamPiece piece);
  static void Render(Slot& slot, OutputQueue& out, const StreamEnd& end);
  bool KeepAliveAfter(Slot& slot, bool is_reading, Effect& effect);
  std::vector<std::shared_ptr<ExchangeImpl>> Exchanges() const;
  void RemoveAll();

  Worker& worker_;
  std::vector<Slot> slots_;
  std::uint64_t first_sequence_ = 0;  // of slots_.front()
  std::size_t body_bytes_ = 0;
  OutputQueue output_;
};

}  // namespace jobmesh::gateway::http
