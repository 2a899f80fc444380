#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace jobmesh::gateway::transcode {

// Reads the tokens of a JSON text (RFC 8259, nothing more lenient) front to back. Every Read
// answers false where the text is not such a token; problem() then says why and offset() where. Not
// thread-safe; the text must outlive the reader.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text)
      : begin_(text.data()), position_(text.data()), end_(text.data() + text.size()) {}

  // The next byte that is not white space, or '\0' at the end.
  char Peek() {
    while (position_ < end_) {
      const char c = *position_;
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return c;
      ++position_;
    }
    return '\0';
  }
  // Passes over the byte that Peek() answered.
  void Pass() { ++position_; }
  bool Take(char c) {
    if (Peek() != c || position_ == end_) return false;
    ++position_;
    return true;
  }
  bool AtEnd() { return Peek() == '\0' && position_ == end_; }

  // A string. The answer stays valid until the next ReadString: it points into the text, or into a
  // buffer of the reader where there are escapes.
  bool ReadString(std::string_view* value);
  // A number as it stands in the text.
  bool ReadNumber(std::string_view* number);
  // `true`, `false` or `null`.
  bool ReadLiteral(std::string_view literal);
  // Any value, with at most `max_depth` objects and lists inside one another.
  bool SkipValue(int max_depth);

  // A place to come back to.
  const char* position() const { return position_; }
  void set_position(const char* position) { position_ = position; }

  std::size_t offset() const { return static_cast<std::size_t>(position_ - begin_); }
  const std::string& problem() const { return problem_; }
  // Sets the problem and answers false.
  bool Refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

 private:
  bool ReadEscape();
  bool ReadHex4(unsigned* code_unit);

  const char* begin_;
  const char* position_;
  const char* end_;
  std::string unescaped_;
  std::string problem_;
};

}  // namespace jobmesh::gateway::transcode
