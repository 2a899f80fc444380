#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "scraper-service/refine/terms/sentences.h"

namespace jobmesh::scraper::refine::terms {

// What a word is in a term: not in one, its first word, a later one.
enum Tag : uint8_t { kOutside, kBegin, kInside };
inline constexpr size_t kTags = 3;
// kInside follows kBegin and kInside only.
inline bool MayFollow(size_t before, size_t tag) {
  return tag != kInside || before == kBegin || before == kInside;
}
// Where a sentence begins, as the tag before its first word.
inline constexpr size_t kStart = kTags;

// Traits that are numbered, so that their weights lie in one table.
enum class Trait : uint8_t {
  kBias,
  kShape,
  kShapes,       // of the word before, of this one and of the one behind
  kKind,         // of this word
  kKindBefore,   // … and of the one before
  kKindBehind,   // … and of the one behind
  kMarksBefore,  // of the two words before, and of this one
  kMarksBehind,  // of this word, and of the two behind
  kShapeOfMark,  // of this word, both
  kLength,       // of the sentence, with the mark of this word
  kCue,          // whether the sentence has one, with the mark of this word
};
inline constexpr size_t kTraits = 11;
inline constexpr size_t kLengths = 6;

struct TraitTable {
  std::string_view name;
  size_t size;
};
inline constexpr std::array<TraitTable, kTraits> kTraitTables = {{
    {"bias", 1},
    {"shape", kShapes},
    {"shapes", kShapes* kShapes* kShapes},
    {"kind", kKinds},
    {"kind-before", kKinds* kKinds},
    {"kind-behind", kKinds* kKinds},
    {"marks-before", kMarks* kMarks* kMarks},
    {"marks-behind", kMarks* kMarks* kMarks},
    {"shape-of-mark", kMarks* kShapes},
    {"length", kMarks* kLengths},
    {"cue", kMarks * 2},
}};
inline constexpr std::array<size_t, kTraits + 1> kTraitOffsets = [] {
  std::array<size_t, kTraits + 1> offsets{};
  for (size_t i = 0; i < kTraits; ++i) offsets[i + 1] = offsets[i] + kTraitTables[i].size;
  return offsets;
}();

// Weights are hundredths; no greater ones are needed, and sums of those of one word fit 16 bits.
inline constexpr int32_t kGreatestWeight = 1'000;

// Traits that name a word, together with a number below kSpread.
enum class Naming : uint8_t {
  kEnding,      // the last letters of this word
  kWordBefore,  // the word before, with the kind of this one, which is part of a name
  kWordBehind,  // the word behind, likewise
  kFirst,       // the first word of the sentence, with the mark of this one
  kLast,        // the last, likewise
  kHeading,     // a word of the heading, likewise
};
inline constexpr std::array<std::string_view, 6> kNamings = {"ending", "word-before", "word-behind",
                                                             "first",  "last",        "heading"};
inline constexpr uint64_t kSpread = 64;
static_assert(kKinds <= kSpread);
// How many numbers go with a naming.
inline size_t NumbersOf(Naming naming) {
  if (naming == Naming::kEnding) return 1;
  return naming < Naming::kFirst ? kKinds : kMarks;
}

inline uint64_t NamingKey(Naming naming, uint64_t word, uint64_t number) {
  return (word + static_cast<uint64_t>(naming) * kSpread + number + 1) * 0xD6E8FEB86659FD93ull;
}

// How far a word is felt on either side.
inline constexpr int kReach = 4;
// Stands where a sentence has no word; as it has blanks, it is none.
inline constexpr std::string_view kEdgeWord = "no word";

// Positions of well mixed 64-bit keys: open addressing, half empty at least. The leading bits of a
// key say where to look, the last 32 whether it is that key.
class KeyTable {
 public:
  static constexpr uint32_t kNone = 0xFFFFFFFF;

  uint32_t Find(uint64_t key) const {
    for (size_t slot = key >> shift_;; slot = (slot + 1) & mask_) {
      const Slot& found = slots_[slot];
      if (found.position == kNone || found.key == static_cast<uint32_t>(key)) return found.position;
    }
  }
  // Gives `key`, which must be absent, the next position: 0, 1, …
  uint32_t Add(uint64_t key) {
    const auto position = static_cast<uint32_t>(keys_.size());
    if (2 * (keys_.size() + 1) > slots_.size()) Grow();
    keys_.push_back(key);
    Place(key, position);
    return position;
  }

 private:
  struct Slot {
    uint32_t key = 0;
    uint32_t position = kNone;
  };

  void Place(uint64_t key, uint32_t position) {
    size_t at = key >> shift_;
    while (slots_[at].position != kNone) at = (at + 1) & mask_;
    slots_[at] = {static_cast<uint32_t>(key), position};
  }
  void Grow() {
    slots_.assign(slots_.size() * 2, {});
    --shift_;
    mask_ = slots_.size() - 1;
    for (size_t i = 0; i < keys_.size(); ++i) Place(keys_[i], static_cast<uint32_t>(i));
  }

  std::vector<Slot> slots_ = std::vector<Slot>(16);
  std::vector<uint64_t> keys_;
  int shift_ = 60;
  size_t mask_ = 15;
};

// The weights of a linear-chain CRF over the tags of words. Those of kOutside are all 0; a Pair
// holds those of kBegin and kInside. W is a number for a finished model, and what learning keeps of
// a weight for one that is being learned.
template <typename W>
struct Weights {
  using Pair = std::array<W, 2>;
  // Of a word for its neighbours: [kReach + d] for the word d places behind it.
  using Row = std::array<Pair, 2 * kReach + 1>;

  Weights() : traits(kTraitOffsets.back()) {}

  // Null for an unknown word.
  Row* OfWord(uint64_t key) {
    const uint32_t at = word_table.Find(key);
    return at == KeyTable::kNone ? nullptr : &words[at];
  }
  const Row* OfWord(uint64_t key) const { return const_cast<Weights*>(this)->OfWord(key); }
  Pair& OfTrait(Trait trait, size_t number) {
    return traits[kTraitOffsets[static_cast<size_t>(trait)] + number];
  }
  const Pair& OfTrait(Trait trait, size_t number) const {
    return traits[kTraitOffsets[static_cast<size_t>(trait)] + number];
  }
  // Null when unknown.
  Pair* OfName(uint64_t key) {
    const uint32_t at = name_table.Find(key);
    return at == KeyTable::kNone ? nullptr : &names[at];
  }
  const Pair* OfName(uint64_t key) const { return const_cast<Weights*>(this)->OfName(key); }

  // Of a tag after a tag, [before][after].
  std::array<std::array<W, kTags>, kTags + 1> transitions{};
  std::vector<Pair> traits;
  std::vector<Row> words;
  std::vector<Pair> names;
  KeyTable word_table;
  KeyTable name_table;
};

// A word's last letters say something of words never seen.
inline constexpr size_t kEndingLength = 4;
inline std::string_view EndingOf(std::string_view word) {
  return word.substr(word.size() - std::min(word.size(), kEndingLength));
}

// Calls back for every weight that counts for a sentence:
//   visitor.Row(i, row)         a word at place i, which may lie kReach beyond either end
//   visitor.One(i, pair)        for the word at i
//   visitor.All(mark, pair)     for all words of that mark
// Weights that are not there are passed over. This is what a model means; CompiledModel is the fast
// way to the same sums.
template <typename AnyWeights, typename Visitor>
void ForEachWeight(AnyWeights& weights, std::string_view text, const Sentence& sentence,
                   Visitor& visitor) {
  static const uint64_t kEdge = WordKey(kEdgeWord);
  const std::vector<Word>& words = sentence.words;
  const int size = static_cast<int>(words.size());
  const auto at = [&](int i) -> const Word* { return i < 0 || i >= size ? nullptr : &words[i]; };
  const auto shape = [&](int i) {
    return static_cast<size_t>(at(i) ? at(i)->shape : Shape::kEdge);
  };
  const auto mark = [&](int i) { return static_cast<size_t>(at(i) ? at(i)->mark : Mark::kNone); };
  const auto kind = [&](int i) { return size_t{at(i) ? at(i)->kind : uint8_t{0}}; };
  const auto key = [&](int i) { return at(i) ? at(i)->key : kEdge; };
  const auto name = [&](int i, Naming naming, uint64_t word, uint64_t number) {
    if (auto* pair = weights.OfName(NamingKey(naming, word, number))) visitor.One(i, *pair);
  };

  for (int i = -kReach; i < size + kReach; ++i) {
    auto* const row = weights.OfWord(key(i));
    if (row != nullptr) visitor.Row(i, *row);
    if (i < 0 || i >= size) continue;
    name(i, Naming::kEnding,
         WordKey(EndingOf(text.substr(words[i].begin, words[i].end - words[i].begin))), 0);
  }
  std::array<bool, kMarks> seen{};
  for (int i = 0; i < size; ++i) {
    const Word& word = words[i];
    seen[mark(i)] = true;
    const auto trait = [&](Trait which, size_t number) {
      visitor.One(i, weights.OfTrait(which, number));
    };
    trait(Trait::kBias, 0);
    trait(Trait::kShape, shape(i));
    trait(Trait::kShapes, (shape(i - 1) * kShapes + shape(i)) * kShapes + shape(i + 1));
    trait(Trait::kKind, kind(i));
    trait(Trait::kKindBefore, kind(i - 1) * kKinds + kind(i));
    trait(Trait::kKindBehind, kind(i) * kKinds + kind(i + 1));
    trait(Trait::kMarksBefore, (mark(i - 2) * kMarks + mark(i - 1)) * kMarks + mark(i));
    trait(Trait::kMarksBehind, (mark(i) * kMarks + mark(i + 1)) * kMarks + mark(i + 2));
    trait(Trait::kShapeOfMark, mark(i) * kShapes + shape(i));
    if (word.mark == Mark::kNone) continue;
    name(i, Naming::kWordBefore, key(i - 1), kind(i));
    name(i, Naming::kWordBehind, key(i + 1), kind(i));
  }
  const size_t length = std::min<size_t>(words.size() / 5, kLengths - 1);
  const size_t cue = sentence.cue ? 1 : 0;
  for (size_t m = 0; m < kMarks; ++m) {
    if (!seen[m]) continue;
    const auto all = [&](Naming naming, uint64_t word) {
      if (auto* pair = weights.OfName(NamingKey(naming, word, m))) visitor.All(m, *pair);
    };
    visitor.All(m, weights.OfTrait(Trait::kLength, m * kLengths + length));
    visitor.All(m, weights.OfTrait(Trait::kCue, m * 2 + cue));
    all(Naming::kFirst, words.front().key);
    all(Naming::kLast, words.back().key);
    for (const uint64_t word : sentence.heading) all(Naming::kHeading, word);
  }
}

}  // namespace jobmesh::scraper::refine::terms
