#include "scraper-service/refine/clustering.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "scraper-service/refine/ascii.h"
#include "scraper-service/refine/phrase_matcher.h"

namespace jobmesh::scraper::refine {
namespace {

// With equal title and company: the least shared text. Other jobs of that name share boilerplate
// below it.
constexpr double kContainmentNamed = 0.6;
constexpr double kResemblanceNamed = 0.5;
// Without them only a copy counts.
constexpr double kContainmentUnnamed = 0.8;
constexpr size_t kShinglesUnnamed = 20;

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (IsWordByte(c) || c == '+' || c == '#') {
      word += ToLower(c);
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

bool IsSubset(std::string_view small, std::string_view large) {
  const std::vector<std::string_view> of = SplitBy(large, ' ');
  for (const std::string_view word : SplitBy(small, ' ')) {
    if (std::find(of.begin(), of.end(), word) == of.end()) return false;
  }
  return true;
}

// Words that a board adds to a title without making it another job.
bool OnlyAddsNoise(std::string_view small, std::string_view large) {
  static constexpr std::array<std::string_view, 24> kNoise = {
      "remote",    "hybrid", "onsite", "full",   "part", "time", "fulltime", "contract",
      "permanent", "m",      "f",      "d",      "w",    "x",    "us",       "usa",
      "uk",        "eu",     "urgent", "hiring", "new",  "in",   "at",       "the"};
  // Each word of a key is there once, so the smaller set is the shorter text.
  if (small.size() > large.size() || !IsSubset(small, large)) return false;
  const std::vector<std::string_view> known = SplitBy(small, ' ');
  for (const std::string_view word : SplitBy(large, ' ')) {
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    const bool number = word.size() >= 4 && std::all_of(word.begin(), word.end(), IsDigit);
    if (!number && std::find(kNoise.begin(), kNoise.end(), word) == kNoise.end()) return false;
  }
  return true;
}

bool TitlesAgree(std::string_view a, std::string_view b) {
  return a == b || OnlyAddsNoise(a, b) || OnlyAddsNoise(b, a);
}

// "Zest Finance" is "ZestFinance".
std::string Squeezed(std::string_view words) {
  std::string out;
  std::copy_if(words.begin(), words.end(), std::back_inserter(out),
               [](char c) { return c != ' '; });
  return out;
}

// Between sites a name may be longer; within one it is spelled one way.
bool CompaniesAgree(const ClusterItem& x, const ClusterItem& y) {
  const std::string_view a = x.company, b = y.company;
  const bool two_sites = !x.url.host.empty() && !y.url.host.empty() && x.url.host != y.url.host;
  return Squeezed(a) == Squeezed(b) || (two_sites && (IsSubset(a, b) || IsSubset(b, a)));
}

// Different towns of different regions; within a region a board may name the next town.
bool PlacesContradict(const Place& a, const Place& b) {
  if (!a.country.empty() && !b.country.empty() && a.country != b.country) return true;
  if (a.city.empty() || b.city.empty() || EqualsFolded(a.city, b.city)) return false;
  return a.region.empty() || b.region.empty() || a.region != b.region;
}

bool AddressesConflict(const CanonicalUrl& a, const CanonicalUrl& b) {
  return !a.host.empty() && a.host == b.host && a.key != b.key;
}

// Of a text with itself.
constexpr Overlap kEqual = {1, 1, kShinglesUnnamed};

// Whether two postings are the same one, judged by everything but their addresses.
bool SamePosting(const ClusterItem& a, const ClusterItem& b, const Overlap& overlap) {
  const bool titles_known = !a.title.empty() && !b.title.empty();
  const bool companies_known = !a.company.empty() && !b.company.empty();
  if (titles_known && !TitlesAgree(a.title, b.title)) return false;
  if (companies_known && !CompaniesAgree(a, b)) return false;
  if (PlacesContradict(a.place, b.place)) return false;
  if (titles_known && companies_known) {
    return overlap.containment >= kContainmentNamed || overlap.resemblance >= kResemblanceNamed;
  }
  return overlap.containment >= kContainmentUnnamed && overlap.smaller >= kShinglesUnnamed;
}

// Groups with the addresses they hold.
class Groups {
 public:
  explicit Groups(const std::vector<ClusterItem>& items)
      : parent_(items.size()), members_(items.size()), items_(items) {
    std::iota(parent_.begin(), parent_.end(), size_t{0});
    for (size_t i = 0; i < items.size(); ++i) members_[i] = {i};
  }

  size_t Root(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }

  void Join(size_t a, size_t b) {
    a = Root(a);
    b = Root(b);
    if (a == b) return;
    if (members_[a].size() < members_[b].size()) std::swap(a, b);
    for (const size_t i : members_[a]) {
      for (const size_t j : members_[b]) {
        if (AddressesConflict(items_[i].url, items_[j].url)) return;
      }
    }
    parent_[b] = a;
    members_[a].insert(members_[a].end(), members_[b].begin(), members_[b].end());
    members_[b].clear();
  }

  const std::vector<size_t>& members(size_t root) const { return members_[root]; }

 private:
  std::vector<size_t> parent_;
  std::vector<std::vector<size_t>> members_;
  const std::vector<ClusterItem>& items_;
};

struct TextPair {
  size_t a;
  size_t b;
  Overlap overlap;
};

// Distinct texts and the pairs of them that share enough to be compared in full.
class TextIndex {
 public:
  explicit TextIndex(const std::vector<ClusterItem>& items) {
    std::unordered_map<std::string_view, size_t> text_of;
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i].shingles.empty()) continue;
      const auto [it, added] = text_of.emplace(items[i].content, texts_.size());
      if (added) texts_.emplace_back();
      texts_[it->second].push_back(i);
    }
  }

  // Items of equal content, by text.
  const std::vector<std::vector<size_t>>& texts() const { return texts_; }

  std::vector<TextPair> SimilarPairs(const std::vector<ClusterItem>& items) const {
    constexpr uint32_t kRate = 4;
    // A shingle of more texts than this is boilerplate and would make the work quadratic.
    constexpr size_t kCommonest = 64;
    size_t shingles = 0;
    for (const auto& text : texts_) shingles += items[text.front()].shingles.size();
    std::vector<Entry> entries;
    entries.reserve(shingles / kRate * 5 / 4);
    for (size_t t = 0; t < texts_.size(); ++t) {
      for (const uint32_t shingle : Sketch(items[texts_[t].front()].shingles, kRate))
        entries.push_back({shingle, static_cast<uint32_t>(t)});
    }
    SortByShingle(entries);
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
    std::vector<std::pair<uint32_t, uint32_t>> runs;            // begin, end in entries
    std::vector<std::vector<uint32_t>> runs_of(texts_.size());  // those shared with other texts
    for (auto& of : runs_of) of.reserve(16);  // most share some, and growing from one takes longer
    std::vector<uint32_t> telling(texts_.size(), 0);  // shingles that are no boilerplate
    for (size_t begin = 0; begin < entries.size();) {
      size_t end = begin + 1;
      while (end < entries.size() && entries[end].shingle == entries[begin].shingle) ++end;
      if (end - begin <= kCommonest) {
        for (size_t i = begin; i < end; ++i) {
          ++telling[entries[i].text];
          if (end - begin > 1)
            runs_of[entries[i].text].push_back(static_cast<uint32_t>(runs.size()));
        }
        if (end - begin > 1)
          runs.emplace_back(static_cast<uint32_t>(begin), static_cast<uint32_t>(end));
      }
      begin = end;
    }
    // Of the texts that were compared.
    std::vector<ShingleSet> sets(texts_.size());
    const auto set_of = [&](size_t t) -> const ShingleSet& {
      if (sets[t].empty()) sets[t] = SetOf(items[texts_[t].front()].shingles);
      return sets[t];
    };
    std::vector<TextPair> pairs;
    std::vector<uint32_t> shared(texts_.size(), 0);
    std::vector<uint32_t> touched;
    for (size_t t = 0; t < texts_.size(); ++t) {
      for (const uint32_t run : runs_of[t]) {
        for (size_t i = runs[run].first; i < runs[run].second && entries[i].text < t; ++i) {
          if (shared[entries[i].text]++ == 0) touched.push_back(entries[i].text);
        }
      }
      for (const uint32_t other : touched) {
        const size_t smaller = std::min(telling[t], telling[other]);
        // The sketch only estimates; what comes near the threshold is measured.
        if (shared[other] * 10 >= smaller * 4) {
          const Overlap overlap = OverlapOf(set_of(t), set_of(other));
          if (overlap.containment >= kResemblanceNamed) pairs.push_back({other, t, overlap});
        }
        shared[other] = 0;
      }
      touched.clear();
    }
    std::stable_sort(pairs.begin(), pairs.end(), [](const TextPair& x, const TextPair& y) {
      return x.overlap.containment > y.overlap.containment;
    });
    return pairs;
  }

 private:
  struct Entry {
    uint32_t shingle;
    uint32_t text;

    bool operator==(const Entry&) const = default;
  };

  // Stable, so that texts stay in order: three rounds of counting by eleven bits.
  static void SortByShingle(std::vector<Entry>& entries) {
    constexpr uint32_t kBits = 11;
    std::vector<Entry> sorted(entries.size());
    for (uint32_t shift = 0; shift < 32; shift += kBits) {
      const auto digit = [&](const Entry& e) { return e.shingle >> shift & ((1u << kBits) - 1); };
      std::array<uint32_t, (1u << kBits) + 1> begin{};
      for (const Entry& entry : entries) ++begin[digit(entry) + 1];
      for (size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
      for (const Entry& entry : entries) sorted[begin[digit(entry)]++] = entry;
      entries.swap(sorted);
    }
  }

  std::vector<std::vector<size_t>> texts_;
};

}  // namespace

std::string TitleKey(std::string_view title) {
  static const std::unordered_map<std::string_view, std::string_view> kSpelling = {
      {"sr", "senior"},    {"snr", "senior"},     {"jr", "junior"},
      {"eng", "engineer"}, {"engr", "engineer"},  {"dev", "developer"},
      {"mgr", "manager"},  {"swe", "engineer"},   {"frontend", "front"},
      {"backend", "back"}, {"fullstack", "full"}, {"end", ""},
      {"stack", ""},       {"and", ""},           {"of", ""}};
  std::vector<std::string> words;
  for (std::string& word : Words(title)) {
    const auto it = kSpelling.find(word);
    if (it != kSpelling.end()) word = std::string(it->second);
    if (!word.empty()) words.push_back(std::move(word));
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return Joined(words);
}

std::string CompanyKey(std::string_view company) {
  static constexpr std::array<std::string_view, 22> kForms = {
      "inc", "llc",     "ltd", "limited", "gmbh", "ag", "sa", "srl",   "s",   "corp", "corporation",
      "co",  "company", "plc", "bv",      "oy",   "ab", "as", "group", "the", "l",    "r"};
  const std::vector<std::string> words = Words(company);
  std::vector<std::string> kept;
  for (const std::string& word : words) {
    if (std::find(kForms.begin(), kForms.end(), word) == kForms.end()) kept.push_back(word);
  }
  return Joined(kept.empty() ? words : kept);
}

std::vector<std::optional<size_t>> ClusterPostings(const std::vector<ClusterItem>& items) {
  // A pair of texts that hundreds of postings share is compared for the first ones only.
  constexpr size_t kComparisons = 4096;
  Groups groups(items);
  std::unordered_map<std::string_view, size_t> first_of_url;
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].url.key.empty()) continue;
    const auto [it, added] = first_of_url.emplace(items[i].url.key, i);
    if (!added) groups.Join(it->second, i);
  }
  const TextIndex index(items);
  const auto compare = [&](const std::vector<size_t>& left, const std::vector<size_t>& right,
                           const Overlap& overlap) {
    size_t budget = kComparisons;
    for (const size_t i : left) {
      for (const size_t j : right) {
        if (i == j || budget-- == 0) break;
        if (groups.Root(i) != groups.Root(j) && !AddressesConflict(items[i].url, items[j].url) &&
            SamePosting(items[i], items[j], overlap))
          groups.Join(i, j);
      }
    }
  };
  for (const std::vector<size_t>& text : index.texts()) {
    if (text.size() > 1) compare(text, text, kEqual);
  }
  for (const TextPair& pair : index.SimilarPairs(items))
    compare(index.texts()[pair.a], index.texts()[pair.b], pair.overlap);

  std::vector<std::optional<size_t>> result(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    const std::vector<size_t>& members = groups.members(groups.Root(i));
    if (members.size() > 1) result[i] = *std::min_element(members.begin(), members.end());
  }
  return result;
}

}  // namespace jobmesh::scraper::refine
