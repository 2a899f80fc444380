#include "runtime/config/config_reader.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "runtime/strings.h"

extern char** environ;

namespace jobmesh::runtime::config {
namespace {

// Settings of every process and of the front door, in order of bytes. A process accepts them all,
// so that one environment starts the whole mesh, and refuses every other JOBMESH_ name as a typing
// mistake.
constexpr auto kKnownSettings = std::to_array<std::string_view>({
    "JOBMESH_ACCESS_LOG",
    "JOBMESH_ADMIN_ADDRESS",
    "JOBMESH_ADMIN_PORT",
    "JOBMESH_ANNOUNCE_FILE",
    "JOBMESH_ARGON2_MEMORY_KIB",
    "JOBMESH_ARGON2_OPS",
    "JOBMESH_BOARD_PORT",
    "JOBMESH_BOARD_URL",
    "JOBMESH_CACHE_BYTES",
    "JOBMESH_CORS_ORIGINS",
    "JOBMESH_CRASH_AT",
    "JOBMESH_DATABASE_POOL_SIZE",
    "JOBMESH_DATABASE_URL",
    "JOBMESH_DATA_DIR",
    "JOBMESH_DISCOVERY_ADDRESS",
    "JOBMESH_DISCOVERY_ENDPOINTS",
    "JOBMESH_DISCOVERY_HTTP_PORT",
    "JOBMESH_DRAIN_DEADLINE_MS",
    "JOBMESH_DRAIN_DELAY_MS",
    "JOBMESH_FETCH_ALLOW",
    "JOBMESH_HTTP_ADDRESS",
    "JOBMESH_HTTP_BODY_LIMIT_BYTES",
    "JOBMESH_HTTP_PATH_ESCAPES",
    "JOBMESH_HTTP_PORT",
    "JOBMESH_HTTP_THREADS",
    "JOBMESH_HTTP_UNKNOWN_VERBS",
    "JOBMESH_IMPORT_DELAY_MS",
    "JOBMESH_INPUT_DIR",
    "JOBMESH_LOAD_BALANCER",
    "JOBMESH_LOGIN_ACCOUNT_FAILURES",
    "JOBMESH_LOGIN_ADDRESS_FAILURES",
    "JOBMESH_LOG_FORMAT",
    "JOBMESH_LOG_LEVEL",
    "JOBMESH_MAX_IN_FLIGHT",
    "JOBMESH_MESH_TOKEN",
    "JOBMESH_PUBLIC_URL",
    "JOBMESH_RANDOM_USER_ADDRESS",
    "JOBMESH_RANDOM_USER_PORT",
    "JOBMESH_RANDOM_USER_URL",
    "JOBMESH_RATE_LIMIT_PER_MINUTE",
    "JOBMESH_ROLES",
    "JOBMESH_RPC_ADDRESS",
    "JOBMESH_RPC_PORT",
    "JOBMESH_RPC_WORKER_THREADS",
    "JOBMESH_SEARCH_DATABASE_URL",
    "JOBMESH_SITES_FILE",
    "JOBMESH_SKILLS_FILE",
    "JOBMESH_SOURCES_FILE",
    "JOBMESH_SOURCE_KEYS_FILE",
    "JOBMESH_SOURCE_LEASE_SECONDS",
    "JOBMESH_STATE_DIR",
    "JOBMESH_TASK_RETENTION_DAYS",
    "JOBMESH_TASK_SLOTS",
    "JOBMESH_TEST_DATABASE_URL",
    "JOBMESH_TLS_CERT_FILE",
    "JOBMESH_TLS_KEY_FILE",
    "JOBMESH_TOKEN_ACCESS_LIFE_SECONDS",
    "JOBMESH_TOKEN_REFRESH_LIFE_SECONDS",
    "JOBMESH_TRUSTED_PROXIES",
    "JOBMESH_ZONE",
});
static_assert(std::ranges::is_sorted(kKnownSettings),
              "in order of bytes: IsKnownSetting searches by halves");

}  // namespace

bool IsKnownSetting(std::string_view name) {
  if (name.ends_with("_FILE") && IsKnownSetting(name.substr(0, name.size() - 5))) {
    return true;  // secrets may come from a file
  }
  return std::ranges::binary_search(kKnownSettings, name);
}

Environment Environment::OfProcess() {
  std::map<std::string, std::string> values;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      values.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return Environment(std::move(values));
}

std::optional<std::string> Environment::Get(std::string_view name) const {
  auto it = values_.find(std::string(name));
  if (it == values_.end() || it->second.empty()) {
    return std::nullopt;  // set but empty counts as not set: what compose and Kubernetes files
                          // produce
  }
  return it->second;
}

std::optional<std::string> ConfigReader::Read(std::string_view name, std::string default_value,
                                              std::string_view meaning, bool secret) {
  std::optional<std::string> value = environment_.Get(name);
  Setting setting{std::string(name), value.value_or(default_value), std::move(default_value),
                  std::string(meaning)};
  if (secret) {
    setting.value = value ? "(set)" : "(not set)";
  }
  settings_.push_back(std::move(setting));
  return value;
}

std::string ConfigReader::String(std::string_view name, std::string_view default_value,
                                 std::string_view meaning) {
  return Read(name, std::string(default_value), meaning).value_or(std::string(default_value));
}

std::string ConfigReader::Required(std::string_view name, std::string_view meaning) {
  std::optional<std::string> value = Read(name, "", meaning);
  if (!value) {
    AddProblem(name, absl::StrCat("must be set (", Av(meaning), ")"));
  }
  return value.value_or("");
}

std::string ConfigReader::Secret(std::string_view name, std::string_view meaning) {
  const std::string file_name = absl::StrCat(Av(name), "_FILE");
  std::optional<std::string> value = environment_.Get(name);
  std::optional<std::string> path = environment_.Get(file_name);
  if (!value && path) {
    std::ifstream file(*path);
    std::stringstream content;
    content << file.rdbuf();
    if (!file) {
      AddProblem(file_name, absl::StrCat("cannot read ", *path));
    }
    value = std::string(absl::StripAsciiWhitespace(content.str()));
    if (file && value->empty()) {
      AddProblem(file_name, absl::StrCat(*path, " is empty"));
    }
  }
  if (!value) {
    AddProblem(name, absl::StrCat("must be set, or ", file_name, " to a file that holds it (",
                                  Av(meaning), ")"));
  }
  settings_.push_back({std::string(name), value ? "(set)" : "(not set)", "",
                       absl::StrCat(Av(meaning), "; secret: better given as ", file_name)});
  return value.value_or("");
}

std::optional<int64_t> ConfigReader::Integer(std::string_view name, std::string_view text) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(Av(text), &number)) {
    AddProblem(name, absl::StrCat("\"", Av(text), "\" is not a whole number"));
    return std::nullopt;
  }
  return number;
}

int64_t ConfigReader::Int(std::string_view name, int64_t default_value, int64_t min, int64_t max,
                          std::string_view meaning) {
  std::optional<std::string> text = Read(name, absl::StrCat(default_value), meaning);
  std::optional<int64_t> number = text ? Integer(name, *text) : default_value;
  if (number && (*number < min || *number > max)) {
    AddProblem(name, absl::StrCat(*number, " is not between ", min, " and ", max));
  }
  return number.value_or(default_value);
}

int64_t ConfigReader::ClampedInt(std::string_view name, int64_t default_value, int64_t min,
                                 int64_t max, std::string_view meaning) {
  std::optional<std::string> text = Read(name, absl::StrCat(default_value), meaning);
  std::optional<int64_t> number = text ? Integer(name, *text) : default_value;
  const int64_t clamped = std::clamp(number.value_or(default_value), min, max);
  if (number && clamped != *number) {
    warnings_.push_back(
        absl::StrCat(Av(name), ": ", *number, " is out of range, ", clamped, " is used"));
  }
  return clamped;
}

bool ConfigReader::Bool(std::string_view name, bool default_value, std::string_view meaning) {
  std::optional<std::string> text = Read(name, default_value ? "true" : "false", meaning);
  if (!text) {
    return default_value;
  }
  const std::string lower = absl::AsciiStrToLower(*text);
  if (lower != "true" && lower != "false" && lower != "1" && lower != "0") {
    AddProblem(name, absl::StrCat("\"", *text, "\" is neither true nor false"));
  }
  return lower == "true" || lower == "1";
}

absl::Duration ConfigReader::Milliseconds(std::string_view name, absl::Duration default_value,
                                          absl::Duration min, absl::Duration max,
                                          std::string_view meaning) {
  return absl::Milliseconds(Int(name, absl::ToInt64Milliseconds(default_value),
                                absl::ToInt64Milliseconds(min), absl::ToInt64Milliseconds(max),
                                meaning));
}

std::vector<std::string> ConfigReader::List(std::string_view name, std::string_view default_value,
                                            std::string_view meaning) {
  std::vector<std::string> members;
  for (absl::string_view member : absl::StrSplit(String(name, default_value, meaning), ',')) {
    member = absl::StripAsciiWhitespace(member);
    if (!member.empty()) {
      members.emplace_back(member);
    }
  }
  return members;
}

std::string ConfigReader::OneOf(std::string_view name, std::string_view default_value,
                                const std::vector<std::string>& values, std::string_view meaning) {
  std::string value = String(name, default_value, meaning);
  if (std::ranges::find(values, value) == values.end()) {
    AddProblem(name, absl::StrCat("\"", value, "\" is none of ", absl::StrJoin(values, ", ")));
  }
  return value;
}

void ConfigReader::AddProblem(std::string_view name, std::string_view problem) {
  problems_.push_back(absl::StrCat(Av(name), ": ", Av(problem)));
}

absl::Status ConfigReader::Finish() {
  for (const auto& [name, value] : environment_.values()) {
    const bool read =
        std::ranges::any_of(settings_, [&name = name](const Setting& s) { return s.name == name; });
    if (name.starts_with("JOBMESH_") && !read && !IsKnownSetting(name)) {
      AddProblem(name, "is no setting of JobMesh; see --help for the names");
    }
  }
  if (problems_.empty()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the settings cannot be used:\n  ", absl::StrJoin(problems_, "\n  ")));
}

}  // namespace jobmesh::runtime::config
