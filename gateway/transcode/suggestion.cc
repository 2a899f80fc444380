#include "gateway/transcode/suggestion.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace jobmesh::gateway::transcode {
namespace {

// Longer names are not compared: what is misspelt is short, what is long is an attack.
constexpr std::size_t kMaxNameSize = 64;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Number of insertions, deletions and replacements that make `b` of `a`, without regard to case.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (Lower(a[i]) == Lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// Keeps the nearest of the names it is shown.
class Nearest {
 public:
  explicit Nearest(std::string_view wrong)
      : wrong_(wrong), best_distance_(std::max<std::size_t>(wrong.size() / 3, 1) + 1) {}

  void Offer(std::string_view name) {
    if (wrong_.size() > kMaxNameSize || name.size() > kMaxNameSize) return;
    const std::size_t distance = EditDistance(wrong_, name);
    if (distance < best_distance_) {
      best_distance_ = distance;
      best_ = name;
    }
  }
  std::string Text() const {
    return best_.empty() ? "" : "; did you mean \"" + std::string(best_) + "\"?";
  }

 private:
  std::string_view wrong_;
  std::size_t best_distance_;
  std::string_view best_;
};

}  // namespace

std::string SuggestField(const MessageTable& message, std::string_view wrong) {
  Nearest nearest(wrong);
  for (const FieldTable& field : message.fields()) nearest.Offer(field.json_name);
  return nearest.Text();
}

std::string SuggestEnumValue(const EnumTable& table, std::string_view wrong) {
  Nearest nearest(wrong);
  for (const std::string& name : table.names()) nearest.Offer(name);
  return nearest.Text();
}

std::string QuoteShortly(std::string_view text) {
  if (text.size() <= kMaxNameSize) return '"' + std::string(text) + '"';
  std::size_t cut = kMaxNameSize;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  return '"' + std::string(text.substr(0, cut)) + "…\"";
}

}  // namespace jobmesh::gateway::transcode
