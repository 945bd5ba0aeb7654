// hale validate: a configuration's problems, or that it has none; hale schema and hale version.
#include <string>
#include <vector>

#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/load.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "config/config.h"
#include "config/differences.h"

namespace hale::cli {
namespace {

int print_differences(const ClientOptions& options, const std::string& wanted) {
  const auto client = make_client(options);
  if (!client) {
    return client.error();
  }
  const auto running = client->get("/api/v1/config");
  if (!running) {
    return report(running.error());
  }
  const std::vector<std::string> differences = config::differences(*running, wanted);
  for (const std::string& difference : differences) {
    fmt::print("{}\n", printable(difference));
  }
  if (differences.empty()) {
    fmt::print("the daemon at {} runs this configuration\n", client->url());
  }
  return differences.empty() ? kOk : kDiffers;
}

}  // namespace

int validate_command(const ValidateOptions& options) {
  const auto loaded = load_config(options.client.config);
  if (!loaded) {
    return loaded.error();
  }
  if (options.print) {
    fmt::print("{}", config::print(loaded->config));
    return kOk;
  }
  if (options.diff) {
    return print_differences(options.client, config::print(loaded->config));
  }
  const std::size_t checks = loaded->config.checks.size();
  std::size_t critical = 0;
  for (const monitor::ConfiguredCheck& check : loaded->config.checks) {
    critical += check.settings->critical ? 1 : 0;
  }
  fmt::print("{}: valid, {} {}, {} critical\n", loaded->source, checks,
             checks == 1 ? "check" : "checks", critical);
  return kOk;
}

int schema_command() {
  fmt::print("{}\n", config::json_schema(registry()));
  return kOk;
}

int version_command() {
  fmt::print("hale {}\n", kVersion);
  return kOk;
}

}  // namespace hale::cli
