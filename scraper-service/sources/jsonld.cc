#include "scraper-service/sources/jsonld.h"

#include <map>
#include <optional>
#include <utility>

#include "scraper-service/fetch/text.h"
#include "scraper-service/fetch/url.h"
#include "scraper-service/sources/json_fields.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 12;
constexpr std::size_t kBrokenSample = 120;
constexpr std::size_t kLongestTag = 60;

// "JobPosting", "https://schema.org/JobPosting", "schema:JobPosting", or one of several types.
bool IsJobPosting(const json& type) {
  if (type.is_array()) {
    for (const auto& one : type) {
      if (IsJobPosting(one)) return true;
    }
    return false;
  }
  if (!type.is_string()) return false;
  std::string_view name = type.get_ref<const std::string&>();
  const auto prefix = name.find_last_of("/#:");
  if (prefix != std::string_view::npos) name.remove_prefix(prefix + 1);
  return name == "JobPosting";
}

void Collect(const json& value, int depth, std::vector<const json*>& jobs,
             std::map<std::string, const json*>& by_id) {
  if (depth > kMaxDepth) return;
  if (value.is_object()) {
    if (value.size() > 1) {
      if (const auto id = TextField(value, "@id"); !id.empty()) by_id.emplace(id, &value);
    }
    if (IsJobPosting(Field(value, "@type"))) jobs.push_back(&value);
  }
  if (value.is_structured()) {
    for (const auto& child : value) Collect(child, depth + 1, jobs, by_id);
  }
}

// Replaces {"@id": x} by the object of that id, in the fields of a posting.
json Resolved(const json& job, const std::map<std::string, const json*>& by_id) {
  json resolved = job;
  for (auto& field : resolved) {
    if (!field.is_object() || field.size() != 1) continue;
    const auto found = by_id.find(TextField(field, "@id"));
    if (found != by_id.end() && found->second != &job) field = json(*found->second);
  }
  return resolved;
}

json ItemOf(const Document& page, xmlNode* item, int depth);

json PropertyValue(const Document& page, xmlNode* node, const std::string& property, int depth) {
  if (HasAttribute(node, "itemscope")) return ItemOf(page, node, depth + 1);
  for (const char* attribute : {"content", "datetime"}) {
    if (HasAttribute(node, attribute)) return Attribute(node, attribute);
  }
  const auto element = LocalName(node);
  if (element == "a" || element == "link") return Attribute(node, "href");
  if (property == "description" || property == "responsibilities" || property == "qualifications") {
    return InnerHtml(node);
  }
  return TextOf(node);
}

void CollectProperties(const Document& page, xmlNode* parent, json& item, int depth) {
  for (xmlNode* child : ChildElements(parent)) {
    const std::string property = Attribute(child, "itemprop");
    if (!property.empty()) {
      json value = PropertyValue(page, child, property, depth);
      json& slot = item[property];
      if (slot.is_null()) {
        slot = std::move(value);
      } else {
        if (!slot.is_array()) slot = json::array({slot});
        slot.push_back(std::move(value));
      }
    }
    if (!HasAttribute(child, "itemscope")) CollectProperties(page, child, item, depth);
  }
}

json ItemOf(const Document& page, xmlNode* item, int depth) {
  json object = json::object();
  object["@type"] = Attribute(item, "itemtype");
  if (depth < kMaxDepth) CollectProperties(page, item, object, depth);
  return object;
}

const json& FirstOf(const json& value) {
  return value.is_array() && !value.empty() ? value.front() : value;
}

std::string NameOf(const json& value) {
  const json& first = FirstOf(value);
  return first.is_object() ? TextField(first, "name") : Text(first).value_or("");
}

std::string Plain(const std::string& text) { return UnescapeEntities(text); }

// An address as text, or its parts.
std::string ReadPlace(const json& place, RawPosting::Place& parts) {
  const json& stated = place.is_object() ? Field(place, "address") : place;
  const json& address = FirstOf(stated);
  if (const auto text = Text(address)) return Plain(*text);
  parts.city = Plain(TextField(address, "addressLocality"));
  parts.region = Plain(TextField(address, "addressRegion"));
  parts.country = Plain(NameOf(Field(address, "addressCountry")));
  std::string text;
  for (const auto* part : {&parts.city, &parts.region, &parts.country}) {
    if (!part->empty()) text += (text.empty() ? "" : ", ") + *part;
  }
  return text.empty() && place.is_object() ? Plain(TextField(place, "name")) : text;
}

void ReadLocation(const json& job, RawPosting& posting) {
  const json& stated = Field(job, "jobLocation");
  const json places = stated.is_array() ? stated : json::array({stated});
  for (const auto& place : places) {
    RawPosting::Place parts;
    const std::string text = ReadPlace(place, parts);
    if (text.empty()) continue;
    posting.location += (posting.location.empty() ? "" : "; ") + text;
    const bool has_parts = !(parts.city + parts.region + parts.country).empty();
    if (!posting.place && has_parts) posting.place = parts;
  }
  if (const auto type = Text(FirstOf(Field(job, "jobLocationType")))) posting.remote_text = *type;
  const json& applicants = Field(job, "applicantLocationRequirements");
  if (posting.location.empty() && !applicants.is_null()) {
    const json regions = applicants.is_array() ? applicants : json::array({applicants});
    for (const auto& region : regions) {
      const std::string name = Plain(NameOf(region));
      if (!name.empty()) posting.location += (posting.location.empty() ? "" : "; ") + name;
    }
  }
}

// Zero stands for "not stated".
std::optional<double> Amount(const json& value) {
  const auto number = Number(value);
  return number && *number > 0 ? number : std::nullopt;
}

void ReadSalary(const json& job, RawPosting& posting) {
  const json& base = FirstOf(Field(job, "baseSalary"));
  RawPosting::Salary salary;
  salary.currency = TextField(base, "currency");
  if (salary.currency.empty()) salary.currency = TextField(job, "salaryCurrency");
  const json& stated = base.is_object() ? FirstOf(Field(base, "value")) : base;
  const json& holder = stated.is_object() ? stated : base;
  salary.min = Amount(Field(holder, "minValue"));
  salary.max = Amount(Field(holder, "maxValue"));
  if (!salary.min && !salary.max) {
    salary.min = Amount(stated.is_object() ? Field(stated, "value") : stated);
    salary.max = salary.min;
  }
  for (const char* unit : {"unitText", "unitCode"}) {
    if (salary.period.empty()) salary.period = SalaryPeriod(TextField(holder, unit));
    if (salary.period.empty()) salary.period = SalaryPeriod(TextField(base, unit));
  }
  if (salary.min || salary.max) {
    posting.salary = salary;
    return;
  }
  auto text = Text(stated.is_object() ? Field(stated, "value") : stated);
  if (text && *text != "0") posting.salary_text = Plain(*text);
}

void ReadExperience(const json& job, RawPosting& posting) {
  const json& experience = FirstOf(Field(job, "experienceRequirements"));
  if (experience.is_object()) {
    posting.experience_months = Number(Field(experience, "monthsOfExperience"));
    if (auto text = Text(Field(experience, "description"))) posting.experience_text = Plain(*text);
  } else if (auto text = Text(experience)) {
    posting.experience_text = Plain(*text);
  }
}

void ReadDescription(const json& job, RawPosting& posting) {
  std::string description = UnescapeUntilTags(TextField(job, "description"));
  // Some sites leave the requirements out of the description and state them only here.
  for (const auto& [field, heading] :
       {std::pair("responsibilities", "Responsibilities"),
        std::pair("qualifications", "Qualifications"), std::pair("jobBenefits", "Benefits")}) {
    const std::string text = UnescapeUntilTags(TextField(job, field));
    if (text.empty() || description.find(text) != std::string::npos) continue;
    description += HasTags(description) ? "\n<h3>" + std::string(heading) + "</h3>\n" + text
                                        : "\n\n" + std::string(heading) + ":\n" + text;
  }
  SetDescription(posting, std::move(description));
}

std::string NativeId(const json& job) {
  const json& identifier = FirstOf(Field(job, "identifier"));
  return identifier.is_object() ? TextField(identifier, "value") : Text(identifier).value_or("");
}

std::string_view Unwrapped(std::string_view text) {
  text = fetch::TrimSpace(text);
  for (const std::string_view start : {"<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA["}) {
    if (text.substr(0, start.size()) == start) text = fetch::TrimSpace(text.substr(start.size()));
  }
  const auto last = text.find_last_of("}]");
  // "]]>" closes CDATA: what counts is the bracket that ends the value.
  const auto cdata = text.rfind("]]>");
  if (cdata != std::string_view::npos && cdata + 4 > text.size() - 3 && last >= cdata) {
    const auto end = text.substr(0, cdata).find_last_of("}]");
    return end == std::string_view::npos ? text : text.substr(0, end + 1);
  }
  return last == std::string_view::npos ? text : text.substr(0, last + 1);
}

json ParseTolerantly(std::string_view text) {
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return parsed.is_discarded() ? json::parse(RepairJson(text), nullptr, false) : parsed;
}

}  // namespace

std::string RepairJson(std::string_view text) {
  text = Unwrapped(text);
  std::string repaired;
  repaired.reserve(text.size() + 64);
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!in_string) {
      if (c == ',') {
        const auto next = text.find_first_not_of(" \t\r\n", i + 1);
        if (next != std::string_view::npos && (text[next] == '}' || text[next] == ']')) continue;
      }
      in_string = c == '"';
      repaired += c;
    } else if (c == '\\' && i + 1 < text.size()) {
      const char next = text[++i];
      if (std::string_view("\"\\/bfnrtu").find(next) != std::string_view::npos) {
        repaired += c;
      }
      if (static_cast<unsigned char>(next) >= 0x20) repaired += next;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      repaired += c == '\n' ? "\\n" : c == '\t' ? "\\t" : c == '\r' ? "\\r" : " ";
    } else {
      in_string = c != '"';
      repaired += c;
    }
  }
  return repaired;
}

StructuredPostings FindJobPostings(const Document& page) {
  StructuredPostings found;
  for (xmlNode* script : page.Select("//script[contains(@type,'ld+json')]")) {
    const std::string text = RawTextOf(script);
    const json parsed = ParseTolerantly(text);
    if (parsed.is_discarded()) {
      if (text.find("JobPosting") != std::string::npos) {
        found.broken.push_back(text.substr(0, kBrokenSample));
      }
      continue;
    }
    std::vector<const json*> jobs;
    std::map<std::string, const json*> by_id;
    Collect(parsed, 0, jobs, by_id);
    for (const json* job : jobs) found.postings.push_back(Resolved(*job, by_id));
  }
  if (found.postings.empty() && found.broken.empty()) {
    for (xmlNode* item : page.Select("//*[@itemscope and contains(@itemtype,'JobPosting')]")) {
      json job = ItemOf(page, item, 0);
      if (IsJobPosting(job["@type"])) found.postings.push_back(std::move(job));
    }
  }
  return found;
}

RawPosting PostingFromJobPosting(const json& job, const std::string& page_url) {
  RawPosting posting;
  posting.native_id = NativeId(job);
  posting.url = page_url;
  const auto page = fetch::ParseUrl(page_url);
  if (const auto stated = TextField(job, "url"); page.ok() && !stated.empty()) {
    if (const auto url = fetch::ResolveUrl(*page, stated); url.ok()) posting.url = url->ToString();
  }
  posting.title = Plain(TextField(job, "title"));
  if (posting.title.empty()) posting.title = Plain(TextField(job, "name"));
  posting.company = Plain(NameOf(Field(job, "hiringOrganization")));
  ReadDescription(job, posting);
  ReadLocation(job, posting);
  ReadSalary(job, posting);
  ReadExperience(job, posting);
  posting.posted_text = Text(FirstOf(Field(job, "datePosted")));
  posting.valid_through_text = Text(FirstOf(Field(job, "validThrough")));
  posting.employment_type_text = JoinedText(Field(job, "employmentType"));
  posting.tags = TextList(Field(job, "skills"));
  // Where `skills` is prose, its pieces are no names.
  std::erase_if(posting.tags, [](const std::string& tag) { return tag.size() > kLongestTag; });
  return posting;
}

}  // namespace jobmesh::scraper::sources
