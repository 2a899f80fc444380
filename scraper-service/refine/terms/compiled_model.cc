#include "scraper-service/refine/terms/compiled_model.h"

#include <algorithm>
#include <utility>

namespace jobmesh::scraper::refine::terms {

CompiledModel::CompiledModel(const Model& model) {
  const Weights<int32_t>& weights = model.weights;
  for (size_t before = 0; before <= kTags; ++before) {
    for (size_t tag = 0; tag < kTags; ++tag)
      transitions_[before][tag] =
          MayFollow(before, tag) ? weights.transitions[before][tag] : kNever;
  }
  for (const auto& pair : weights.traits) traits_.emplace_back(pair);
  for (size_t i = 0; i < model.names.size(); ++i) {
    const auto& [naming, word, number] = model.names[i];
    if (naming < Naming::kFirst) {
      names_.Add(NamingKey(naming, word, number));
      name_weights_.emplace_back(weights.names[i]);
      continue;
    }
    const uint64_t key = NamingKey(naming, word, 0);
    uint32_t at = marked_.Find(key);
    if (at == KeyTable::kNone) {
      at = marked_.Add(key);
      mark_weights_.emplace_back();
    }
    mark_weights_[at][number] = Packed(weights.names[i]);
  }
  plain_.resize(kShapes * kShapes * kShapes);
  for (size_t i = 0; i < plain_.size(); ++i) {
    const size_t shape = i / kShapes % kShapes;
    for (const auto& [trait, number] :
         {std::pair(Trait::kBias, size_t{0}), std::pair(Trait::kShape, shape),
          std::pair(Trait::kShapes, i), std::pair(Trait::kKind, size_t{0}),
          std::pair(Trait::kKindBefore, size_t{0}), std::pair(Trait::kKindBehind, size_t{0}),
          std::pair(Trait::kMarksBefore, size_t{0}), std::pair(Trait::kMarksBehind, size_t{0}),
          std::pair(Trait::kShapeOfMark, shape)}) {
      plain_[i] += OfTrait(trait, number);
    }
  }
  for (size_t i = 0; i < model.words.size(); ++i) {
    const auto& row = weights.words[i];
    Row packed;
    for (size_t d = 0; d < row.size(); ++d) packed[d] = Packed(row[d]);
    if (model.words[i] == kEdgeWord) {
      edge_ = packed;
      continue;
    }
    packed[kReach] += Named(Naming::kEnding, WordKey(EndingOf(model.words[i])), 0);
    words_.Add(WordKey(model.words[i]));
    rows_.push_back(packed);
  }
}

void CompiledModel::AddTraits(std::span<const Word> words, size_t i, Packed& score) const {
  static const uint64_t kEdge = WordKey(kEdgeWord);
  const auto at = [&](int d) -> const Word* {
    const size_t place = i + static_cast<size_t>(d);  // wraps around where there is none
    return place < words.size() ? &words[place] : nullptr;
  };
  const auto mark = [&](int d) { return at(d) ? static_cast<size_t>(at(d)->mark) : size_t{0}; };
  const auto kind = [&](int d) { return at(d) ? size_t{at(d)->kind} : size_t{0}; };
  const auto shape = [&](int d) {
    return static_cast<size_t>(at(d) ? at(d)->shape : Shape::kEdge);
  };
  score += OfTrait(Trait::kBias, 0);
  score += OfTrait(Trait::kShape, shape(0));
  score += OfTrait(Trait::kShapes, (shape(-1) * kShapes + shape(0)) * kShapes + shape(1));
  score += OfTrait(Trait::kKind, kind(0));
  score += OfTrait(Trait::kKindBefore, kind(-1) * kKinds + kind(0));
  score += OfTrait(Trait::kKindBehind, kind(0) * kKinds + kind(1));
  score += OfTrait(Trait::kMarksBefore, (mark(-2) * kMarks + mark(-1)) * kMarks + mark(0));
  score += OfTrait(Trait::kMarksBehind, (mark(0) * kMarks + mark(1)) * kMarks + mark(2));
  score += OfTrait(Trait::kShapeOfMark, mark(0) * kShapes + shape(0));
  const Word& word = words[i];
  if (word.mark == Mark::kNone) return;
  score += Named(Naming::kWordBefore, at(-1) ? at(-1)->key : kEdge, word.kind);
  score += Named(Naming::kWordBehind, at(1) ? at(1)->key : kEdge, word.kind);
}

void CompiledModel::AddOfSentence(const Sentence& sentence, std::span<Packed> scores) const {
  const size_t length = std::min<size_t>(sentence.words.size() / 5, kLengths - 1);
  const size_t cue = sentence.cue ? 1 : 0;
  OfMarks sums;
  for (size_t mark = 0; mark < kMarks; ++mark) {
    sums[mark] = OfTrait(Trait::kLength, mark * kLengths + length);
    sums[mark] += OfTrait(Trait::kCue, mark * 2 + cue);
  }
  AddNamed(Naming::kFirst, sentence.words.front().key, sums);
  AddNamed(Naming::kLast, sentence.words.back().key, sums);
  for (const uint64_t word : sentence.heading) AddNamed(Naming::kHeading, word, sums);
  for (size_t i = 0; i < scores.size(); ++i)
    scores[i] += sums[static_cast<size_t>(sentence.words[i].mark)];
}

std::span<const Packed> CompiledModel::Score(std::string_view text, const Sentence& sentence,
                                             Scratch& scratch) const {
  const std::span<const Word> words = sentence.words;
  const size_t size = words.size();
  scratch.scores.resize(size);
  // The weights of the words, and of the edges on both sides.
  scratch.rows.resize(size + 2 * kReach);
  Packed* const scores = scratch.scores.data();
  const Packed** const rows = scratch.rows.data();
  const Packed* const edge = edge_.data();
  std::fill_n(rows, kReach, edge);
  std::fill_n(rows + size + kReach, kReach, edge);
  for (size_t i = 0; i < size; ++i) {
    const Word& word = words[i];
    const uint32_t row = words_.Find(word.key);
    if (row != KeyTable::kNone) {
      rows[i + kReach] = rows_[row].data();
      scores[i] = Packed();
      continue;
    }
    rows[i + kReach] = unknown_.data();
    const uint32_t length = std::min<uint32_t>(word.end - word.begin, kEndingLength);
    scores[i] = Named(Naming::kEnding, HashWord(text, word.end - length, word.end), 0);
  }
  size_t names_until = 0;  // behind the last place that feels a name
  for (size_t i = 0; i < std::min<size_t>(size, 2); ++i) {
    if (words[i].mark != Mark::kNone) names_until = i + 3;
  }
  auto before = static_cast<size_t>(Shape::kEdge);
  auto shape = static_cast<size_t>(words[0].shape);
  for (size_t i = 0; i < size; ++i) {
    Packed score = scores[i];
#pragma GCC unroll 9
    for (size_t d = 0; d <= 2 * kReach; ++d) score += rows[i + d][2 * kReach - d];
    if (i + 2 < size && words[i + 2].mark != Mark::kNone) names_until = i + 5;
    const auto behind = static_cast<size_t>(i + 1 < size ? words[i + 1].shape : Shape::kEdge);
    if (i < names_until) {
      AddTraits(words, i, score);
    } else {
      score += plain_[(before * kShapes + shape) * kShapes + behind];
    }
    scores[i] = score;
    before = shape;
    shape = behind;
  }
  AddOfSentence(sentence, scratch.scores);
  return scratch.scores;
}

}  // namespace jobmesh::scraper::refine::terms
