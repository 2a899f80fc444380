#include "gateway/http/output_queue.h"

#include <utility>

namespace jobmesh::gateway::http {
namespace {

constexpr std::size_t kKeptCapacity = 16 * 1024;

}  // namespace

OutputQueue::Segment& OutputQueue::Open() {
  if (segments_.empty() || segments_.back().sealed) {
    if (spare_.empty()) {
      segments_.emplace_back();
    } else {
      segments_.splice(segments_.end(), spare_);
    }
  }
  return segments_.back();
}

std::string& OutputQueue::Tail() { return Open().text; }

void OutputQueue::AppendShared(std::shared_ptr<const std::string> bytes) {
  Segment& segment = Open();
  segment.shared = std::move(bytes);
  segment.sealed = true;
}

void OutputQueue::AppendDone(Exchange::WriteDone done) {
  Segment& segment = Open();
  segment.done = std::move(done);
  segment.sealed = true;
}

void OutputQueue::Append(OutputQueue other) {
  Seal();
  segments_.splice(segments_.end(), other.segments_);
}

void OutputQueue::Seal() {
  if (!segments_.empty()) {
    segments_.back().sealed = true;
  }
}

std::size_t OutputQueue::bytes() const {
  std::size_t total = 0;
  for (const Segment& segment : segments_) {
    total += segment.size();
  }
  return total - consumed_;
}

std::vector<std::string_view>& OutputQueue::Pieces(std::size_t limit) {
  pieces_.clear();
  std::size_t skip = consumed_;
  const auto add = [&](std::string_view piece) {
    const std::size_t cut = std::min(skip, piece.size());
    skip -= cut;
    if (cut < piece.size() && pieces_.size() < limit) {
      pieces_.push_back(piece.substr(cut));
    }
  };
  for (const Segment& segment : segments_) {
    add(segment.text);
    if (segment.shared) {
      add(*segment.shared);
    }
    if (pieces_.size() >= limit) {
      break;
    }
  }
  return pieces_;
}

void OutputQueue::PopFront() {
  Segment& front = segments_.front();
  if (spare_.empty() && front.text.capacity() <= kKeptCapacity) {
    front.text.clear();
    front.shared.reset();
    front.done = nullptr;
    front.sealed = false;
    spare_.splice(spare_.end(), segments_, segments_.begin());
  } else {
    segments_.pop_front();
  }
}

std::vector<Exchange::WriteDone> OutputQueue::Consume(std::size_t size) {
  std::vector<Exchange::WriteDone> finished;
  consumed_ += size;
  while (!segments_.empty() && consumed_ >= segments_.front().size()) {
    Segment& front = segments_.front();
    consumed_ -= front.size();
    if (front.done) {
      finished.push_back(std::move(front.done));
    }
    PopFront();
  }
  return finished;
}

std::vector<Exchange::WriteDone> OutputQueue::Clear() {
  std::vector<Exchange::WriteDone> unfinished;
  for (Segment& segment : segments_) {
    if (segment.done) {
      unfinished.push_back(std::move(segment.done));
    }
  }
  segments_.clear();
  consumed_ = 0;
  return unfinished;
}

void OutputQueue::Shrink() {
  spare_.clear();
  pieces_ = {};
}

}  // namespace jobmesh::gateway::http
