#include "scraper-service/refine/terms/tagger.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "scraper_refine_terms.h"

namespace jobmesh::scraper::refine::terms {
namespace {

// Finds the tags of the greatest sum (Viterbi's algorithm).
class TagFinder {
 public:
  explicit TagFinder(const CompiledModel& model) : model_(model) {}

  const std::vector<Tag>& Find(std::span<const Word> words, std::span<const Packed> scores) {
    const auto& steps = model_.transitions();
    from_.resize(words.size());
    tags_.resize(words.size());
    std::array<int32_t, kTags> best = steps[kStart];
    best[kBegin] += scores[0].begin();
    for (size_t i = 1; i < words.size(); ++i) {
      std::array<uint8_t, kTags>& from = from_[i];
      const auto most = [&](Tag tag) {
        int32_t sum = best[kOutside] + steps[kOutside][tag];
        from[tag] = kOutside;
        for (const Tag before : {kBegin, kInside}) {
          const int32_t other = best[before] + steps[before][tag];
          if (other > sum) {
            sum = other;
            from[tag] = before;
          }
        }
        return sum;
      };
      const int32_t outside = most(kOutside);
      const int32_t begin = most(kBegin) + scores[i].begin();
      // A term does not go on over a comma.
      const int32_t inside = words[i].after_comma ? CompiledModel::kNever
                                                  : std::max(most(kInside) + scores[i].inside(),
                                                             CompiledModel::kNever);
      best = {outside, begin, inside};
    }
    size_t tag = static_cast<size_t>(std::max_element(best.begin(), best.end()) - best.begin());
    for (size_t i = words.size(); i-- > 0; tag = from_[i][tag]) tags_[i] = static_cast<Tag>(tag);
    return tags_;
  }

 private:
  const CompiledModel& model_;
  std::vector<std::array<uint8_t, kTags>> from_;
  std::vector<Tag> tags_;
};

bool IsSymbol(const Word& word) {
  return word.shape == Shape::kOpening || word.shape == Shape::kClosing ||
         word.shape == Shape::kStop || word.shape == Shape::kBullet;
}

void AddTerms(std::span<const Word> words, std::span<const Tag> tags, std::vector<Range>& terms) {
  bool open = false;
  for (size_t i = 0; i < words.size(); ++i) {
    const Word& word = words[i];
    if (tags[i] == kOutside) {
      open = false;
    } else if (IsSymbol(word) && (!open || words[i - 1].end == word.begin)) {
      // A bracket or stop that touches a word is none of it.
      continue;
    } else if (tags[i] == kBegin || !open) {
      terms.push_back({word.begin, word.end});
      open = true;
    } else {
      terms.back().end = word.end;
    }
  }
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Tagger>> Tagger::Parse(std::string_view tsv) {
  const absl::StatusOr<Model> model = ParseModel(tsv);
  if (!model.ok()) return model.status();
  return std::shared_ptr<const Tagger>(new Tagger(*model));
}

const Tagger& Tagger::Default() {
  // The embedded file is checked by a unit test, so value() cannot fail here.
  static const std::shared_ptr<const Tagger> kDefault = Parse(ScraperRefineTerms()).value();
  return *kDefault;
}

std::vector<Range> Tagger::Find(std::string_view text,
                                std::span<const SkillMention> mentions) const {
  std::vector<Range> terms;
  if (mentions.empty()) return terms;
  SentenceReader reader(text, mentions, SentenceReader::kWithMentions);
  Sentence sentence;
  sentence.words.reserve(64);
  CompiledModel::Scratch scratch;
  TagFinder finder(model_);
  while (reader.Next(sentence)) {
    if (sentence.words.empty()) continue;
    const std::span<const Packed> scores = model_.Score(text, sentence, scratch);
    AddTerms(sentence.words, finder.Find(sentence.words, scores), terms);
  }
  return terms;
}

}  // namespace jobmesh::scraper::refine::terms
