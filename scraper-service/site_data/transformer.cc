#include "scraper-service/site_data/transformer.h"

#include <array>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "runtime/sha256.h"
#include "scraper-service/json_value.h"
#include "scraper-service/refine/dates.h"
#include "scraper-service/sources/jsonld.h"
#include "scraper-service/sources/markup.h"

namespace jobmesh::scraper::site_data {
namespace {

using Json = nlohmann::json;

constexpr size_t kLongestId = 500;
constexpr size_t kHashDigits = 32;
constexpr char kUnknown[] = "unknown";

// The first of these members that is a text that is not empty, or a number; "" without one.
std::string TextOf(const Json& object, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto member = object.find(name);
    if (member == object.end()) {
      continue;
    }
    if (member->is_string() && !member->get_ref<const std::string&>().empty()) {
      return member->get<std::string>();
    }
    if (member->is_number()) {
      return member->dump();
    }
  }
  return "";
}

std::optional<double> NumberOf(const Json& object, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto member = object.find(name);
    double number = 0;
    if (member != object.end() &&
        (member->is_number() ||
         (member->is_string() &&
          absl::SimpleAtod(member->get_ref<const std::string&>(), &number)))) {
      number = member->is_number() ? member->get<double>() : number;
      if (std::isfinite(number)) {
        return number;
      }
    }
  }
  return std::nullopt;
}

std::optional<absl::Time> TimeOf(const std::string& text, absl::Time now) {
  const auto date = text.empty() ? std::nullopt : refine::ParseDate(text, now);
  return date ? std::optional(date->time) : std::nullopt;
}

// What no transformer takes, and the id that an item without one gets.
absl::StatusOr<std::string> IdOf(const Json& object, std::string id, const std::string& title) {
  if (id.empty() && title.empty()) {
    return absl::InvalidArgumentError("neither an id nor a title");
  }
  if (id.size() > kLongestId) {
    return absl::InvalidArgumentError(absl::StrCat("an id of more than ", kLongestId, " bytes"));
  }
  if (HasZeroCharacter(object)) {
    return absl::InvalidArgumentError("a text with the character U+0000");
  }
  return id.empty() ? runtime::Sha256Hex(object.dump()).substr(0, kHashDigits) : std::move(id);
}

absl::StatusOr<Item> ReadDefault(const Json& object, const std::string& provider, absl::Time now) {
  if (!object.is_object()) {
    return absl::InvalidArgumentError("no object");
  }
  Item item;
  RawPosting& posting = item.posting;
  posting.title = TextOf(object, {"title"});
  absl::StatusOr<std::string> id = IdOf(object, TextOf(object, {"id"}), posting.title);
  if (!id.ok()) {
    return id.status();
  }
  item.id = *std::move(id);
  posting.native_id = item.id;
  posting.company = TextOf(object, {"company"});
  posting.location = TextOf(object, {"location"});
  posting.url = TextOf(object, {"url"});
  posting.description = TextOf(object, {"description"});
  if (sources::HasTags(posting.description)) {
    posting.description_format = RawPosting::Format::kHtml;
  }
  const std::string date = TextOf(object, {"comfirmedAt", "confirmedAt", "date", "posted_at"});
  item.confirm_time = TimeOf(date, now);
  if (!date.empty()) {
    posting.posted_text = date;
  }
  item.supplier = TextOf(object, {"supplier", "company"});
  if (item.supplier.empty()) {
    item.supplier = provider;
  }
  item.status = TextOf(object, {"status"});
  if (item.status.empty()) {
    item.status = kUnknown;
  }
  const auto confirmed = object.find("confirmed");
  item.confirmed = confirmed != object.end() && confirmed->is_boolean() && confirmed->get<bool>();
  item.score = NumberOf(object, {"sitedataScore", "score"});
  return item;
}

absl::StatusOr<Item> ReadSchemaOrg(const Json& object, const std::string& provider,
                                   absl::Time now) {
  if (!object.is_object()) {
    return absl::InvalidArgumentError("no object");
  }
  Item item;
  item.posting = sources::PostingFromJobPosting(object, TextOf(object, {"url"}));
  absl::StatusOr<std::string> id = IdOf(object, item.posting.native_id, item.posting.title);
  if (!id.ok()) {
    return id.status();
  }
  item.id = *std::move(id);
  item.posting.native_id = item.id;
  item.supplier = item.posting.company.empty() ? provider : item.posting.company;
  item.confirm_time = TimeOf(item.posting.posted_text.value_or(""), now);
  const std::optional<absl::Time> end = TimeOf(item.posting.valid_through_text.value_or(""), now);
  item.status = !end ? kUnknown : *end < now ? "closed" : "open";
  return item;
}

constexpr std::array kTransformers = {
    std::pair<std::string_view, Transformer>(kDefaultTransformer, ReadDefault),
    std::pair<std::string_view, Transformer>("schema_org", ReadSchemaOrg)};

}  // namespace

Transformer FindTransformer(std::string_view name) {
  for (const auto& [known, transformer] : kTransformers) {
    if (known == name) {
      return transformer;
    }
  }
  return nullptr;
}

std::vector<std::string> TransformerNames() {
  std::vector<std::string> names;
  for (const auto& [name, transformer] : kTransformers) {
    names.emplace_back(name);
  }
  return names;
}

}  // namespace jobmesh::scraper::site_data
