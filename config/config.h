// The configuration of the agent: text in, typed and validated values out, every problem at once.
// Nothing else in hale sees TOML.
//
// Loading reads files and blocks; any thread may load. It never throws. What it returns belongs to
// the caller and knows nothing of the text any more.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.h"
#include "config/values.h"
#include "monitor/check_registry.h"
#include "monitor/check_result.h"
#include "monitor/check_settings.h"
#include "monitor/listen_address.h"
#include "monitor/metrics_settings.h"
#include "monitor/operations/operations_settings.h"

namespace hale::config {

struct AgentConfig {
  std::string name;
  monitor::Labels labels;  // by name
  std::string profile;
  std::string state_dir;              // "": everything is kept in memory
  bool state_dir_by_default = false;  // nobody, systemd included, has named it
};

struct GroupConfig {
  std::string name;
  std::string title;
  int order = 0;
  monitor::Labels labels;  // also among those of the group's checks
};

struct Config {
  AgentConfig agent;
  std::vector<monitor::ListenAddress> listen;  // at least one
  monitor::MetricsSettings metrics;
  std::string systemd_bus;  // "system", "user" or an address
  monitor::StatsdSettings statsd;
  monitor::OperationsSettings operations;
  std::vector<GroupConfig> groups;  // by name
  // The enabled ones, by name.
  //
  // While listen[0] has port 0, checks that use ${hale.port} are left out, since the kernel has not
  // chosen the port yet. Whoever wants them listens first, puts the addresses that it got into
  // LoadOptions::listen, and loads again.
  std::vector<monitor::ConfiguredCheck> checks;
};

struct LoadOptions {
  std::optional<std::filesystem::path> file;         // absent: the embedded default
  const monitor::CheckRegistry* registry = nullptr;  // must outlive what load() returns
  // Environment variables; absent: not set. An empty function: none is set.
  std::function<std::optional<std::string>(std::string_view)> environment;
  std::vector<std::string> set;        // `--set`: "agent.name=x"
  std::vector<std::string> listen;     // `--listen`: instead of http.listen, where not empty
  std::optional<std::string> profile;  // `--profile`
  std::string host_name;               // the default of agent.name
  std::optional<std::filesystem::path> credentials_directory;  // $CREDENTIALS_DIRECTORY
};

// Everything, or at least one problem, in the order of the files.
std::expected<Config, std::vector<Problem>> load(const LoadOptions& options);

// Only [http].listen, for programs that want to reach the daemon: what else is wrong with the
// configuration does not matter, and no secret is read. `registry` may be null.
std::expected<std::vector<monitor::ListenAddress>, std::vector<Problem>> load_listen(
    const LoadOptions& options);

// The effective configuration as TOML, with every default, templates and groups resolved, secrets
// masked as "***". Loaded again it gives the same configuration, but for the secrets.
std::string print(const Config& config);

// JSON Schema (draft 7) of the configuration file, for editors.
std::string json_schema(const monitor::CheckRegistry& registry);

// The embedded default as TOML.
std::string_view builtin_host();

}  // namespace hale::config
