#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jobmesh::gateway::http {

// True when two ASCII strings are equal without regard to case, as header names are compared.
bool EqualsIgnoreCase(std::string_view left, std::string_view right);

// `text` without blanks and tabs at its ends, which header values may have around their parts
// (optional whitespace, RFC 9110 §5.6.3).
std::string_view Trimmed(std::string_view text);

// True when a comma-separated header value (RFC 9110 §5.6.1) holds `token`, whatever its case.
bool HasToken(std::string_view list, std::string_view token);

// Header fields in the order they were added; names compare without case. All text lives in one
// block, so a request costs two allocations however many fields it has. Views handed out stay
// valid until the next change. Not thread-safe.
class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Field;

    Iterator(const Headers* headers, std::size_t index) : headers_(headers), index_(index) {}
    Field operator*() const { return headers_->At(index_); }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator& other) const = default;

   private:
    const Headers* headers_;
    std::size_t index_;
  };

  // Appends a field, keeping any of the same name.
  void Add(std::string_view name, std::string_view value);

  // Appends a field after removing all of the same name.
  void Set(std::string_view name, std::string_view value);

  void Remove(std::string_view name);
  void Clear();

  // Value of the first field of that name.
  std::optional<std::string_view> Find(std::string_view name) const;

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, entries_.size()}; }

 private:
  struct Entry {
    std::uint32_t offset;  // of the name; the value follows it
    std::uint32_t name_size;
    std::uint32_t value_size;
  };

  Field At(std::size_t index) const;

  std::string text_;
  std::vector<Entry> entries_;
};

}  // namespace jobmesh::gateway::http
