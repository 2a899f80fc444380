#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>

#include "absl/strings/str_cat.h"

#include "runtime/lifecycle/process.h"
#include "runtime/telemetry/log.h"
#include "runtime/version.h"

namespace jobmesh::runtime {
namespace {

constexpr int kUsageError = 2;

telemetry::LogOptions LoadLogOptions(config::ConfigReader& reader) {
  telemetry::LogOptions options;
  const std::string level =
      reader.OneOf("JOBMESH_LOG_LEVEL", "info", {"debug", "info", "warn", "error"},
                   "least level that is logged: debug, info, warn, error");
  options.level = level == "debug"   ? telemetry::LogLevel::kDebug
                  : level == "warn"  ? telemetry::LogLevel::kWarn
                  : level == "error" ? telemetry::LogLevel::kError
                                     : telemetry::LogLevel::kInfo;
  options.json = reader.OneOf("JOBMESH_LOG_FORMAT", "json", {"json", "text"},
                              "json (ECS, one object a line) or text") == "json";
  return options;
}

// Blocked in all threads, so that only the signal thread sees them.
sigset_t BlockStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

void PrintSettings(const MainOptions& options, config::ConfigReader& reader) {
  for (const config::Setting& setting : reader.settings()) {
    std::printf("  %-34s %s%s\n", setting.name.c_str(), setting.meaning.c_str(),
                setting.default_value.empty()
                    ? ""
                    : absl::StrCat(" [", setting.default_value, "]").c_str());
  }
  std::printf("\nREADME.md of %s explains them.\n", options.name.c_str());
}

void PrintHelp(const MainOptions& options, config::ConfigReader& reader) {
  std::printf("%s %s - %s\n\nusage: %s            run until SIGTERM\n", options.name.c_str(),
              kVersion, options.summary.c_str(), options.name.c_str());
  for (const Command& command : options.commands) {
    std::printf("       %s %s %s\n", options.name.c_str(), command.name.c_str(),
                command.usage.c_str());
  }
  std::printf("       %s --help | --version\n\nsettings, from the environment [default]:\n",
              options.name.c_str());
  PrintSettings(options, reader);
}

int Serve(const MainOptions& options, const config::Environment& environment) {
  const sigset_t signals = BlockStopSignals();
  config::ConfigReader reader(environment);
  telemetry::LogOptions log = LoadLogOptions(reader);
  Process process(options.name, ProcessConfig::Load(reader));
  log.service = options.name;
  log.instance_id = process.instance_id();
  telemetry::ConfigureLog(std::move(log));

  absl::Status status = options.build(process, reader);
  for (const std::string& warning : reader.warnings()) {
    telemetry::LogWarn("setting_adjusted", {{"warning", warning}});
  }
  if (status.ok()) {
    status = process.Start();
  }
  if (!status.ok()) {
    std::fprintf(stderr, "%s: %s\n", options.name.c_str(), std::string(status.message()).c_str());
    telemetry::LogError("start_failed", {{"error.message", std::string(status.message())}});
    return absl::IsInvalidArgument(status) ? kUsageError : 1;
  }
  telemetry::LogInfo("process_ready", {{"version", kVersion}});
  std::thread signal_thread([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    telemetry::LogInfo("signal_received", {{"signal", signal}});
    process.RequestStop();
  });
  process.WaitAndStop();
  signal_thread.join();
  return 0;
}

}  // namespace

int Main(int argc, char** argv, const MainOptions& options) {
  const config::Environment environment = config::Environment::OfProcess();
  if (argc < 2) {
    return Serve(options, environment);
  }
  const std::string_view first = argv[1];
  if (first == "--version") {
    std::printf("%s %s\n", options.name.c_str(), kVersion);
    return 0;
  }
  if (first == "--help" || first == "-h") {
    // Built against an empty environment and never started: building only reads settings.
    const config::Environment empty({});
    config::ConfigReader reader(empty);
    LoadLogOptions(reader);
    Process process(options.name, ProcessConfig::Load(reader));
    options.build(process, reader).IgnoreError();  // required settings are missing here, rightly
    PrintHelp(options, reader);
    return 0;
  }
  for (const Command& command : options.commands) {
    if (first == command.name) {
      return command.run(environment, std::span<char* const>(argv + 2, argc - 2));
    }
  }
  std::fprintf(stderr, "%s: unknown command \"%s\"; see %s --help\n", options.name.c_str(), argv[1],
               options.name.c_str());
  return kUsageError;
}

}  // namespace jobmesh::runtime
