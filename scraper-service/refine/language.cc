#include "scraper-service/refine/language.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/phrase_matcher.h"

namespace jobmesh::scraper::refine {
namespace {

struct Language {
  std::string_view code;
  std::string_view words;
};

// Function words that are frequent in job postings; a word of several languages counts for each.
// Only the first eight bytes of a word count.
constexpr Language kLanguages[] = {
    {"en",
     "the and of to in for with you our we are is will as on be your or have an at by from this "
     "that work team"},
    {"de",
     "und der die das f\xC3\xBCr mit von zu den ist wir sie ein eine bei im auf dich du als sowie "
     "oder werden deine unsere nicht"},
    {"fr",
     "et les des le la pour une dans vous nous est sur avec au du aux votre notre que qui en ou "
     "sont vos par"},
    {"es",
     "y los las el la para una con del que por nuestro somos tu en un se su como al es "
     "trabajo sus"},
    {"pt",
     "e os as o para uma com do da que por em um no na voc\xC3\xAA n\xC3\xB3s seu sua como nosso "
     "ao s\xC3\xA3o dos n\xC3\xA3o"},
    {"it",
     "e il la per con di del della che un una siamo le gli dei sono nel alla tuo nostro da si "
     "lavoro anche i"},
    {"nl",
     "en de het een van voor met je wij zijn op ons bij te als dat jouw onze aan ook jij naar of "
     "om in"},
    {"pl",
     "i w na z do oraz dla nie si\xC4\x99 jest praca jeste\xC5\x9Bmy od przez lub twoje nasze po "
     "jak za co"},
    {"ro",
     "\xC8\x99i \xC5\x9Fi si de la cu pentru \xC3\xAEn in din pe sau este un o care s\xC4\x83 sa "
     "ale noastr\xC4\x83 vei echipa cele sunt fi"},
    {"ru",
     "\xD0\xB8 \xD0\xB2 \xD0\xBD\xD0\xB0 \xD1\x81 \xD0\xB4\xD0\xBB\xD1\x8F \xD0\xBC\xD1\x8B "
     "\xD0\xBF\xD0\xBE \xD1\x87\xD1\x82\xD0\xBE \xD0\xB8\xD0\xBB\xD0\xB8 "
     "\xD0\xBE\xD0\xBF\xD1\x8B\xD1\x82 \xD1\x80\xD0\xB0\xD0\xB1\xD0\xBE\xD1\x82\xD1\x8B "
     "\xD0\xBA\xD0\xB0\xD0\xBA \xD0\xBE\xD1\x82 \xD0\xBD\xD0\xB5"},
    {"uk",
     "\xD1\x96 \xD1\x82\xD0\xB0 \xD0\xB2 \xD0\xBD\xD0\xB0 \xD0\xB7 \xD0\xB4\xD0\xBB\xD1\x8F "
     "\xD0\xBC\xD0\xB8 \xD1\x89\xD0\xBE \xD0\xB0\xD0\xB1\xD0\xBE "
     "\xD0\xB4\xD0\xBE\xD1\x81\xD0\xB2\xD1\x96\xD0\xB4 "
     "\xD1\x80\xD0\xBE\xD0\xB1\xD0\xBE\xD1\x82\xD0\xB8 \xD1\x8F\xD0\xBA \xD0\xB2\xD1\x96\xD0\xB4 "
     "\xD0\xBD\xD0\xB5 \xD1\x82\xD0\xB8"},
};
constexpr size_t kCount = std::size(kLanguages);

// The languages of every function word, by its hash in an open table.
class WordTable {
 public:
  WordTable() {
    for (size_t i = 0; i < kCount; ++i) {
      for (const std::string_view word : SplitBy(kLanguages[i].words, ' ')) {
        const uint32_t hash = ScannedText::WordHash(word);
        Entry& entry = entries_[SlotOf(hash)];
        entry.hash = hash;
        entry.languages |= static_cast<uint16_t>(1u << i);
      }
    }
  }

  // Bit i stands for kLanguages[i].
  uint16_t Languages(uint32_t hash) const { return entries_[SlotOf(hash)].languages; }

 private:
  struct Entry {
    uint32_t hash = 0;
    uint16_t languages = 0;
  };

  // The place of a hash, or the free one where it belongs; the table is never more than half full.
  size_t SlotOf(uint32_t hash) const {
    size_t at = hash % entries_.size();
    while (entries_[at].languages != 0 && entries_[at].hash != hash)
      at = (at + 1) % entries_.size();
    return at;
  }

  std::array<Entry, 1024> entries_{};
};

}  // namespace

std::string DetectLanguage(const ScannedText& scanned) {
  static const WordTable* const kWords = new WordTable();
  const std::string_view text = scanned.text();
  std::array<int, kCount> score{};
  int words = 0;
  for (const auto [begin, hash] : scanned.starts()) {
    if (begin > 1000) break;
    if (!IsWordByte(text[begin])) continue;
    ++words;
    for (unsigned languages = kWords->Languages(hash); languages != 0; languages &= languages - 1)
      ++score[static_cast<size_t>(std::countr_zero(languages))];
  }
  const auto best = std::max_element(score.begin(), score.end());
  const int lead = *best;
  int second = 0;
  for (auto it = score.begin(); it != score.end(); ++it) {
    if (it != best) second = std::max(second, *it);
  }
  // A text in a language at all has a function word in ten.
  if (words < 8 || lead < 3 || lead * 12 < words || lead == second) return {};
  return std::string(kLanguages[best - score.begin()].code);
}

}  // namespace jobmesh::scraper::refine
