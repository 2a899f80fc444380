#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/exchange.h"

namespace jobmesh::gateway::http {

// Bytes of one connection on their way to the socket, gathered so that pipelined responses leave in
// one write. Small pieces share one buffer, which is kept for the next response; shared bodies are
// referenced. Not thread-safe.
class OutputQueue {
 public:
  // The text at the end of the queue, to append to. Valid until the next call of any method; the
  // queue counts what was appended then.
  std::string& Tail();

  // Appends bytes without copying them.
  void AppendShared(std::shared_ptr<const std::string> bytes);

  // Reports `done` when everything before has been consumed.
  void AppendDone(Exchange::WriteDone done);

  // Moves all of `other` to the end.
  void Append(OutputQueue other);

  // Keeps what is queued at its address: a write is under way.
  void Seal();

  bool empty() const { return segments_.empty(); }
  std::size_t bytes() const;

  // Up to `limit` pieces in order.
  std::vector<std::string_view>& Pieces(std::size_t limit);

  // Removes `size` bytes from the front and returns the callbacks they complete.
  std::vector<Exchange::WriteDone> Consume(std::size_t size);

  // Drops everything and returns the callbacks, which then have to be told of the failure.
  std::vector<Exchange::WriteDone> Clear();

  // Gives back the memory kept for the next response.
  void Shrink();

 private:
  struct Segment {
    std::string text;
    std::shared_ptr<const std::string> shared;  // follows the text
    Exchange::WriteDone done;
    bool sealed = false;

    std::size_t size() const { return text.size() + (shared ? shared->size() : 0); }
  };

  Segment& Open();
  void PopFront();

  std::list<Segment> segments_;
  std::list<Segment> spare_;  // at most one
  std::size_t consumed_ = 0;  // of the front segment
  std::vector<std::string_view> pieces_;
};

}  // namespace jobmesh::gateway::http
