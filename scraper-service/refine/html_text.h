#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scraper-service/refine/fact.h"

namespace jobmesh::scraper::refine {

// Readable text of a description, with a way back to the description's own bytes.
//
// Both forms are tidied alike: runs of blanks become one, line ends become '\n' (never two in a
// row), no-break and typographic spaces become ' ', zero-width characters vanish, typographic
// dashes and apostrophes become '-' and
// '\''. Time and memory are linear in the source, whatever it holds. Immutable; may be read from
// many threads.
class MappedText {
 public:
  // Text that is not markup.
  static MappedText FromText(std::string_view source);
  // HTML, also broken HTML, and HTML that was entity-escaped once or twice. Tags of blocks end a
  // line, list items begin with "- ", scripts, styles and comments are left out.
  static MappedText FromHtml(std::string_view source);

  const std::string& text() const { return text_; }
  // The text, for who needs the rest no more.
  std::string TakeText() && { return std::move(text_); }

  // The source's bytes that `range` of text() was made from.
  Range ToSource(Range range) const;

 private:
  friend class TextBuilder;

  // `length` bytes of output from `source_length` bytes of input; byte by byte where both are
  // equal, otherwise as one piece (an entity, a tag).
  struct Run {
    uint32_t out;
    uint32_t length;
    uint32_t source;
    uint32_t source_length;
  };
  using Layer = std::vector<Run>;

  static Range MapThrough(const Layer& layer, Range range);

  std::string text_;
  // From the text back to the source; more than one when the source was escaped.
  std::vector<Layer> layers_;
};

}  // namespace jobmesh::scraper::refine
