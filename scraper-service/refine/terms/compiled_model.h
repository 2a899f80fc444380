#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "scraper-service/refine/terms/model.h"
#include "scraper-service/refine/terms/sentences.h"
#include "scraper-service/refine/terms/weights.h"

namespace jobmesh::scraper::refine::terms {

// The scores of kBegin and kInside, in hundredths, in one number, so that both are added at once.
class Packed {
 public:
  Packed() = default;
  Packed(int32_t begin, int32_t inside) : both_(int64_t{begin} * kBegins + inside) {}
  explicit Packed(const Weights<int32_t>::Pair& pair) : Packed(pair[0], pair[1]) {}

  Packed& operator+=(Packed other) {
    both_ += other.both_;
    return *this;
  }
  int32_t begin() const { return static_cast<int32_t>((both_ - inside()) / kBegins); }
  int32_t inside() const { return static_cast<int32_t>(both_); }

 private:
  static constexpr int64_t kBegins = int64_t{1} << 32;

  int64_t both_ = 0;
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

  // The scores of a described sentence's words; they live in `scratch`.
  std::span<const Packed> Score(std::string_view text, const Sentence& sentence,
                                Scratch& scratch) const;

  // [before][after], kNever where a tag cannot follow.
  static constexpr int32_t kNever = -1'000'000'000;
  std::array<std::array<int32_t, kTags>, kTags + 1> transitions;

 private:
  using Row = std::array<Packed, 2 * kReach + 1>;

  Packed Named(Naming naming, uint64_t word, uint64_t number) const {
    const uint32_t at = names_.Find(NamingKey(naming, word, number));
    return at == KeyTable::kNone ? Packed() : name_weights_[at];
  }
  Packed OfTrait(Trait trait, size_t number) const {
    return traits_[kTraitOffsets[static_cast<size_t>(trait)] + number];
  }
  void AddTraits(std::span<const Word> words, size_t i, Packed& score) const;
  void AddOfSentence(const Sentence& sentence, std::span<Packed> scores) const;

  std::vector<Packed> traits_;
  // By shapes: all traits of a word that has no name at two words' distance.
  std::vector<Packed> plain_;
  KeyTable words_;
  std::vector<Row> rows_;  // the first is of unknown words, the second of the edge
  KeyTable names_;
  std::vector<Packed> name_weights_;
};

}  // namespace jobmesh::scraper::refine::terms
