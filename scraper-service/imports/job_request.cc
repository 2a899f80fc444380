#include "scraper-service/imports/job_request.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "runtime/errors.h"
#include "runtime/strings.h"
#include "scraper-service/imports/job_status.h"

namespace jobmesh::scraper::imports {
namespace {

using Json = nlohmann::json;

constexpr size_t kLongestTarget = 200;

// Members of an object by their names in camelCase, each also known by a name with underscores.
struct FieldName {
  const char* camel;
  const char* snake;
};
constexpr FieldName kJobFields[] = {
    {"operation", "operation"},          {"target", "target"},
    {"description", "description"},      {"releaseStatus", "release_status"},
    {"bumpManifesto", "bump_manifesto"}, {"bumpFromVersion", "bump_from_version"},
    {"bumpToVersion", "bump_to_version"}};
constexpr FieldName kManifestoFields[] = {
    {"version", "version"},          {"description", "description"},
    {"releaseTime", "release_time"}, {"languageCode", "language_code"},
    {"updateType", "update_type"},   {"dataStructureUpdates", "data_structure_updates"}};
constexpr FieldName kUpdateFields[] = {{"name", "name"},
                                       {"description", "description"},
                                       {"operation", "operation"},
                                       {"releaseStatus", "release_status"}};

// Reads members of one object and keeps the first thing that is wrong.
class Fields {
 public:
  Fields(const Json& object, std::span<const FieldName> names, std::string path, JudgedJob& judged)
      : path_(std::move(path)), judged_(judged) {
    if (!object.is_object()) {
      Refuse("", "must be an object");
      return;
    }
    for (const auto& [key, value] : object.items()) {
      const auto name = std::ranges::find_if(
          names, [&key = key](const FieldName& n) { return key == n.camel || key == n.snake; });
      if (name == names.end()) {
        Refuse(key, "is not known");
      } else if (!members_.emplace(name->camel, &value).second) {
        Refuse(name->camel, "is given twice");
      }
    }
  }

  bool ok() const { return judged_.problem.empty(); }

  // Null as well as absent is nullptr.
  const Json* Find(const char* name) const {
    const auto it = members_.find(name);
    return it == members_.end() || it->second->is_null() ? nullptr : it->second;
  }
  bool Has(const char* name) const { return members_.contains(name); }

  const Json* Required(const char* name) {
    const Json* value = Find(name);
    if (value == nullptr && ok()) {
      judged_.field = Path(name);
      judged_.problem = absl::StrCat("Missing ", judged_.field);
      judged_.missing = true;
    }
    return value;
  }

  // A text, where there is one.
  std::optional<std::string> Text(const char* name) {
    const Json* value = Find(name);
    if (value == nullptr) {
      return std::nullopt;
    }
    if (!value->is_string()) {
      Refuse(name, "must be a string");
      return std::nullopt;
    }
    auto text = value->get<std::string>();
    if (text.find('\0') != std::string::npos) {
      Refuse(name, "must not contain the character U+0000");
    }
    return text;
  }
  std::string RequiredText(const char* name) {
    return Required(name) == nullptr ? "" : Text(name).value_or("");
  }
  // One of some words, where there is one.
  std::optional<std::string> Word(const char* name, std::span<const std::string_view> words) {
    std::optional<std::string> text = Text(name);
    if (text && ok() && std::ranges::find(words, *text) == words.end()) {
      Refuse(name,
             absl::StrCat("must be one of ",
                          absl::StrJoin(words, ", ", [](std::string* out, std::string_view word) {
                            out->append(word);
                          })));
    }
    return text;
  }

  void Refuse(std::string_view name, std::string_view problem) {
    if (ok()) {
      judged_.field = Path(name);
      judged_.problem =
          absl::StrCat(judged_.field, judged_.field.empty() ? "" : ": ", runtime::Av(problem));
    }
  }
  std::string Path(std::string_view name) const {
    return absl::StrCat(path_, path_.empty() || name.empty() ? "" : ".", runtime::Av(name));
  }

 private:
  const std::string path_;
  JudgedJob& judged_;
  std::map<std::string, const Json*> members_;
};

Json ReadUpdate(const Json& value, const std::string& path, JudgedJob& judged) {
  Fields fields(value, kUpdateFields, path, judged);
  Json update;
  for (const FieldName& name : kUpdateFields) {
    update[name.camel] = fields.RequiredText(name.camel);
  }
  return update;
}

Json ReadManifesto(const Json& value, JudgedJob& judged) {
  Fields fields(value, kManifestoFields, "bumpManifesto", judged);
  Json manifesto = {{"version", fields.RequiredText("version")},
                    {"description", fields.RequiredText("description")},
                    {"languageCode", fields.RequiredText("languageCode")}};
  if (const Json* time = fields.Required("releaseTime"); time != nullptr) {
    if (!time->is_number() || time->get<double>() != std::floor(time->get<double>())) {
      fields.Refuse("releaseTime", "must be an integer");
    }
    manifesto["releaseTime"] = *time;
  }
  if (!fields.Has("updateType")) {
    fields.Required("updateType");
  } else if (std::optional<std::string> type = fields.Text("updateType")) {
    manifesto["updateType"] = *type;
  }
  Json updates = Json::array();
  if (const Json* list = fields.Required("dataStructureUpdates"); list != nullptr) {
    if (!list->is_array()) {
      fields.Refuse("dataStructureUpdates", "must be a list");
    } else {
      for (size_t i = 0; i < list->size(); ++i) {
        updates.push_back(ReadUpdate(
            (*list)[i], absl::StrCat("bumpManifesto.dataStructureUpdates[", i, "]"), judged));
      }
    }
  }
  manifesto["dataStructureUpdates"] = std::move(updates);
  return manifesto;
}

}  // namespace

JudgedJob Judge(const nlohmann::json& item) {
  JudgedJob judged;
  Fields fields(item, kJobFields, "", judged);
  NewJob job;
  if (fields.ok() && fields.Required("operation") != nullptr) {
    job.operation = fields.Word("operation", kOperations).value_or("");
  }
  job.target = fields.RequiredText("target");
  if (fields.ok() && (job.target.empty() || job.target.size() > kLongestTarget)) {
    fields.Refuse("target", "must have 1 to 200 characters");
  }
  job.parameters = {{"operation", job.operation}, {"target", job.target}};
  // What is there must be right, needed or not.
  const std::optional<std::string> description = fields.Text("description");
  const std::optional<std::string> release_status = fields.Word("releaseStatus", kReleaseStatuses);
  const std::optional<std::string> from = fields.Text("bumpFromVersion");
  const std::optional<std::string> to = fields.Text("bumpToVersion");
  Json manifesto;
  if (const Json* given = fields.Find("bumpManifesto"); given != nullptr && fields.ok()) {
    manifesto = ReadManifesto(*given, judged);
  }
  const bool is_bump = job.operation == "BUMP";
  if (is_bump || job.operation == "REMOVE") {
    fields.Required("description");
    job.parameters["description"] = description.value_or("");
  }
  if (job.operation == "SET_STATUS") {
    fields.Required("releaseStatus");
    job.parameters["releaseStatus"] = release_status.value_or("");
  }
  if (is_bump) {
    fields.Required("bumpManifesto");
    fields.Required("bumpFromVersion");
    fields.Required("bumpToVersion");
    job.parameters["bumpManifesto"] = std::move(manifesto);
    job.parameters["bumpFromVersion"] = from.value_or("");
    job.parameters["bumpToVersion"] = to.value_or("");
  }
  if (fields.ok()) {
    judged.job = std::move(job);
  }
  return judged;
}

absl::Status NoneWellFormed(const std::vector<JudgedJob>& judged) {
  Json details = Json::array();
  for (size_t i = 0; i < judged.size(); ++i) {
    Json place = {"body", "jobs", i};
    if (!judged[i].field.empty()) {
      place.push_back(judged[i].field);
    }
    details.push_back({{"loc", std::move(place)},
                       {"msg", judged[i].problem},
                       {"type", judged[i].missing ? "missing" : "value_error"}});
  }
  return runtime::Error(
      absl::StatusCode::kInvalidArgument, runtime::ErrorReason::INVALID_FIELD,
      absl::StrCat("jobs: none of them is well-formed: ", judged[0].problem),
      {{"field", "jobs"},
       {"details", details.dump(-1, ' ', false, Json::error_handler_t::replace)}});
}

}  // namespace jobmesh::scraper::imports
