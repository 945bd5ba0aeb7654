// hale validate: a configuration's problems, or that it has none; hale schema and hale version.
#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/load.h"
#include "cli/version.h"
#include "config/config.h"

namespace hale::cli {

int validate_command(const ValidateOptions& options) {
  const auto loaded = load_config(options.config);
  if (!loaded) {
    return loaded.error();
  }
  if (options.print) {
    fmt::print("{}", config::print(loaded->config));
    return kOk;
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
