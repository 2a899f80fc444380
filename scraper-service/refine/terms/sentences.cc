#include "scraper-service/refine/terms/sentences.h"

#include <algorithm>
#include <array>

#include "scraper-service/refine/ascii.h"

namespace jobmesh::scraper::refine::terms {
namespace {

enum Byte : uint8_t {
  kLower = 1,
  kUpper = 2,
  kDigit = 4,
  kJoint = 8,
  kPunctuation = 16,
  kEnd = 32,  // of a sentence; punctuation too
  kBlank = 64,
};

constexpr std::array<uint8_t, 256> kBytes = [] {
  std::array<uint8_t, 256> bytes{};
  for (size_t c = 0; c < 256; ++c) {
    const auto letter = static_cast<char>(c);
    if (IsLower(letter)) bytes[c] = kLower;
    if (IsUpper(letter)) bytes[c] = kUpper;
    if (IsDigit(letter)) bytes[c] = kDigit;
  }
  for (const char c : {'/', '-', '&'}) bytes[static_cast<unsigned char>(c)] = kJoint;
  for (const char c : {',', ';', ':', '(', ')', '"'})
    bytes[static_cast<unsigned char>(c)] = kPunctuation;
  for (const char c : {'.', '!', '?'}) bytes[static_cast<unsigned char>(c)] = kPunctuation | kEnd;
  for (const char c : {' ', '\n', '\t', '\r'}) bytes[static_cast<unsigned char>(c)] = kBlank;
  return bytes;
}();

uint8_t ByteOf(char c) { return kBytes[static_cast<unsigned char>(c)]; }
bool IsPunctuation(char c) { return (ByteOf(c) & kPunctuation) != 0; }

bool IsBullet(std::string_view piece) {
  return piece == "*" || piece == "\u2022" || piece == "\u00b7" || piece == "\u25cf" ||
         piece == "\u25aa";
}

// Whether text[at] begins a blank-free piece that is a bullet.
bool IsBulletAt(std::string_view text, size_t at) {
  if (at == 0 || text[at - 1] != ' ') return false;
  size_t end = at;
  while (end < text.size() && end - at < 4 && !IsSpace(text[end])) ++end;
  return IsBullet(text.substr(at, end - at));
}

// "e.g.", "U.S.", "etc.": stops that end no sentence.
bool IsAbbreviation(std::string_view word) {
  return word.size() <= 1 || word.find('.') != word.npos || EqualsFolded(word, "etc") ||
         EqualsFolded(word, "incl") || EqualsFolded(word, "vs");
}

// Whether the stop at text[at] ends a sentence. One that stands alone does not: it is of a text
// that somebody cut into words, which has a sentence a line.
bool EndsSentence(std::string_view text, size_t at) {
  if (at + 2 >= text.size() || text[at + 1] != ' ' || IsLower(text[at + 2])) return false;
  constexpr size_t kLongest = 12;
  size_t from = at;
  while (from > 0 && at - from < kLongest && !IsSpace(text[from - 1])) --from;
  return from < at && (text[at] != '.' || !IsAbbreviation(text.substr(from, at - from)));
}

Shape ShapeOfSymbols(std::string_view word) {
  if (word == "(") return Shape::kOpening;
  if (word == ")") return Shape::kClosing;
  if (word == ".") return Shape::kStop;
  return word == "-" || IsBullet(word) ? Shape::kBullet : Shape::kOther;
}

// Of a word of whose bytes `first` is the first one's kind and `later` those of the others.
Shape ShapeOf(std::string_view word, uint8_t first, uint8_t later) {
  const uint8_t all = first | later;
  if ((all & (kLower | kUpper | kDigit)) == 0) return ShapeOfSymbols(word);
  if (word[0] == '<' && word.back() == '>') return Shape::kPlaceholder;
  if ((all & kJoint) != 0) return Shape::kJoined;
  if ((all & kDigit) != 0)
    return (all & (kLower | kUpper)) != 0 ? Shape::kLettersAndDigits : Shape::kDigits;
  if ((all & kUpper) == 0) return Shape::kLower;
  if ((all & kLower) == 0) return word.size() == 1 ? Shape::kCapital : Shape::kUpper;
  return (later & kUpper) != 0 ? Shape::kMixed : Shape::kCapital;
}

// The words by which employers ask.
bool HasCue(std::span<const Word> words) {
  static const std::array<uint64_t, 5> kCues = {WordKey("experience"), WordKey("knowledge"),
                                                WordKey("skills"), WordKey("understanding"),
                                                WordKey("degree")};
  const std::array<uint64_t, 5> cues = kCues;
  return std::any_of(words.begin(), words.end(), [&](const Word& word) {
    return std::find(cues.begin(), cues.end(), word.key) != cues.end();
  });
}

// Appends the words of text[begin, end): of blank-free pieces, where brackets, and a stop at the
// end, stand for themselves; a comma is remembered for what follows.
void AppendWords(std::string_view text, size_t begin, size_t end, std::vector<Word>& words) {
  const char* const bytes = text.data();
  bool comma = false;
  const auto add = [&](size_t from, size_t to, uint8_t first, uint8_t later) {
    words.push_back({.begin = static_cast<uint32_t>(from),
                     .end = static_cast<uint32_t>(to),
                     .key = HashWord(text, from, to),
                     .shape = ShapeOf({bytes + from, to - from}, first, later),
                     .after_comma = comma});
    comma = false;
  };
  const auto add_symbol = [&](size_t i, bool last) {
    const char c = bytes[i];
    if (c == ',' || c == ';') comma = true;
    if (c == '(' || c == ')' || (c == '.' && last)) add(i, i + 1, kPunctuation, 0);
  };
  for (size_t at = begin; at < end;) {
    const size_t piece = at;
    const uint8_t first = ByteOf(bytes[at++]);
    if ((first & kBlank) != 0) continue;
    uint8_t later = 0;
    uint8_t last = first;
    for (; at < end; ++at) {
      const uint8_t kind = ByteOf(bytes[at]);
      if ((kind & kBlank) != 0) break;
      last = kind;
      later |= kind;
    }
    if (((first | last) & kPunctuation) == 0) {
      add(piece, at, first, later);
      continue;
    }
    size_t from = piece;
    size_t to = at;
    // The stop of ".NET" is none.
    while (from < at && IsPunctuation(bytes[from]) && (bytes[from] != '.' || from + 1 == at))
      ++from;
    while (to > from && IsPunctuation(bytes[to - 1])) --to;
    for (size_t i = piece; i < from; ++i) add_symbol(i, i + 1 == at);
    if (from == to) continue;
    uint8_t inner = 0;
    for (size_t i = from + 1; i < to; ++i) inner |= ByteOf(bytes[i]);
    add(from, to, ByteOf(bytes[from]), inner);
    for (size_t i = to; i < at; ++i) add_symbol(i, i + 1 == at);
  }
}

}  // namespace

SentenceReader::SentenceReader(std::string_view text, std::span<const SkillMention> mentions,
                               Which which, size_t reach)
    : text_(text),
      ends_(text,
            [](const ByteBlock& block) {
              return block.Where([](Bytes bytes) {
                return bytes.Is('.') | bytes.Is('!') | bytes.Is('?') | bytes.Is('*') |
                       bytes.IsBeyondAscii();
              });
            }),
      mentions_(mentions),
      which_(which),
      reach_(reach) {}

// Goes on to the line that holds `at`; the last short one on the way is the heading.
void SentenceReader::GoToLine(size_t at) {
  while (at >= line_end_) {
    if (line_end_ > line_begin_ && line_end_ - line_begin_ <= kLongestHeadingBytes) {
      short_line_.clear();
      AppendWords(text_, line_begin_, line_end_, short_line_);
      if (!short_line_.empty() && short_line_.size() <= kLongestHeading) {
        heading_.clear();
        for (const Word& word : short_line_) heading_.push_back(word.key);
      }
    }
    line_begin_ = line_end_;
    line_end_ = std::min(text_.find('\n', line_begin_), text_.size() - 1) + 1;
  }
}

// Where the sentence begins that holds `at`, of the line.
size_t SentenceReader::BeginBefore(size_t at) const {
  const size_t limit = std::max({at_, line_begin_, at - std::min(at, reach_)});
  for (size_t end = ends_.EndBefore(at); end > limit; end = ends_.EndBefore(end - 1)) {
    if ((ByteOf(text_[end - 1]) & kEnd) == 0) {
      if (IsBulletAt(text_, end - 1)) return end - 1;
    } else if (EndsSentence(text_, end - 1)) {
      return end;
    }
  }
  if (limit == at_ || limit == line_begin_) return limit;
  // Cut where a word begins.
  for (size_t i = limit; i < at; ++i) {
    if ((ByteOf(text_[i]) & kBlank) != 0) return i + 1;
  }
  return at;
}

// Where it ends.
size_t SentenceReader::EndBehind(size_t at) const {
  const size_t limit = std::min(line_end_, at + reach_);
  for (size_t i = ends_.Next(at); i < limit; i = ends_.Next(i + 1)) {
    if ((ByteOf(text_[i]) & kEnd) == 0) {
      if (IsBulletAt(text_, i)) return i;
    } else if (EndsSentence(text_, i)) {
      return i + 1;
    }
  }
  if (limit == line_end_) return limit;
  for (size_t i = limit; i > at; --i) {
    if ((ByteOf(text_[i - 1]) & kBlank) != 0) return i - 1;
  }
  return at;
}

bool SentenceReader::Next(Sentence& sentence) {
  while (mention_ < mentions_.size() && mentions_[mention_].range.end <= at_) ++mention_;
  Range core{at_, at_};  // of the sentence
  if (which_ == kAll) {
    while (core.begin < text_.size() && IsSpace(text_[core.begin])) ++core.begin;
    if (core.begin == text_.size()) return false;
    core.end = core.begin + 1;
  } else {
    if (mention_ == mentions_.size()) return false;
    core = mentions_[mention_].range;
    core.begin = std::max(core.begin, at_);
  }
  GoToLine(core.begin);
  const size_t begin = BeginBefore(core.begin);
  at_ = EndBehind(core.end);
  // A word longer than that.
  if (which_ == kAll && at_ == core.end)
    at_ = std::min(text_.find_first_of(" \n", at_), text_.size());
  sentence.words.clear();
  AppendWords(text_, begin, at_, sentence.words);
  MarkNames(sentence.words);
  sentence.heading = heading_;
  sentence.cue = HasCue(sentence.words);
  return true;
}

void SentenceReader::MarkNames(std::vector<Word>& words) {
  size_t mention = mention_;
  uint32_t before = 0;  // where the word before ended
  for (Word& word : words) {
    while (mention < mentions_.size() && mentions_[mention].range.end <= word.begin) ++mention;
    if (mention == mentions_.size()) return;
    const auto& [skill, range] = mentions_[mention];
    if (range.begin < word.end) {
      const bool later = range.begin < before;
      word.kind = static_cast<uint8_t>(1 + 2 * skill->category_number + (later ? 1 : 0));
      if (skill->knowledge) {
        word.mark = later ? Mark::kInKnowledge : Mark::kKnowledge;
      } else {
        word.mark = later ? Mark::kInTechnology : Mark::kTechnology;
      }
    }
    before = word.end;
  }
}

}  // namespace jobmesh::scraper::refine::terms
