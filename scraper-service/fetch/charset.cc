#include "scraper-service/fetch/charset.h"

#include <iconv.h>
#include <uchardet/uchardet.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "scraper-service/fetch/text.h"

namespace jobmesh::scraper::fetch {
namespace {

constexpr std::size_t kDeclarationWindow =
    4096;  // the HTML standard asks for 1024; pages are sloppier
constexpr std::size_t kStatisticsWindow = 256 * 1024;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// The length of the well-formed UTF-8 sequence at the front (Unicode table 3-7); 0 when there is
// none.
std::size_t SequenceLength(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (at(i) & 0xc0) == 0x80; };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    if ((first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f)) return 0;
    return 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if ((first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f)) return 0;
    return 4;
  }
  return 0;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string ScrubUtf8(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const auto length = SequenceLength(text);
    clean += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return clean;
}

// The value behind `key` and an equals sign, with or without quotes; empty when absent.
std::string ValueAfter(std::string_view text, std::string_view key) {
  const std::string lower = AsciiLower(text);
  std::size_t position = 0;
  while ((position = lower.find(key, position)) != std::string::npos) {
    position += key.size();
    auto rest = TrimSpace(text.substr(position));
    if (rest.empty() || rest.front() != '=') continue;
    rest = TrimSpace(rest.substr(1));
    if (!rest.empty() && (rest.front() == '"' || rest.front() == '\'')) rest.remove_prefix(1);
    const auto end = rest.find_first_of("\"' ;>?/\t\r\n");
    return std::string(rest.substr(0, end));
  }
  return {};
}

std::string DeclaredInBody(std::string_view body) {
  auto window = body.substr(0, kDeclarationWindow);
  const auto start = TrimSpace(window);
  if (start.substr(0, 5) == "<?xml") {
    return ValueAfter(start.substr(0, start.find("?>")), "encoding");
  }
  while (true) {
    const std::string lower = AsciiLower(window);
    const auto meta = lower.find("<meta");
    if (meta == std::string::npos) return {};
    window.remove_prefix(meta);
    const auto end = window.find('>');
    auto charset = ValueAfter(window.substr(0, end), "charset");
    if (!charset.empty() || end == std::string_view::npos) return charset;
    window.remove_prefix(end);
  }
}

std::string ByStatistics(std::string_view body) {
  const std::unique_ptr<uchardet, decltype(&uchardet_delete)> detector(uchardet_new(),
                                                                       &uchardet_delete);
  body = body.substr(0, kStatisticsWindow);
  if (uchardet_handle_data(detector.get(), body.data(), body.size()) != 0) return {};
  uchardet_data_end(detector.get());
  return uchardet_get_charset(detector.get());
}

// What the web means by these names (WHATWG Encoding §4.2).
std::string WebName(std::string charset) {
  charset = AsciiLower(charset);
  if (charset == "iso-8859-1" || charset == "latin1" || charset == "us-ascii" ||
      charset == "ascii") {
    return "windows-1252";
  }
  if (charset == "gb2312" || charset == "gbk") return "gb18030";
  if (charset == "utf8") return "utf-8";
  if (charset == "utf-16") return "utf-16le";
  if (charset == "shift_jis" || charset == "sjis") return "cp932";
  if (charset == "ks_c_5601-1987" || charset == "euc-kr") return "cp949";
  return charset;
}

// What iconv_open answers to a charset it does not know, by POSIX.
const iconv_t kNoConverter = reinterpret_cast<iconv_t>(-1);  // NOLINT(performance-no-int-to-ptr)

bool IsKnown(const std::string& charset) {
  const iconv_t converter = iconv_open("UTF-8", charset.c_str());
  if (converter == kNoConverter) return false;
  iconv_close(converter);
  return true;
}

}  // namespace

std::string DetectCharset(std::string_view body, std::string_view content_type) {
  if (body.substr(0, 3) == "\xef\xbb\xbf") return "utf-8";
  if (body.substr(0, 2) == "\xff\xfe") return "utf-16le";
  if (body.substr(0, 2) == "\xfe\xff") return "utf-16be";
  for (const auto& stated : {ValueAfter(content_type, "charset"), DeclaredInBody(body)}) {
    std::string name = WebName(stated);
    // A declaration inside the text can be read only if the text is not UTF-16.
    if (!name.empty() && IsKnown(name)) return name;
  }
  if (IsUtf8(body)) return "utf-8";
  std::string guessed = WebName(ByStatistics(body));
  return guessed.empty() || !IsKnown(guessed) ? "utf-8" : guessed;
}

std::string ToUtf8(std::string_view body, const std::string& charset) {
  std::string text;
  const std::string name = WebName(charset);
  const iconv_t converter =
      name == "utf-8" || name.empty() ? kNoConverter : iconv_open("UTF-8", name.c_str());
  if (converter == kNoConverter) {
    text = ScrubUtf8(body);
  } else {
    char* in = const_cast<char*>(body.data());  // iconv does not write to its input
    std::size_t in_left = body.size();
    char buffer[16384];
    while (in_left > 0) {
      char* out = buffer;
      std::size_t out_left = sizeof(buffer);
      const std::size_t result = iconv(converter, &in, &in_left, &out, &out_left);
      text.append(buffer, sizeof(buffer) - out_left);
      if (result == static_cast<std::size_t>(-1) && errno != E2BIG) {
        text += kReplacement;
        if (in_left > 0) {
          ++in;
          --in_left;
        }
      }
    }
    iconv_close(converter);
  }
  if (text.compare(0, 3, "\xef\xbb\xbf") == 0) text.erase(0, 3);
  return text;
}

}  // namespace jobmesh::scraper::fetch
