#include "gateway/session/media_type.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

#include "gateway/http/headers.h"
#include "runtime/strings.h"

namespace jobmesh::gateway::session {
namespace {

using http::EqualsIgnoreCase;
using http::Trimmed;
using runtime::Av;
using runtime::Sv;

// One member of an Accept header.
struct Range {
  std::string_view type;
  double quality = 1;
};

Range ParseRange(absl::string_view member) {
  Range range;
  bool is_first = true;
  for (const absl::string_view part : absl::StrSplit(member, ';')) {
    const std::string_view text = Trimmed(Sv(part));
    if (is_first) {
      range.type = text;
      is_first = false;
    } else if (text.size() > 2 && (text[0] == 'q' || text[0] == 'Q') && text[1] == '=') {
      double quality = 0;
      range.quality = absl::SimpleAtod(Av(text.substr(2)), &quality) ? quality : 0;
    }
  }
  return range;
}

// How exactly a range names a type: 3 the type itself, 2 `type/*`, 1 `*/*`, 0 not at all.
int Exactness(std::string_view range, std::string_view type) {
  if (EqualsIgnoreCase(range, type)) {
    return 3;
  }
  if (range == "*/*") {
    return 1;
  }
  const std::string_view family = type.substr(0, type.find('/') + 1);
  return range.size() == family.size() + 1 && range.ends_with("/*") &&
                 EqualsIgnoreCase(range.substr(0, family.size()), family)
             ? 2
             : 0;
}

}  // namespace

std::string_view MediaTypeOf(std::string_view content_type) {
  return Trimmed(content_type.substr(0, content_type.find(';')));
}

bool IsJsonType(std::string_view content_type) {
  const std::string_view type = MediaTypeOf(content_type);
  return type.empty() || EqualsIgnoreCase(type, kJsonType) ||
         absl::EndsWithIgnoreCase(Av(type), "+json");
}

bool IsFormType(std::string_view content_type) {
  return EqualsIgnoreCase(MediaTypeOf(content_type), "application/x-www-form-urlencoded");
}

bool IsNdjsonType(std::string_view content_type) {
  static constexpr std::string_view kNames[] = {kNdjsonType, "application/ndjson",
                                                "application/jsonl"};
  const std::string_view type = MediaTypeOf(content_type);
  return std::ranges::any_of(kNames,
                             [&](std::string_view name) { return EqualsIgnoreCase(name, type); });
}

std::optional<size_t> Negotiate(std::optional<std::string_view> accept,
                                std::span<const std::string_view> offered) {
  if (!accept || Trimmed(*accept).empty()) {
    return 0;
  }
  std::optional<size_t> best;
  double best_quality = 0;
  for (size_t i = 0; i < offered.size(); ++i) {
    // The most exact range that fits decides, whatever the others say.
    int exactness = 0;
    double quality = 0;
    for (const absl::string_view member : absl::StrSplit(Av(*accept), ',')) {
      const Range range = ParseRange(member);
      if (const int fit = Exactness(range.type, offered[i]); fit > exactness) {
        exactness = fit;
        quality = range.quality;
      }
    }
    if (quality > best_quality) {
      best = i;
      best_quality = quality;
    }
  }
  return best;
}

}  // namespace jobmesh::gateway::session
