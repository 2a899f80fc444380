#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace jobmesh::runtime::config {

// The environment of a process, or a made-up one in tests.
class Environment {
 public:
  explicit Environment(std::map<std::string, std::string> values) : values_(std::move(values)) {}
  // The process's own environment.
  static Environment OfProcess();

  std::optional<std::string> Get(std::string_view name) const;
  const std::map<std::string, std::string>& values() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
};

// One setting as it was read: for --config, /configz and the README's table.
struct Setting {
  std::string name;
  std::string value;  // "(set)" or "(not set)" for secrets
  std::string default_value;
  std::string meaning;
};

// Reads settings and collects every problem, so that all are reported at once. A name is read once;
// a variable that starts with JOBMESH_ and that no process of the mesh knows is an error, which
// catches typing mistakes. Not thread-safe.
class ConfigReader {
 public:
  explicit ConfigReader(const Environment& environment) : environment_(environment) {}

  std::string String(std::string_view name, std::string_view default_value,
                     std::string_view meaning);
  // A setting that has no default. Missing is a problem.
  std::string Required(std::string_view name, std::string_view meaning);
  // From `name`, or from the file that `name`_FILE names. Never shown.
  std::string Secret(std::string_view name, std::string_view meaning);
  int64_t Int(std::string_view name, int64_t default_value, int64_t min, int64_t max,
              std::string_view meaning);
  // As Int, but a value out of range is brought into it with a warning.
  int64_t ClampedInt(std::string_view name, int64_t default_value, int64_t min, int64_t max,
                     std::string_view meaning);
  // true, false, 1, 0.
  bool Bool(std::string_view name, bool default_value, std::string_view meaning);
  // `name` ends in _MS and holds milliseconds.
  absl::Duration Milliseconds(std::string_view name, absl::Duration default_value,
                              absl::Duration min, absl::Duration max, std::string_view meaning);
  // Comma list; blanks around members are cut, empty members dropped.
  std::vector<std::string> List(std::string_view name, std::string_view default_value,
                                std::string_view meaning);
  // One of `values`.
  std::string OneOf(std::string_view name, std::string_view default_value,
                    const std::vector<std::string>& values, std::string_view meaning);

  // A problem found by the caller, with a value that was read.
  void AddProblem(std::string_view name, std::string_view problem);

  // OK, or INVALID_ARGUMENT with one line a problem. Checks for unknown names too.
  absl::Status Finish();

  const std::vector<Setting>& settings() const { return settings_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  std::optional<std::string> Read(std::string_view name, std::string default_value,
                                  std::string_view meaning, bool secret = false);
  std::optional<int64_t> Integer(std::string_view name, std::string_view text);

  const Environment& environment_;
  std::vector<Setting> settings_;
  std::vector<std::string> problems_;
  std::vector<std::string> warnings_;
};

// Names of settings of any process: one environment starts them all.
bool IsKnownSetting(std::string_view name);

}  // namespace jobmesh::runtime::config
