#include "scraper-service/sources/source_config.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include <absl/status/status.h>

#include "scraper-service/fetch/text.h"
#include "scraper-service/fetch/url.h"
#include "scraper-service/sources/adapter.h"

namespace jobmesh::scraper::sources {
namespace {

using nlohmann::json;

constexpr int kLeastScheduleSeconds = 10;
constexpr int kMostScheduleSeconds = 30 * 24 * 3600;
constexpr int kMostDelayMs = 60'000;
constexpr int kMostPages = 10'000;

std::string AllAdapterNames() {
  std::string names;
  for (const auto& name : AdapterNames()) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

// Reads one row and writes down everything that is wrong with it.
class RowReader {
 public:
  using Variables = std::map<std::string, std::string>;

  RowReader(const json& row, std::size_t index, const Variables& variables,
            const Variables& secrets, std::vector<std::string>& errors)
      : row_(row),
        label_("sources[" + std::to_string(index) + "]"),
        variables_(variables),
        secrets_(secrets),
        errors_(errors) {}

  SourceConfig Read() {
    SourceConfig source;
    if (!row_.is_object()) {
      errors_.push_back(label_ + ": expected an object");
      return source;
    }
    source.name = RequiredString("name");
    if (!source.name.empty()) {
      label_ = "source \"" + source.name + "\"";
      if (source.name.size() > 64 ||
          source.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") !=
              std::string::npos) {
        Error("name", "expected at most 64 of a-z, 0-9, '-', '_' and '.'");
      }
    }
    source.adapter = RequiredString("adapter");
    source.url = Url(source);
    source.enabled = Bool("enabled", source.enabled);
    source.schedule = std::chrono::seconds(
        Int("schedule_seconds", 3600, kLeastScheduleSeconds, kMostScheduleSeconds));
    source.delay = std::chrono::milliseconds(Int("delay_ms", 0, 0, kMostDelayMs));
    source.max_pages = Int("max_pages", source.max_pages, 1, kMostPages);
    ReadHeaders(source);
    ReadOptions(source);
    for (const auto& [field, value] : row_.items()) {
      if (!known_.contains(field)) Error(field, "unknown field");
    }
    return source;
  }

 private:
  void Error(const std::string& field, const std::string& why) {
    errors_.push_back(label_ + ": " + field + ": " + why);
  }

  const json* Find(const std::string& field) {
    known_.insert(field);
    const auto found = row_.find(field);
    return found == row_.end() ? nullptr : &*found;
  }

  std::string RequiredString(const std::string& field) {
    const json* value = Find(field);
    if (value == nullptr) {
      Error(field, "missing");
    } else if (!value->is_string() || value->get_ref<const std::string&>().empty()) {
      Error(field, "expected a text that is not empty");
    } else {
      return value->get<std::string>();
    }
    return {};
  }

  bool Bool(const std::string& field, bool fallback) {
    const json* value = Find(field);
    if (value == nullptr) return fallback;
    if (!value->is_boolean()) {
      Error(field, "expected true or false");
      return fallback;
    }
    return value->get<bool>();
  }

  int Int(const std::string& field, int fallback, int min, int max) {
    const json* value = Find(field);
    if (value == nullptr) return fallback;
    if (!value->is_number_integer() || *value < min || *value > max) {
      Error(field,
            "expected a whole number from " + std::to_string(min) + " to " + std::to_string(max));
      return fallback;
    }
    return value->get<int>();
  }

  // `written` with its ${NAME}s replaced; "" after a mistake.
  std::string Filled(const std::string& field, const std::string& written, SourceConfig& source) {
    std::string filled;
    std::size_t position = 0;
    while (position < written.size()) {
      const auto open = written.find("${", position);
      filled += written.substr(position, open - position);
      if (open == std::string::npos) break;
      const auto close = written.find('}', open);
      const auto variable = written.substr(open + 2, close - open - 2);
      const auto known = variables_.find(variable);
      const auto secret = secrets_.find(variable);
      if (close == std::string::npos || (known == variables_.end() && secret == secrets_.end())) {
        Error(field, "unknown variable ${" + variable + "}");
        return {};
      }
      if (secret != secrets_.end()) source.secrets.push_back(secret->second);
      filled += secret != secrets_.end() ? secret->second : known->second;
      position = close + 1;
    }
    return filled;
  }

  std::string Url(SourceConfig& source) {
    std::string url = Filled("url", RequiredString("url"), source);
    if (!url.empty()) {
      if (const auto parsed = fetch::ParseUrl(url); !parsed.ok()) {
        Error("url", std::string(parsed.status().message()));
      }
    }
    return url;
  }

  void ReadHeaders(SourceConfig& source) {
    const json* headers = Find("headers");
    if (headers == nullptr) return;
    if (!headers->is_object()) {
      Error("headers", "expected an object");
      return;
    }
    for (const auto& [name, value] : headers->items()) {
      const std::string field = "headers." + name;
      if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
                                                 "UVWXYZ0123456789-") != std::string::npos) {
        Error(field, "is no name of a header");
      } else if (!value.is_string()) {
        Error(field, "expected a text");
      } else {
        const std::string text = Filled(field, value.get<std::string>(), source);
        if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
          Error(field, "expected one line");
        }
        source.headers[name] = text;
      }
    }
  }

  void ReadOptions(SourceConfig& source) {
    const auto adapter = MakeAdapter(source.adapter);
    if (adapter == nullptr && !source.adapter.empty()) {
      Error("adapter",
            "unknown adapter \"" + source.adapter + "\", there are " + AllAdapterNames());
    }
    const json* options = Find("options");
    if (options == nullptr) return;
    if (!options->is_object()) {
      Error("options", "expected an object");
      return;
    }
    source.options = *options;
    if (adapter == nullptr) return;
    const auto specs = adapter->options();
    for (const auto& [option, value] : options->items()) {
      const auto spec =
          std::find_if(specs.begin(), specs.end(),
                       [&option = option](const OptionSpec& s) { return s.name == option; });
      if (spec == specs.end()) {
        Error("options." + option, "adapter " + source.adapter + " has no such option");
      } else if (spec->type == OptionSpec::Type::kString && !value.is_string()) {
        Error("options." + option, "expected a text");
      } else if (spec->type == OptionSpec::Type::kBool && !value.is_boolean()) {
        Error("options." + option, "expected true or false");
      }
    }
  }

  const json& row_;
  std::string label_;
  const Variables& variables_;
  const Variables& secrets_;
  std::vector<std::string>& errors_;
  std::set<std::string> known_;
};

}  // namespace

std::string SourceConfig::StringOption(const char* option, std::string fallback) const {
  const auto found = options.find(option);
  return found != options.end() && found->is_string() ? found->get<std::string>()
                                                      : std::move(fallback);
}

bool SourceConfig::BoolOption(const char* option, bool fallback) const {
  const auto found = options.find(option);
  return found != options.end() && found->is_boolean() ? found->get<bool>() : fallback;
}

std::string SourceConfig::Shown(std::string text) const {
  for (const std::string& secret : secrets) {
    for (auto at = text.find(secret); at != std::string::npos && !secret.empty();
         at = text.find(secret, at)) {
      text.replace(at, secret.size(), "***");
      at += 3;
    }
  }
  return text;
}

absl::StatusOr<std::map<std::string, std::string>> ParseSecrets(std::string_view text) {
  std::map<std::string, std::string> secrets;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view line = fetch::TrimSpace(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto equals = line.find('=');
    if (equals == 0 || equals == std::string_view::npos || equals + 1 == line.size()) {
      return absl::InvalidArgumentError("line " + std::to_string(number) + ": expected NAME=VALUE");
    }
    secrets[std::string(fetch::TrimSpace(line.substr(0, equals)))] =
        fetch::TrimSpace(line.substr(equals + 1));
  }
  return secrets;
}

absl::StatusOr<std::vector<SourceConfig>> ParseSources(
    std::string_view text, const std::map<std::string, std::string>& variables,
    const std::map<std::string, std::string>& secrets) {
  json file;
  try {
    file = json::parse(text);
  } catch (const json::exception& error) {  // the only way to learn where the mistake is
    return absl::InvalidArgumentError(std::string("sources file is not JSON: ") + error.what());
  }
  const auto list = file.is_object() ? file.find("sources") : file.end();
  if (!file.is_object() || list == file.end() || !list->is_array()) {
    return absl::InvalidArgumentError("sources file: expected {\"sources\": [...]}");
  }
  std::vector<std::string> errors;
  for (const auto& [field, value] : file.items()) {
    if (field != "sources") errors.push_back(field + ": unknown field");
  }
  std::vector<SourceConfig> sources;
  std::set<std::string> names;
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto source = RowReader((*list)[i], i, variables, secrets, errors).Read();
    if (!source.name.empty() && !names.insert(source.name).second) {
      errors.push_back("source \"" + source.name + "\": name: used twice");
    }
    sources.push_back(std::move(source));
  }
  if (!errors.empty()) {
    std::string message = "sources file:";
    for (const auto& error : errors) message += "\n  " + error;
    return absl::InvalidArgumentError(message);
  }
  return sources;
}

}  // namespace jobmesh::scraper::sources
