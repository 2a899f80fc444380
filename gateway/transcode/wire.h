#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/transcode/byte_buffer.h"

namespace jobmesh::gateway::transcode {

// The protobuf wire format (https://protobuf.dev/programming-guides/encoding/).
enum class WireType : std::uint8_t {
  kVarint = 0,
  kFixed64 = 1,
  kLength = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

constexpr std::uint32_t MakeTag(std::uint32_t number, WireType type) {
  return number << 3 | static_cast<std::uint32_t>(type);
}
constexpr std::uint32_t TagNumber(std::uint32_t tag) { return tag >> 3; }
constexpr WireType TagWireType(std::uint32_t tag) { return static_cast<WireType>(tag & 7); }

constexpr std::int64_t ZigZagDecode(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}
constexpr std::uint64_t ZigZagEncode(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::size_t VarintSize(std::uint64_t value) {
  return (std::bit_width(value | 1) + 6) / 7;
}

// Writes `value` at `out`, at most 10 bytes; returns the end.
inline char* PutVarint(char* out, std::uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}

// Reads a message's bytes front to back. Every Read answers false on bytes that are cut off or
// malformed, and the reader is then spent.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes)
      : position_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool done() const { return position_ == end_; }
  const char* position() const { return position_; }

  bool ReadVarint(std::uint64_t* value) {
    if (position_ == end_) return false;
    const auto first = static_cast<unsigned char>(*position_);
    if (first < 0x80) {
      *value = first;
      ++position_;
      return true;
    }
    std::uint64_t result = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (position_ == end_) return false;
      const auto byte = static_cast<unsigned char>(*position_++);
      result |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        *value = result;
        return true;
      }
    }
    return false;
  }
  // Field number 0 and tags beyond 32 bits are malformed.
  bool ReadTag(std::uint32_t* tag) {
    std::uint64_t value;
    if (!ReadVarint(&value) || value > UINT32_MAX || value < 8) return false;
    *tag = static_cast<std::uint32_t>(value);
    return true;
  }
  bool ReadFixed32(std::uint32_t* value) { return ReadFixed(value); }
  bool ReadFixed64(std::uint64_t* value) { return ReadFixed(value); }
  bool ReadLength(std::string_view* bytes) {
    std::uint64_t length;
    if (!ReadVarint(&length) || length > static_cast<std::uint64_t>(end_ - position_)) return false;
    *bytes = {position_, static_cast<std::size_t>(length)};
    position_ += length;
    return true;
  }
  // Passes over the value of a field whose tag was just read; groups may nest to a depth of 100.
  bool Skip(std::uint32_t tag);

 private:
  template <typename T>
  bool ReadFixed(T* value) {
    static_assert(std::endian::native == std::endian::little);
    if (static_cast<std::size_t>(end_ - position_) < sizeof(T)) return false;
    std::memcpy(value, position_, sizeof(T));
    position_ += sizeof(T);
    return true;
  }

  const char* position_;
  const char* end_;
};

// Writes a message front to back although the lengths of sub-messages are known only at their end:
// bodies go into one flat buffer, the place and length of each sub-message into a list beside it,
// and Finish() copies both together once. Linear in time and memory at any nesting.
class WireWriter {
 public:
  explicit WireWriter(std::size_t hint) : body_(&storage_, hint) {}

  void Varint(std::uint64_t value) {
    body_.Reserve(10);
    body_.set_cursor(PutVarint(body_.cursor(), value));
  }
  void Tag(std::uint32_t tag) { Varint(tag); }
  void Fixed32(std::uint32_t value) {
    body_.Append({reinterpret_cast<const char*>(&value), sizeof value});
  }
  void Fixed64(std::uint64_t value) {
    body_.Append({reinterpret_cast<const char*>(&value), sizeof value});
  }
  void LengthDelimited(std::string_view bytes) {
    Varint(bytes.size());
    body_.Append(bytes);
  }
  void Raw(std::string_view bytes) { body_.Append(bytes); }

  // What follows until Close(), called with the answer, is one length-delimited value.
  std::size_t Open() {
    marks_.push_back({body_.size(), 0, prefix_bytes_});
    return marks_.size() - 1;
  }
  void Close(std::size_t mark) {
    Mark& opened = marks_[mark];
    opened.length = body_.size() - opened.offset + (prefix_bytes_ - opened.prefix_bytes_before);
    prefix_bytes_ += VarintSize(opened.length);
  }

  // A state to come back to: what was written since is dropped. Nothing opened before may have been
  // closed since.
  struct Checkpoint {
    std::size_t size;
    std::size_t marks;
    std::size_t prefix_bytes;
  };
  Checkpoint Save() const { return {body_.size(), marks_.size(), prefix_bytes_}; }
  void Restore(const Checkpoint& checkpoint) {
    body_.Truncate(checkpoint.size);
    marks_.resize(checkpoint.marks);
    prefix_bytes_ = checkpoint.prefix_bytes;
  }
  // Flat bytes written since `checkpoint`, without lengths: for comparing scalars only.
  std::string_view Since(const Checkpoint& checkpoint) const {
    return body_.view().substr(checkpoint.size);
  }

  // Appends the message to `wire`. The writer is then spent.
  void Finish(std::string* wire);

 private:
  struct Mark {
    std::size_t offset;
    std::size_t length;
    std::size_t prefix_bytes_before;
  };

  std::string storage_;
  ByteBuffer body_;
  std::vector<Mark> marks_;
  std::size_t prefix_bytes_ = 0;
};

}  // namespace jobmesh::gateway::transcode
