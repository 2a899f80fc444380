#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace jobmesh::gateway::transcode {

// Appends to a std::string through a raw pointer: std::string's own append checks and terminates on
// every call, which costs more than the transcoding itself. The string is whole again after
// Finish(). Not thread-safe; the string must outlive the buffer and stay untouched until Finish().
class ByteBuffer {
 public:
  // Appends after what `target` already holds; `hint` is the number of bytes expected.
  ByteBuffer(std::string* target, std::size_t hint) : target_(target), start_(target->size()) {
    target_->resize(start_ + hint + kSlack);
    position_ = target_->data() + start_;
    end_ = target_->data() + target_->size();
  }
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;

  // Makes room for `bytes` more; writes through cursor() up to that many need no further check.
  [[gnu::always_inline]] void Reserve(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - position_) < bytes) Grow(bytes);
  }
  char* cursor() { return position_; }
  void set_cursor(char* position) { position_ = position; }

  [[gnu::always_inline]] void Append(std::string_view bytes) {
    if (bytes.empty()) return;  // memcpy wants an address even for nothing
    Reserve(bytes.size());
    std::memcpy(position_, bytes.data(), bytes.size());
    position_ += bytes.size();
  }
  [[gnu::always_inline]] void Append(char byte) {
    Reserve(1);
    *position_++ = byte;
  }

  // Bytes written so far.
  std::size_t size() const {
    return static_cast<std::size_t>(position_ - target_->data()) - start_;
  }
  // What was written after the first `size` bytes is dropped.
  void Truncate(std::size_t size) { position_ = target_->data() + start_ + size; }
  std::string_view view() const { return {target_->data() + start_, size()}; }
  // The last byte written; undefined when nothing was.
  char& back() { return position_[-1]; }

  // Gives the string its exact size.
  void Finish() { target_->resize(static_cast<std::size_t>(position_ - target_->data())); }

 private:
  static constexpr std::size_t kSlack = 64;

  [[gnu::noinline]] void Grow(std::size_t bytes) {
    const std::size_t used = static_cast<std::size_t>(position_ - target_->data());
    target_->resize(used + bytes + used / 2 + kSlack);
    position_ = target_->data() + used;
    end_ = target_->data() + target_->size();
  }

  std::string* target_;
  std::size_t start_;
  char* position_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace jobmesh::gateway::transcode
