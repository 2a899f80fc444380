#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "scraper-service/refine/terms/model.h"
#include "scraper-service/refine/terms/sentences.h"
#include "scraper-service/refine/terms/weights.h"

namespace jobmesh::scraper::refine::terms {

// The scores of kBegin and kInside, in hundredths, in one number, so that both are added at once. A
// word has 30 weights of kGreatestWeight at most: nine of words, nine traits, its ending, two
// beside names, nine of its sentence.
class Packed {
 public:
  Packed() = default;
  Packed(int32_t begin, int32_t inside) : both_(begin * kBegins + inside) {}
  explicit Packed(const Weights<int32_t>::Pair& pair) : Packed(pair[0], pair[1]) {}

  Packed& operator+=(Packed other) {
    both_ += other.both_;
    return *this;
  }
  int32_t begin() const { return (both_ - inside()) / kBegins; }
  int32_t inside() const { return static_cast<int16_t>(both_); }

 private:
  static constexpr int32_t kBegins = 1 << 16;

  int32_t both_ = 0;
};

// A model laid out for speed: ForEachWeight's sums, with what belongs together added up before.
// Immutable; safe to use from many threads.
class CompiledModel {
 public:
  // Buffers of Score, to be used again.
  struct Scratch {
    std::vector<const Packed*> rows;
    std::vector<Packed> scores;
  };

  explicit CompiledModel(const Model& model);

  // The scores of a sentence's words, of which there is one at least; they live in `scratch`.
  std::span<const Packed> Score(std::string_view text, const Sentence& sentence,
                                Scratch& scratch) const;

  // Of a tag after a tag, [before][after]; kNever where it cannot follow.
  using Transitions = std::array<std::array<int32_t, kTags>, kTags + 1>;
  static constexpr int32_t kNever = -1'000'000'000;
  const Transitions& transitions() const { return transitions_; }

 private:
  using Row = std::array<Packed, 2 * kReach + 1>;
  using OfMarks = std::array<Packed, kMarks>;

  Packed Named(Naming naming, uint64_t word, uint64_t number) const {
    const uint32_t at = names_.Find(NamingKey(naming, word, number));
    return at == KeyTable::kNone ? Packed() : name_weights_[at];
  }
  void AddNamed(Naming naming, uint64_t word, OfMarks& sums) const {
    const uint32_t at = marked_.Find(NamingKey(naming, word, 0));
    if (at == KeyTable::kNone) return;
    for (size_t mark = 0; mark < kMarks; ++mark) sums[mark] += mark_weights_[at][mark];
  }
  Packed OfTrait(Trait trait, size_t number) const {
    return traits_[kTraitOffsets[static_cast<size_t>(trait)] + number];
  }
  void AddTraits(std::span<const Word> words, size_t i, Packed& score) const;
  void AddOfSentence(const Sentence& sentence, std::span<Packed> scores) const;

  Transitions transitions_;
  std::vector<Packed> traits_;
  // By shapes: all traits of a word that has no name at two words' distance.
  std::vector<Packed> plain_;
  KeyTable words_;
  std::vector<Row> rows_;
  Row unknown_{};
  Row edge_{};
  // Endings, and words beside names; then first and last words and those of headings, which come
  // with the mark of the word that feels them.
  KeyTable names_;
  std::vector<Packed> name_weights_;
  KeyTable marked_;
  std::vector<OfMarks> mark_weights_;
};

}  // namespace jobmesh::scraper::refine::terms
