#include "scraper-service/refine/terms/model.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace jobmesh::scraper::refine::terms {
namespace {

// Reads a line column by column.
class Columns {
 public:
  explicit Columns(std::string_view line) : rest_(line) {}

  // False where there is none, or it is empty.
  bool Text(std::string_view& out) {
    if (done_) return false;
    const size_t tab = rest_.find('\t');
    out = rest_.substr(0, tab);
    done_ = tab == rest_.npos;
    if (!done_) rest_.remove_prefix(tab + 1);
    return !out.empty();
  }
  // False where there is no number below `limit` or it is negative.
  bool Below(size_t limit, size_t& out) {
    int32_t value = 0;
    if (!Number(value) || value < 0 || static_cast<size_t>(value) >= limit) return false;
    out = static_cast<size_t>(value);
    return true;
  }
  bool Weights(std::span<int32_t> out) {
    return std::all_of(out.begin(), out.end(), [this](int32_t& weight) {
      return Number(weight) && std::abs(weight) <= kGreatestWeight;
    });
  }
  bool done() const { return done_; }

 private:
  bool Number(int32_t& out) {
    if (done_) return false;
    const char* const end = rest_.data() + rest_.size();
    const auto [read, error] = std::from_chars(rest_.data(), end, out);
    done_ = read == end;
    if (error != std::errc() || (!done_ && *read != '\t')) return false;
    rest_.remove_prefix(static_cast<size_t>(read - rest_.data()) + (done_ ? 0 : 1));
    return true;
  }

  std::string_view rest_;
  bool done_ = false;
};

bool ReadTransitions(Columns& columns, Model& model) {
  for (auto& row : model.weights.transitions) {
    if (!columns.Weights(row)) return false;
  }
  return true;
}

bool ReadTrait(size_t trait, Columns& columns, Model& model) {
  size_t number = 0;
  return columns.Below(kTraitTables[trait].size, number) &&
         columns.Weights(model.weights.OfTrait(static_cast<Trait>(trait), number));
}

bool ReadWord(Columns& columns, Model& model) {
  std::string_view word;
  if (!columns.Text(word)) return false;
  Weights<int32_t>& weights = model.weights;
  const uint64_t key = WordKey(word);
  if (weights.OfWord(key) != nullptr) return false;
  weights.word_table.Add(key);
  model.words.emplace_back(word);
  auto& row = weights.words.emplace_back();
  return std::all_of(row.begin(), row.end(), [&](auto& pair) { return columns.Weights(pair); });
}

bool ReadName(Naming naming, Columns& columns, Model& model) {
  std::string_view word;
  size_t number = 0;
  if (!columns.Text(word) || !columns.Below(NumbersOf(naming), number)) return false;
  Weights<int32_t>& weights = model.weights;
  const uint64_t key = NamingKey(naming, WordKey(word), number);
  if (weights.OfName(key) != nullptr) return false;
  weights.name_table.Add(key);
  model.names.push_back({naming, WordKey(word), number});
  return columns.Weights(weights.names.emplace_back());
}

bool ReadColumns(Columns& columns, Model& model) {
  std::string_view kind;
  if (!columns.Text(kind)) return false;
  if (kind == "word") return ReadWord(columns, model);
  const auto* const naming = std::find(kNamings.begin(), kNamings.end(), kind);
  if (naming != kNamings.end())
    return ReadName(static_cast<Naming>(naming - kNamings.begin()), columns, model);
  for (size_t i = 0; i < kTraits; ++i) {
    if (kind == kTraitTables[i].name) return ReadTrait(i, columns, model);
  }
  return kind == "transitions" && ReadTransitions(columns, model);
}

}  // namespace

absl::StatusOr<Model> ParseModel(std::string_view tsv) {
  Model model;
  for (size_t number = 1; !tsv.empty(); ++number) {
    const size_t end = std::min(tsv.find('\n'), tsv.size());
    const std::string_view line = tsv.substr(0, end);
    tsv.remove_prefix(std::min(end + 1, tsv.size()));
    if (line.empty() || line[0] == '#') continue;
    Columns columns(line);
    if (!ReadColumns(columns, model) || !columns.done()) {
      return absl::InvalidArgumentError(
          absl::StrCat("terms, line ", number, ": not a line of weights, or given twice"));
    }
  }
  return model;
}

}  // namespace jobmesh::scraper::refine::terms
