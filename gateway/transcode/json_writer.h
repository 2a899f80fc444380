#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/transcode/byte_buffer.h"

namespace jobmesh::gateway::transcode {

// Appends JSON tokens to a string. The string is whole when the writer is gone. Not thread-safe.
//
// Members and elements are written with a comma after each; CloseObject and CloseArray turn the
// last comma into the bracket, so no state is kept about who is first.
class JsonWriter {
 public:
  JsonWriter(std::string* out, std::size_t hint) : buffer_(out, hint) {}
  ~JsonWriter() { buffer_.Finish(); }

  void OpenObject() { buffer_.Append('{'); }
  void CloseObject() { Close('}'); }
  void OpenArray() { buffer_.Append('['); }
  void CloseArray() { Close(']'); }
  void Comma() { buffer_.Append(','); }
  void Raw(std::string_view json) { buffer_.Append(json); }

  template <std::integral T>
  void Integer(T value) {
    buffer_.Reserve(24);
    buffer_.set_cursor(std::to_chars(buffer_.cursor(), buffer_.cursor() + 24, value).ptr);
  }
  // As a string: JavaScript reads numbers as doubles.
  template <std::integral T>
  void QuotedInteger(T value) {
    buffer_.Append('"');
    Integer(value);
    buffer_.Append('"');
  }
  // Shortest text that reads back to the same value; "NaN", "Infinity" and "-Infinity" as strings.
  void Number(double value);
  void Number(float value);
  void Bool(bool value) { Raw(value ? "true" : "false"); }
  // Standard base64 with padding, quoted.
  void Base64(std::string_view bytes);
  // Quoted and escaped. False when `text` is not UTF-8.
  bool String(std::string_view text);
  // Quoted, with text known to need no escapes.
  void PlainString(std::string_view text);

  std::size_t size() const { return buffer_.size(); }
  void Truncate(std::size_t size) { buffer_.Truncate(size); }

 private:
  void Close(char bracket) {
    if (buffer_.back() == ',') {
      buffer_.back() = bracket;
    } else {
      buffer_.Append(bracket);
    }
  }
  template <typename T>
  void FloatingPoint(T value);

  ByteBuffer buffer_;
};

}  // namespace jobmesh::gateway::transcode
