#include "scraper-service/refine/terms/learner.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <span>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/terms/model.h"
#include "scraper-service/refine/terms/sentences.h"
#include "scraper-service/refine/terms/weights.h"

namespace jobmesh::scraper::refine::terms {
namespace {

// Models are learned one after the other, from the same postings read in pieces of other lengths,
// and averaged, so that little depends on where a piece happens to end.
constexpr std::array<size_t, 5> kReaches = {60, 80, 100, 120, 160};
// Of each over its examples.
constexpr int kPasses = 14;
// The weights of later passes are averaged.
constexpr int kFirstAveraged = 4;
constexpr double kStep = 0.05;
constexpr double kShrink = 0.001;  // L2
// Added to the score of kOutside where it would be wrong (softmax-margin; Gimpel and Smith 2010).
constexpr double kMissed = 0.6;
// Postings have headings, but texts that people paste need not.
constexpr unsigned kPercentWithoutHeading = 30;
// Weights below so many hundredths are left out.
constexpr int kLeast = 12;

// A weight that is being learned.
struct Learned {
  double value = 0;
  double squares = 1e-6;  // of its gradients
  double total = 0;       // over the averaged passes

  void Step(double gradient) {
    gradient += kShrink * value;
    squares += gradient * gradient;
    value -= kStep * gradient / std::sqrt(squares);
  }
};

using Learning = Weights<Learned>;
using TagScores = std::array<double, kTags>;

struct Example {
  const LabelledPosting* posting;
  Sentence sentence;
  std::vector<Tag> tags;
};

// Makes room for every weight that a sentence needs, and remembers what those are called.
class Registry {
 public:
  explicit Registry(Learning& model) : model_(model) {}

  void Add(const Example& example) {
    const std::string_view text = example.posting->text;
    const Sentence& sentence = example.sentence;
    AddWord(kEdgeWord);
    for (size_t i = 0; i < sentence.words.size(); ++i) {
      const Word& word = sentence.words[i];
      const std::string written = Lowered(text.substr(word.begin, word.end - word.begin));
      AddWord(written);
      const std::string_view ending = EndingOf(written);
      // Not from the midst of a character: the model is text.
      if ((static_cast<unsigned char>(ending[0]) & 0xC0) != 0x80)
        AddName(Naming::kEnding, ending, 0);
      if (word.mark != Mark::kNone) {
        AddName(Naming::kWordBefore, i > 0 ? sentence.words[i - 1].key : WordKey(kEdgeWord),
                word.kind);
        AddName(Naming::kWordBehind,
                i + 1 < sentence.words.size() ? sentence.words[i + 1].key : WordKey(kEdgeWord),
                word.kind);
      }
      const auto mark = static_cast<uint64_t>(word.mark);
      AddName(Naming::kFirst, sentence.words.front().key, mark);
      AddName(Naming::kLast, sentence.words.back().key, mark);
      for (const uint64_t key : sentence.heading) AddName(Naming::kHeading, key, mark);
    }
  }

  const std::string& Written(uint64_t key) const { return written_.at(key); }
  const std::vector<uint64_t>& words() const { return words_; }
  const std::vector<Model::Name>& names() const { return names_; }

 private:
  void AddWord(std::string_view word) {
    const uint64_t key = WordKey(word);
    written_.emplace(key, word);
    if (model_.OfWord(key) != nullptr) return;
    model_.word_table.Add(key);
    model_.words.emplace_back();
    words_.push_back(key);
  }
  void AddName(Naming naming, std::string_view word, uint64_t number) {
    const uint64_t key = WordKey(word);
    written_.emplace(key, Lowered(word));
    AddName(naming, key, number);
  }
  void AddName(Naming naming, uint64_t word, uint64_t number) {
    const uint64_t key = NamingKey(naming, word, number);
    if (model_.OfName(key) != nullptr) return;
    model_.name_table.Add(key);
    model_.names.emplace_back();
    names_.push_back({naming, word, number});
  }

  Learning& model_;
  std::unordered_map<uint64_t, std::string> written_;
  std::vector<uint64_t> words_;
  std::vector<Model::Name> names_;
};

// Sums weights.
struct Summing {
  std::vector<TagScores> scores;
  std::array<std::array<double, 2>, kMarks> of_mark{};

  void Row(int i, const Learning::Row& row) {
    for (size_t d = 0; d < row.size(); ++d) One(i + static_cast<int>(d) - kReach, row[d]);
  }
  void One(int i, const Learning::Pair& pair) {
    if (i < 0 || i >= static_cast<int>(scores.size())) return;
    for (size_t t = 0; t < 2; ++t) scores[static_cast<size_t>(i)][1 + t] += pair[t].value;
  }
  void All(size_t mark, const Learning::Pair& pair) {
    for (size_t t = 0; t < 2; ++t) of_mark[mark][t] += pair[t].value;
  }
};

// Takes a step along the gradients of scores.
struct Stepping {
  std::span<const TagScores> gradients;
  std::array<std::array<double, 2>, kMarks> of_mark{};

  void Row(int i, Learning::Row& row) {
    for (size_t d = 0; d < row.size(); ++d) One(i + static_cast<int>(d) - kReach, row[d]);
  }
  void One(int i, Learning::Pair& pair) {
    if (i < 0 || i >= static_cast<int>(gradients.size())) return;
    for (size_t t = 0; t < 2; ++t) pair[t].Step(gradients[static_cast<size_t>(i)][1 + t]);
  }
  void All(size_t mark, Learning::Pair& pair) {
    for (size_t t = 0; t < 2; ++t) pair[t].Step(of_mark[mark][t]);
  }
};

double LogOfSum(const TagScores& logs) {
  const double most = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double log : logs) sum += std::exp(log - most);
  return most + std::log(sum);
}

// One step towards the tags of an example.
void LearnFrom(const Example& example, const Sentence& sentence, Learning& model) {
  constexpr double kNever = -1e9;
  const size_t size = sentence.words.size();
  Summing sums{.scores = std::vector<TagScores>(size)};
  ForEachWeight(model, example.posting->text, sentence, sums);
  for (size_t i = 0; i < size; ++i) {
    for (size_t t = 0; t < 2; ++t)
      sums.scores[i][1 + t] += sums.of_mark[static_cast<size_t>(sentence.words[i].mark)][t];
    if (example.tags[i] != kOutside) sums.scores[i][kOutside] += kMissed;
  }
  // Forward and backward sums, as logarithms.
  std::vector<TagScores> forward(size);
  std::vector<TagScores> backward(size);
  const auto step = [&](size_t before, size_t tag) {
    return MayFollow(before, tag) ? model.transitions[before][tag].value : kNever;
  };
  for (size_t i = 0; i < size; ++i) {
    for (size_t tag = 0; tag < kTags; ++tag) {
      TagScores logs{};
      for (size_t before = 0; before < kTags; ++before)
        logs[before] = i == 0 ? kNever : forward[i - 1][before] + step(before, tag);
      forward[i][tag] = (i == 0 ? step(kStart, tag) : LogOfSum(logs)) + sums.scores[i][tag];
    }
  }
  for (size_t i = size - 1; i-- > 0;) {
    for (size_t tag = 0; tag < kTags; ++tag) {
      TagScores logs{};
      for (size_t next = 0; next < kTags; ++next)
        logs[next] = step(tag, next) + sums.scores[i + 1][next] + backward[i + 1][next];
      backward[i][tag] = LogOfSum(logs);
    }
  }
  const double all = LogOfSum(forward.back());
  std::vector<TagScores> gradients(size);
  std::array<TagScores, kTags + 1> of_transitions{};
  Stepping stepping{.gradients = gradients};
  for (size_t i = 0; i < size; ++i) {
    const size_t right = example.tags[i];
    for (size_t tag = 0; tag < kTags; ++tag) {
      gradients[i][tag] =
          std::exp(forward[i][tag] + backward[i][tag] - all) - (tag == right ? 1 : 0);
      if (i == 0) {
        of_transitions[kStart][tag] += gradients[i][tag];
        continue;
      }
      for (size_t before = 0; before < kTags; ++before) {
        if (!MayFollow(before, tag)) continue;
        of_transitions[before][tag] += std::exp(forward[i - 1][before] + step(before, tag) +
                                                sums.scores[i][tag] + backward[i][tag] - all);
      }
    }
    if (i > 0) of_transitions[example.tags[i - 1]][right] -= 1;
    for (size_t t = 0; t < 2; ++t)
      stepping.of_mark[static_cast<size_t>(sentence.words[i].mark)][t] += gradients[i][1 + t];
  }
  stepping.gradients = gradients;
  ForEachWeight(model, example.posting->text, sentence, stepping);
  for (size_t before = 0; before <= kTags; ++before) {
    for (size_t tag = 0; tag < kTags; ++tag) {
      if (of_transitions[before][tag] != 0)
        model.transitions[before][tag].Step(of_transitions[before][tag]);
    }
  }
}

template <typename Function>
void ForEachLearned(Learning& model, Function&& function) {
  for (auto& row : model.transitions) std::for_each(row.begin(), row.end(), function);
  for (auto& pair : model.traits) std::for_each(pair.begin(), pair.end(), function);
  for (auto& pair : model.names) std::for_each(pair.begin(), pair.end(), function);
  for (auto& row : model.words) {
    for (auto& pair : row) std::for_each(pair.begin(), pair.end(), function);
  }
}

// The tags that the terms of a posting give the words of a sentence.
std::vector<Tag> TagsOf(const LabelledPosting& posting, const std::vector<Word>& words) {
  std::vector<Tag> tags;
  uint32_t last = 0;  // where the word before began
  for (const Word& word : words) {
    const auto term = std::find_if(posting.terms.begin(), posting.terms.end(), [&](const Range& r) {
      return r.begin < word.end && word.begin < r.end;
    });
    if (term == posting.terms.end()) {
      tags.push_back(kOutside);
    } else {
      tags.push_back(tags.empty() || last < term->begin ? kBegin : kInside);
    }
    last = word.begin;
  }
  return tags;
}

std::vector<Example> ExamplesOf(const std::vector<LabelledPosting>& postings,
                                const Vocabulary& vocabulary, size_t reach) {
  std::vector<Example> examples;
  for (const LabelledPosting& posting : postings) {
    const std::vector<SkillMention> mentions = vocabulary.Find(posting.text);
    SentenceReader reader(posting.text, mentions, SentenceReader::kAll, reach);
    for (Example example{.posting = &posting}; reader.Next(example.sentence);) {
      if (example.sentence.words.empty()) continue;
      example.tags = TagsOf(posting, example.sentence.words);
      examples.push_back(example);
    }
  }
  return examples;
}

std::string Format(const Learning& model, const Registry& registry) {
  std::string out =
      "# Learned by `scraper-service learn-terms`; model.h says what the columns are.\n";
  const auto hundredths = [](double weight) {
    return std::clamp(static_cast<int>(std::lround(100 * weight)), -kGreatestWeight,
                      kGreatestWeight);
  };
  const auto mean = [&](const Learned& weight) {
    return hundredths(weight.total / (kReaches.size() * (kPasses - kFirstAveraged)));
  };
  const auto pairs = [&](std::span<const Learning::Pair> all) {
    for (const Learning::Pair& pair : all)
      absl::StrAppend(&out, "\t", mean(pair[0]), "\t", mean(pair[1]));
    out += '\n';
  };
  const auto matters = [&](const Learning::Pair& pair) {
    return std::max(std::abs(mean(pair[0])), std::abs(mean(pair[1]))) >= kLeast;
  };
  out += "transitions";
  for (const auto& row : model.transitions) {
    for (const Learned& weight : row) absl::StrAppend(&out, "\t", mean(weight));
  }
  out += '\n';
  for (size_t trait = 0; trait < kTraits; ++trait) {
    for (size_t i = 0; i < kTraitTables[trait].size; ++i) {
      const Learning::Pair& pair = model.traits[kTraitOffsets[trait] + i];
      if (!matters(pair)) continue;
      absl::StrAppend(&out, std::string(kTraitTables[trait].name), "\t", i);
      pairs({&pair, 1});
    }
  }
  for (size_t i = 0; i < model.words.size(); ++i) {
    if (!std::any_of(model.words[i].begin(), model.words[i].end(), matters)) continue;
    absl::StrAppend(&out, "word\t", registry.Written(registry.words()[i]));
    pairs(model.words[i]);
  }
  for (size_t i = 0; i < model.names.size(); ++i) {
    if (!matters(model.names[i])) continue;
    const Model::Name& name = registry.names()[i];
    absl::StrAppend(&out, std::string(kNamings[static_cast<size_t>(name.naming)]), "\t",
                    registry.Written(name.word), "\t", name.number);
    pairs({&model.names[i], 1});
  }
  return out;
}

}  // namespace

absl::StatusOr<std::vector<LabelledPosting>> ReadConll(std::istream& in) {
  std::vector<LabelledPosting> postings;
  std::string line;
  size_t empty = 2;
  bool in_term = false;
  for (size_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) {
      ++empty;
      in_term = false;
      continue;
    }
    const size_t tab = line.find('\t');
    const std::string_view tag =
        std::string_view(line).substr(tab == line.npos ? line.size() : tab + 1);
    if (tab == 0 || (tag != "B" && tag != "I" && tag != "O") ||
        line.find_first_of(" \n") != line.npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": a word, a tab and B, I or O expected"));
    }
    if (empty >= 2) postings.emplace_back();
    LabelledPosting& posting = postings.back();
    if (!posting.text.empty()) posting.text += empty > 0 ? '\n' : ' ';
    const size_t begin = posting.text.size();
    posting.text.append(line, 0, tab);
    if (tag == "I" && in_term) {
      posting.terms.back().end = posting.text.size();
    } else if (tag != "O") {
      posting.terms.push_back({begin, posting.text.size()});
    }
    in_term = tag != "O";
    empty = 0;
  }
  return postings;
}

std::string Learn(const std::vector<LabelledPosting>& postings, const Vocabulary& vocabulary,
                  const std::function<void(double)>& progress) {
  Learning model;
  Registry registry(model);
  std::mt19937 random(1);  // the same model every time
  double done = 0;
  for (const size_t reach : kReaches) {
    std::vector<Example> examples = ExamplesOf(postings, vocabulary, reach);
    for (const Example& example : examples) registry.Add(example);
    ForEachLearned(model, [](Learned& weight) { weight = {.total = weight.total}; });
    for (int pass = 0; pass < kPasses; ++pass) {
      for (size_t i = examples.size(); i > 1; --i)
        std::swap(examples[i - 1], examples[random() % i]);
      for (const Example& example : examples) {
        Sentence sentence = example.sentence;
        if (random() % 100 < kPercentWithoutHeading) sentence.heading.clear();
        LearnFrom(example, sentence, model);
      }
      if (pass >= kFirstAveraged)
        ForEachLearned(model, [](Learned& weight) { weight.total += weight.value; });
      progress(++done / (kPasses * kReaches.size()));
    }
  }
  return Format(model, registry);
}

}  // namespace jobmesh::scraper::refine::terms
