#include "scraper-service/refine/html_text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "scraper-service/refine/byte_bits.h"
#include "scraper-service/refine/entities.h"

namespace jobmesh::scraper::refine {
namespace {

constexpr size_t kNone = std::string_view::npos;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool IsTagStart(std::string_view s, size_t i) {
  return i + 1 < s.size() &&
         (IsLetter(s[i + 1]) || s[i + 1] == '/' || s[i + 1] == '!' || s[i + 1] == '?');
}

std::string LowerAscii(std::string_view s) {
  std::string out(s);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return out;
}

enum class TagKind { kInline, kBlock, kItem, kCell, kSkip };

TagKind KindOf(std::string_view name) {
  static constexpr std::array<std::string_view, 36> kBlocks = {
      "address", "article",  "aside",   "blockquote", "body",  "br",    "dd",    "div", "dl",
      "dt",      "fieldset", "figure",  "footer",     "form",  "h1",    "h2",    "h3",  "h4",
      "h5",      "h6",       "header",  "hr",         "html",  "main",  "nav",   "ol",  "option",
      "p",       "pre",      "section", "select",     "table", "tbody", "title", "tr",  "ul"};
  if (name == "li") return TagKind::kItem;
  if (name == "td" || name == "th") return TagKind::kCell;
  if (name == "script" || name == "style" || name == "noscript" || name == "template")
    return TagKind::kSkip;
  return std::find(kBlocks.begin(), kBlocks.end(), name) != kBlocks.end() ? TagKind::kBlock
                                                                          : TagKind::kInline;
}

// Bytes that the plain-copy loop must stop at.
constexpr std::array<bool, 256> MakeSpecial() {
  std::array<bool, 256> special{};
  for (const unsigned char c : {' ', '\t', '\n', '\r', '\f', '\v', '\0', '<', '&'})
    special[c] = true;
  for (const unsigned char c : {0xC2, 0xE2, 0xE3, 0xEE, 0xEF, 0xF0}) special[c] = true;
  return special;
}
constexpr std::array<bool, 256> kSpecial = MakeSpecial();

// Bytes of kSpecial, but for single blanks between others; and a few more, which are none.
ByteBits Stops(std::string_view source) {
  return {source, [](const ByteBlock& block) {
            uint64_t special = block.Where([](Bytes bytes) {
              return bytes.IsBetween('\0', '\x1F') | bytes.Is('<') | bytes.Is('&');
            });
            if (block.Where([](Bytes bytes) { return bytes.IsBeyondAscii(); }) != 0) {
              special |= block.Where([](Bytes bytes) {
                return bytes.Is('\xC2') | bytes.Is('\xE2') | bytes.Is('\xE3') | bytes.Is('\xEE') |
                       bytes.Is('\xEF') | bytes.Is('\xF0');
              });
            }
            const uint64_t blanks = block.Where([](Bytes bytes) { return bytes.Is(' '); });
            // What follows the last byte is not known here.
            return special | (blanks & ((special | blanks) >> 1 | uint64_t{1} << 63));
          }};
}

// How a typographic character is tidied.
enum class Tidy { kKeep, kSpace, kDrop, kDash, kApostrophe, kQuote, kSymbol };

Tidy TidyOf(char32_t c) {
  if (c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x3000)
    return Tidy::kSpace;
  if (c == 0xAD || (c >= 0x200B && c <= 0x200F) || c == 0x2060 || c == 0xFEFF) return Tidy::kDrop;
  if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212) return Tidy::kDash;
  if (c == 0x2018 || c == 0x2019 || c == 0x201B || c == 0x2032) return Tidy::kApostrophe;
  if (c >= 0x201C && c <= 0x201F) return Tidy::kQuote;
  // Currency signs, ordinals and the fractions stay; bullets, arrows, ticks, private glyphs and
  // emoji are all one to a reader of words, and none of them may look like a letter.
  const bool symbol = (c >= 0x2016 && c < 0x20A0) || (c >= 0x2100 && c < 0x2C00) ||
                      (c >= 0xE000 && c < 0xF900) || (c >= 0x1F000 && c < 0x20000) || c == 0xA7 ||
                      c == 0xA9 || c == 0xAB || c == 0xAE || c == 0xB6 || c == 0xB7 || c == 0xBB;
  return symbol ? Tidy::kSymbol : Tidy::kKeep;
}

size_t EncodeUtf8(char32_t c, char* out) {
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  if (c < 0x800) {
    out[0] = static_cast<char>(0xC0 | (c >> 6));
    out[1] = static_cast<char>(0x80 | (c & 0x3F));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = static_cast<char>(0xE0 | (c >> 12));
    out[1] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out[2] = static_cast<char>(0x80 | (c & 0x3F));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | (c >> 18));
  out[1] = static_cast<char>(0x80 | ((c >> 12) & 0x3F));
  out[2] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
  out[3] = static_cast<char>(0x80 | (c & 0x3F));
  return 4;
}

// Reads a character of two to four bytes at s[i]; length 0 when the bytes are not one.
std::pair<char32_t, size_t> DecodeLong(std::string_view s, size_t i) {
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(s[i + k]); };
  const auto continues = [&](size_t k) { return i + k < s.size() && (byte(k) & 0xC0) == 0x80; };
  if ((byte(0) & 0xE0) == 0xC0 && continues(1)) {
    return {static_cast<char32_t>((byte(0) & 0x1F) << 6 | (byte(1) & 0x3F)), 2};
  }
  if ((byte(0) & 0xF0) == 0xE0 && continues(1) && continues(2)) {
    return {
        static_cast<char32_t>((byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F)),
        3};
  }
  if ((byte(0) & 0xF8) == 0xF0 && continues(1) && continues(2) && continues(3)) {
    return {static_cast<char32_t>((byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 |
                                  (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F)),
            4};
  }
  return {0, 0};
}

}  // namespace

// Collects text and the runs it came from.
class TextBuilder {
 public:
  explicit TextBuilder(std::string_view source) : source_(source) {
    out_.reserve(source.size());
    runs_.reserve(source.size() / 64 + 4);
  }

  void Copy(size_t begin, size_t end) {
    if (begin == end) return;
    Add(source_.substr(begin, end - begin), begin, end);
  }

  void Put(char32_t c, size_t begin, size_t end) {
    switch (TidyOf(c)) {
      case Tidy::kSpace:
        return Space(begin, end);
      case Tidy::kDrop:
        return;
      case Tidy::kDash:
        return Add("-", begin, end);
      case Tidy::kApostrophe:
        return Add("'", begin, end);
      case Tidy::kQuote:
        return Add("\"", begin, end);
      case Tidy::kSymbol:
        return Add("*", begin, end);
      case Tidy::kKeep:
        break;
    }
    if (c == '\n' || c == '\r') return Newline(begin, end);
    if (c <= ' ') return Space(begin, end);
    char bytes[4];
    Add(std::string_view(bytes, EncodeUtf8(c, bytes)), begin, end);
  }

  void Space(size_t begin, size_t end) {
    if (out_.empty() || out_.back() == ' ' || out_.back() == '\n') return;
    Add(" ", begin, end);
  }

  void Newline(size_t begin, size_t end) {
    if (!out_.empty() && out_.back() == ' ') DropLast();
    if (out_.empty() || out_.back() == '\n') return;
    Add("\n", begin, end);
  }

  void Item(size_t begin, size_t end) {
    Newline(begin, end);
    Add("- ", begin, end);
  }

  // Reads on from a byte of kSpecial other than '<' and '&'; returns the next position.
  size_t Special(size_t i) {
    const char c = source_[i];
    if (c == '\n' || c == '\r') {
      Newline(i, i + 1);
      return i + 1;
    }
    if (static_cast<unsigned char>(c) <= ' ') {
      Space(i, i + 1);
      return i + 1;
    }
    const auto [codepoint, length] = DecodeLong(source_, i);
    if (length == 0 || TidyOf(codepoint) == Tidy::kKeep) {
      const size_t end = i + std::max<size_t>(length, 1);
      Copy(i, end);
      return end;
    }
    Put(codepoint, i, i + length);
    return i + length;
  }

  // A layer without tidying, for one round of unescaping.
  void Raw(std::string_view text, size_t begin, size_t end) { Add(text, begin, end); }

  std::string TakeText() { return std::move(out_); }
  MappedText::Layer TakeRuns() { return std::move(runs_); }

 private:
  void Add(std::string_view text, size_t begin, size_t end) {
    const auto source_length = static_cast<uint32_t>(end - begin);
    const auto length = static_cast<uint32_t>(text.size());
    const auto out = static_cast<uint32_t>(out_.size());
    if (!runs_.empty()) {
      MappedText::Run& last = runs_.back();
      if (last.length == last.source_length && length == source_length &&
          last.source + last.length == begin) {
        last.length += length;
        last.source_length += length;
        out_.append(text);
        return;
      }
    }
    runs_.push_back({out, length, static_cast<uint32_t>(begin), source_length});
    out_.append(text);
  }

  void DropLast() {
    out_.pop_back();
    MappedText::Run& last = runs_.back();
    if (last.length == last.source_length) --last.source_length;
    if (--last.length == 0) runs_.pop_back();
  }

  std::string_view source_;
  std::string out_;
  MappedText::Layer runs_;
};

namespace {

// Where in the source an HTML reader stands; every search that fails once is never tried again,
// which keeps hostile input linear.
class HtmlReader {
 public:
  HtmlReader(std::string_view source, TextBuilder& out)
      : s_(source), out_(out), stops_(Stops(source)) {}

  void Run() {
    size_t i = 0;
    size_t copied = 0;
    while (i < s_.size()) {
      const auto c = static_cast<unsigned char>(s_[i]);
      const bool single_space = c == ' ' && i > copied && i + 1 < s_.size() &&
                                !kSpecial[static_cast<unsigned char>(s_[i + 1])];
      if (!kSpecial[c] || single_space) {
        i = stops_.Next(i + 1);
        continue;
      }
      size_t next = kNone;
      if (c == '<') {
        if (!IsTagStart(s_, i)) {
          ++i;
          continue;
        }
        out_.Copy(copied, i);
        next = Tag(i);
        if (next == kNone) {
          copied = i++;
          continue;
        }
      } else if (c == '&') {
        const Entity entity = ReadEntity(s_.substr(i, 12));
        if (entity.length == 0) {
          ++i;
          continue;
        }
        out_.Copy(copied, i);
        out_.Put(entity.codepoint, i, i + entity.length);
        next = i + entity.length;
      } else {
        out_.Copy(copied, i);
        next = out_.Special(i);
      }
      i = copied = next;
    }
    out_.Copy(copied, s_.size());
  }

 private:
  // Returns the position after the tag at i, kNone when it never ends.
  size_t Tag(size_t i) {
    if (s_.compare(i, 4, "<!--") == 0) {
      const size_t end = Find("-->", i + 4, comment_ends_);
      if (end != kNone) return end + 3;
    }
    const size_t end = TagEnd(i);
    if (end == kNone) return kNone;
    const bool closing = s_[i + 1] == '/';
    size_t name_begin = i + 1 + (closing ? 1 : 0);
    size_t name_end = name_begin;
    while (name_end < end && name_end - name_begin < 12 &&
           (IsLetter(s_[name_end]) || (s_[name_end] >= '0' && s_[name_end] <= '9'))) {
      ++name_end;
    }
    const std::string name = LowerAscii(s_.substr(name_begin, name_end - name_begin));
    switch (KindOf(name)) {
      case TagKind::kInline:
        break;
      case TagKind::kCell:
        out_.Space(i, end + 1);
        break;
      case TagKind::kItem:
        closing ? out_.Newline(i, end + 1) : out_.Item(i, end + 1);
        break;
      case TagKind::kBlock:
        out_.Newline(i, end + 1);
        break;
      case TagKind::kSkip:
        if (!closing) return SkipElement(name, end + 1);
        break;
    }
    return end + 1;
  }

  // Position of the last byte of the tag at i, kNone when there is none. Each byte is looked at
  // twice at most: what a scan passes is either consumed or switches off what made it fail.
  size_t TagEnd(size_t i) {
    if (!tag_ends_) return kNone;
    size_t p = i + 1;
    while (p < s_.size()) {
      const char c = s_[p];
      if (c == '>') return p;
      // A tag that was never closed ends where the next one begins.
      if (c == '<' && IsTagStart(s_, p)) return p - 1;
      // A quoted attribute may hold '>'; an unpaired quote is an ordinary character.
      if (quotes_ && (c == '"' || c == '\'') && s_[p - 1] == '=') {
        const size_t close = s_.find(c, p + 1);
        if (close == kNone) break;
        p = close;
      }
      ++p;
    }
    quotes_ = false;
    const size_t end = s_.find('>', i);
    if (end == kNone) tag_ends_ = false;
    return end;
  }

  size_t SkipElement(const std::string& name, size_t from) {
    size_t p = from;
    while ((p = Find("</", p, closing_tags_)) != kNone) {
      if (LowerAscii(s_.substr(p + 2, name.size())) == name) {
        const size_t end = s_.find('>', p);
        return end == kNone ? s_.size() : end + 1;
      }
      p += 2;
    }
    return s_.size();
  }

  size_t Find(std::string_view needle, size_t from, bool& possible) {
    if (!possible) return kNone;
    const size_t at = s_.find(needle, from);
    if (at == kNone) possible = false;
    return at;
  }

  std::string_view s_;
  TextBuilder& out_;
  ByteBits stops_;
  bool comment_ends_ = true;
  bool closing_tags_ = true;
  bool quotes_ = true;
  bool tag_ends_ = true;
};

bool HasTags(std::string_view s) {
  for (size_t i = s.find('<'); i != kNone; i = s.find('<', i + 1)) {
    if (IsTagStart(s, i)) return true;
  }
  return false;
}

// True for "&lt;p", "&amp;lt;/li": a tag that was escaped, however often.
bool HasEscapedTags(std::string_view s) {
  for (size_t i = s.find("lt;"); i != kNone; i = s.find("lt;", i + 3)) {
    const bool is_entity = i > 0 && (s[i - 1] == '&' || s[i - 1] == ';');
    if (is_entity && IsTagStart(s, i + 2)) return true;
  }
  return false;
}

std::pair<std::string, TextBuilder> Unescape(std::string_view source) {
  TextBuilder out(source);
  size_t copied = 0;
  for (size_t i = source.find('&'); i != kNone; i = source.find('&', i + 1)) {
    const Entity entity = ReadEntity(source.substr(i, 12));
    if (entity.length == 0) continue;
    out.Copy(copied, i);
    char bytes[4];
    out.Raw(std::string_view(bytes, EncodeUtf8(entity.codepoint, bytes)), i, i + entity.length);
    copied = i + entity.length;
    i = copied - 1;
  }
  out.Copy(copied, source.size());
  std::string text = out.TakeText();
  return {std::move(text), std::move(out)};
}

}  // namespace

MappedText MappedText::FromText(std::string_view source) {
  TextBuilder out(source);
  const ByteBits stops = Stops(source);
  size_t copied = 0;
  size_t i = 0;
  while (i < source.size()) {
    const auto c = static_cast<unsigned char>(source[i]);
    const bool single_space = c == ' ' && i > copied && i + 1 < source.size() &&
                              !kSpecial[static_cast<unsigned char>(source[i + 1])];
    if (!kSpecial[c] || c == '<' || c == '&' || single_space) {
      i = stops.Next(i + 1);
      continue;
    }
    out.Copy(copied, i);
    i = copied = out.Special(i);
  }
  out.Copy(copied, source.size());
  MappedText result;
  result.text_ = out.TakeText();
  result.layers_.push_back(out.TakeRuns());
  return result;
}

MappedText MappedText::FromHtml(std::string_view source) {
  MappedText result;
  std::string unescaped;
  constexpr int kDeepestEscape = 3;
  for (int depth = 0; depth < kDeepestEscape; ++depth) {
    const std::string_view current = depth == 0 ? source : std::string_view(unescaped);
    if (HasTags(current) || !HasEscapedTags(current)) break;
    auto [text, builder] = Unescape(current);
    result.layers_.push_back(builder.TakeRuns());
    unescaped = std::move(text);
  }
  const std::string_view html = result.layers_.empty() ? source : std::string_view(unescaped);
  TextBuilder out(html);
  HtmlReader(html, out).Run();
  result.text_ = out.TakeText();
  result.layers_.push_back(out.TakeRuns());
  return result;
}

Range MappedText::MapThrough(const Layer& layer, Range range) {
  if (layer.empty()) return {};
  const auto run_of = [&](size_t at) -> const Run& {
    auto it = std::upper_bound(layer.begin(), layer.end(), at,
                               [](size_t value, const Run& run) { return value < run.out; });
    return it == layer.begin() ? *it : *(it - 1);
  };
  const auto begin_of = [&](const Run& run, size_t at) -> size_t {
    const bool bytewise = run.length == run.source_length && at >= run.out;
    return bytewise ? run.source + (at - run.out) : run.source;
  };
  const Run& first = run_of(range.begin);
  const size_t begin = begin_of(first, range.begin);
  if (range.end <= range.begin) return {begin, begin};
  const Run& last = run_of(range.end - 1);
  const size_t end = last.length == last.source_length ? begin_of(last, range.end - 1) + 1
                                                       : size_t{last.source} + last.source_length;
  return {begin, end};
}

Range MappedText::ToSource(Range range) const {
  for (auto it = layers_.rbegin(); it != layers_.rend(); ++it) range = MapThrough(*it, range);
  return range;
}

}  // namespace jobmesh::scraper::refine
