#pragma once

#include <array>
#include <cstddef>

#include <boost/asio/buffer.hpp>

#include "gateway/http/output_queue.h"

namespace jobmesh::gateway::http {

// The pieces of one gathered write. They must stay at their address while the write is under way,
// so the connection keeps this and asio copies only the small Sequence.
class GatheredWrite {
 public:
  // A ConstBufferSequence.
  struct Sequence {
    using value_type = boost::asio::const_buffer;
    using const_iterator = const boost::asio::const_buffer*;
    const boost::asio::const_buffer* first;
    std::size_t size;
    const_iterator begin() const { return first; }
    const_iterator end() const { return first + size; }
  };

  // The front of `output`, as many pieces as fit.
  Sequence Gather(OutputQueue& output) {
    std::size_t size = 0;
    for (const std::string_view piece : output.Pieces(kPieces)) {
      pieces_[size++] = boost::asio::const_buffer(piece.data(), piece.size());
    }
    return {pieces_.data(), size};
  }

 private:
  static constexpr std::size_t kPieces = 16;
  std::array<boost::asio::const_buffer, kPieces> pieces_;
};

}  // namespace jobmesh::gateway::http
