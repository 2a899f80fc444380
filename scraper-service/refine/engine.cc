#include "scraper-service/refine/engine.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scraper-service/refine/clustering.h"
#include "scraper-service/refine/json_line.h"
#include "scraper-service/refine/refine.h"

namespace jobmesh::scraper::refine {
namespace {

std::string Or(const std::string* text) { return text == nullptr ? std::string() : *text; }

std::optional<std::string> Optional(const std::string* text) {
  return text == nullptr ? std::nullopt : std::optional(*text);
}

RawPosting ToPosting(const JsonLine& line) {
  RawPosting posting;
  posting.title = Or(line.Text("title"));
  posting.company = Or(line.Text("company"));
  posting.location = Or(line.Text("location"));
  posting.description = Or(line.Text("description"));
  if (const std::string* format = line.Text("format"); format != nullptr && *format == "html") {
    posting.description_format = RawPosting::Format::kHtml;
  }
  posting.salary_text = Optional(line.Text("salary_text"));
  posting.experience_text = Optional(line.Text("experience_text"));
  posting.posted_text = Optional(line.Text("posted_text"));
  posting.url = Or(line.Text("url"));
  return posting;
}

// Writes the members of one result.
class ResultWriter {
 public:
  explicit ResultWriter(std::string& out) : out_(out) {}

  void Key(std::string_view key) {
    out_ += out_.back() == '{' ? "\"" : ",\"";
    out_ += key;
    out_ += "\":";
  }
  void Null(std::string_view key) {
    Key(key);
    out_ += "null";
  }
  void Text(std::string_view key, std::string_view value) {
    Key(key);
    AppendJsonString(value, out_);
  }
  // Empty = null.
  void TextOrNull(std::string_view key, std::string_view value) {
    value.empty() ? Null(key) : Text(key, value);
  }
  void Number(std::string_view key, const std::optional<double>& value) {
    Key(key);
    value ? AppendJsonNumber(*value, out_) : static_cast<void>(out_ += "null");
  }
  void Raw(std::string_view text) { out_ += text; }

 private:
  std::string& out_;
};

void WriteSkills(const Refined& refined, ResultWriter& w) {
  w.Key("skills");
  w.Raw("[");
  bool first = true;
  for (const FoundSkill& skill : refined.mentions) {
    w.Raw(first ? "{" : ",{");
    first = false;
    w.Text("name", skill.name);
    w.Number("begin", static_cast<double>(skill.range.begin));
    w.Number("end", static_cast<double>(skill.range.end));
    if (skill.knowledge) w.Text("kind", "knowledge");
    w.Raw("}");
  }
  w.Raw("]");
}

void WriteSalary(const Refined& refined, ResultWriter& w) {
  if (!refined.salary) return w.Null("salary");
  const Salary& salary = refined.salary->value;
  w.Key("salary");
  w.Raw("{");
  w.Number("min", salary.min);
  w.Number("max", salary.max);
  w.TextOrNull("currency", salary.currency);
  w.TextOrNull("period", salary.period ? Name(*salary.period) : std::string_view());
  w.Number("annual_min", salary.annual_min);
  w.Number("annual_max", salary.annual_max);
  w.Raw("}");
}

void WriteExperience(const Refined& refined, ResultWriter& w) {
  if (!refined.experience) return w.Null("experience");
  w.Key("experience");
  w.Raw("{");
  w.Number("min_years", refined.experience->value.min_years);
  w.Number("max_years", refined.experience->value.max_years);
  w.Raw("}");
}

// Everything but `cluster` and the closing brace, which wait for the whole batch.
std::string ResultLine(std::string_view id, const Refined& refined) {
  std::string out;
  out.reserve(512 + 64 * refined.mentions.size());
  out += '{';
  ResultWriter w(out);
  w.Text("id", id);
  WriteSkills(refined, w);
  WriteSalary(refined, w);
  WriteExperience(refined, w);
  w.TextOrNull("employment_type",
               refined.employment_type ? Name(refined.employment_type->value) : std::string_view());
  w.TextOrNull("seniority",
               refined.seniority ? Name(refined.seniority->value) : std::string_view());
  w.TextOrNull("remote_mode",
               refined.remote_mode ? Name(refined.remote_mode->value) : std::string_view());
  const Place place = refined.place ? refined.place->value : Place{};
  w.Key("location");
  w.Raw("{");
  w.TextOrNull("city", place.city);
  w.TextOrNull("region", place.region);
  w.TextOrNull("country", place.country);
  w.Raw("}");
  w.TextOrNull("posted_at", refined.posted_at ? refined.posted_at->value.iso : std::string_view());
  w.TextOrNull("valid_through",
               refined.valid_through ? refined.valid_through->value.iso : std::string_view());
  w.Text("fingerprint", refined.fingerprint.content);
  return out;
}

}  // namespace

int RunEngine(std::istream& in, std::ostream& out, std::ostream& errors,
              const Vocabulary& vocabulary, const terms::Tagger& tagger, absl::Time now) {
  std::vector<std::string> results;
  std::vector<ClusterItem> items;
  std::vector<std::string> ids;
  std::string line;
  JsonLine json;
  size_t number = 0;
  while (std::getline(in, line)) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (const absl::Status status = json.Parse(line); !status.ok()) {
      errors << "line " << number << ": " << std::string(status.message()) << '\n';
    }
    const RawPosting posting = ToPosting(json);
    Refined refined = Refine(posting, vocabulary, now, &tagger);
    ids.push_back(Or(json.Text("id")));
    results.push_back(ResultLine(ids.back(), refined));
    ClusterItem item;
    item.url = Canonicalise(posting.url);
    item.company = CompanyKey(posting.company);
    item.title = TitleKey(posting.title);
    if (refined.place) item.place = std::move(refined.place->value);
    item.content = std::move(refined.fingerprint.content);
    item.shingles = std::move(refined.fingerprint.shingles);
    items.push_back(std::move(item));
  }
  const std::vector<std::optional<size_t>> clusters = ClusterPostings(items);
  for (size_t i = 0; i < results.size(); ++i) {
    ResultWriter w(results[i]);
    w.TextOrNull("cluster", clusters[i] ? std::string_view(ids[*clusters[i]]) : std::string_view());
    results[i] += "}\n";
    out << results[i];
  }
  out.flush();
  return out.good() ? 0 : 1;
}

}  // namespace jobmesh::scraper::refine
