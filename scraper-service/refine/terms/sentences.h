#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scraper-service/refine/byte_bits.h"
#include "scraper-service/refine/scanned_text.h"
#include "scraper-service/refine/skills.h"

namespace jobmesh::scraper::refine::terms {

// How a word is written.
enum class Shape : uint8_t {
  kEdge,  // no word: before the first, behind the last
  kLower,
  kCapital,  // "Java", "A"
  kUpper,    // "SQL"
  kMixed,    // "JavaScript", "iOS"
  kDigits,
  kLettersAndDigits,  // "S3"
  kJoined,            // "CI/CD", "front-end"
  kOpening,           // "("
  kClosing,           // ")"
  kStop,              // "."
  kBullet,
  kPlaceholder,  // "<ORGANIZATION>"
  kOther,
};
inline constexpr size_t kShapes = static_cast<size_t>(Shape::kOther) + 1;

// What the vocabulary says of a word: the first word of a name, a later one, or none; of knowledge
// or of technology.
enum class Mark : uint8_t { kNone, kKnowledge, kInKnowledge, kTechnology, kInTechnology };
inline constexpr size_t kMarks = 5;

// The category of the name a word belongs to, and whether it is its first word.
inline constexpr size_t kKinds = 1 + 2 * kSkillCategories;

struct Word {
  uint32_t begin = 0;  // in the text, without brackets, commas and stops around it
  uint32_t end = 0;
  uint64_t key = 0;  // WordKey of those bytes
  Shape shape = Shape::kOther;
  bool after_comma = false;
  Mark mark = Mark::kNone;
  uint8_t kind = 0;  // below kKinds; 0 = in no name
};

inline uint64_t WordKey(std::string_view word) { return HashWord(word, 0, word.size()); }

// A sentence, an item of a list or a line.
struct Sentence {
  std::vector<Word> words;
  // Keys of the words of the last short line above it, such as "Your profile:".
  std::vector<uint64_t> heading;
  // Whether it has a word by which employers ask: "experience", "knowledge".
  bool cue = false;
};

// Reads a text (as MappedText leaves it) sentence by sentence. Linear in the text. Refers to its
// arguments, which must outlive it.
class SentenceReader {
 public:
  enum Which : uint8_t {
    kAll,
    kWithMentions,  // those in which the vocabulary found something
  };
  static constexpr size_t kNear = 80;
  // A line of no more words, and of no more bytes, is a heading for what follows.
  static constexpr size_t kLongestHeading = 5;
  static constexpr size_t kLongestHeadingBytes = 48;

  // `mentions` are in order and do not overlap, unless their ranges are equal. A sentence is cut
  // `reach` bytes from its first mention on either side; of all sentences, that far behind its
  // first word.
  SentenceReader(std::string_view text, std::span<const SkillMention> mentions, Which which,
                 size_t reach = kNear);

  // Reads on; false at the end of the text.
  bool Next(Sentence& sentence);

 private:
  void GoToLine(size_t at);
  size_t BeginBefore(size_t at) const;
  size_t EndBehind(size_t at) const;
  void MarkNames(std::vector<Word>& words);

  std::string_view text_;
  ByteBits ends_;  // where sentences may end: stops, and how bullets begin
  std::span<const SkillMention> mentions_;
  Which which_;
  size_t reach_;
  size_t at_ = 0;       // where the last sentence ended
  size_t mention_ = 0;  // the first that does not end before that
  size_t line_begin_ = 0;
  size_t line_end_ = 0;  // 0 before the first line
  std::vector<uint64_t> heading_;
  std::vector<Word> short_line_;
};

}  // namespace jobmesh::scraper::refine::terms
