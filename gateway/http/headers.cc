#include "gateway/http/headers.h"

#include <algorithm>

namespace jobmesh::gateway::http {
namespace {

// Most requests carry fewer fields and less text than this.
constexpr std::size_t kExpectedFields = 12;
constexpr std::size_t kExpectedText = 384;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

std::string_view Trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool EqualsIgnoreCase(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(),
                    [](char a, char b) { return Lower(a) == Lower(b); });
}

bool HasToken(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (EqualsIgnoreCase(Trimmed(list.substr(0, comma)), token)) {
      return true;
    }
    if (comma == std::string_view::npos) {
      break;
    }
    list.remove_prefix(comma + 1);
  }
  return false;
}

void Headers::Add(std::string_view name, std::string_view value) {
  if (entries_.empty()) {
    entries_.reserve(kExpectedFields);
    text_.reserve(kExpectedText);
  }
  entries_.push_back({.offset = static_cast<std::uint32_t>(text_.size()),
                      .name_size = static_cast<std::uint32_t>(name.size()),
                      .value_size = static_cast<std::uint32_t>(value.size())});
  text_.append(name).append(value);
}

void Headers::Set(std::string_view name, std::string_view value) {
  Remove(name);
  Add(name, value);
}

void Headers::Remove(std::string_view name) {
  std::erase_if(entries_, [&](const Entry& entry) {
    return EqualsIgnoreCase(std::string_view(text_).substr(entry.offset, entry.name_size), name);
  });
}

void Headers::Clear() {
  entries_.clear();
  text_.clear();
}

std::optional<std::string_view> Headers::Find(std::string_view name) const {
  for (const Field field : *this) {
    if (EqualsIgnoreCase(field.name, name)) {
      return field.value;
    }
  }
  return std::nullopt;
}

Headers::Field Headers::At(std::size_t index) const {
  const Entry& entry = entries_[index];
  const std::string_view text(text_);
  return {.name = text.substr(entry.offset, entry.name_size),
          .value = text.substr(entry.offset + entry.name_size, entry.value_size)};
}

}  // namespace jobmesh::gateway::http
