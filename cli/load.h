// The configuration as the command line, the environment and the machine want it.
#pragma once

#include <expected>
#include <string>

#include "cli/client.h"
#include "cli/options.h"
#include "config/config.h"
#include "monitor/check_registry.h"

namespace hale::cli {

// Every check type of this program.
const monitor::CheckRegistry& registry();

struct LoadedConfig {
  config::Config config;
  std::string source;  // for people: the file, or "the embedded default"
};

// Prints every problem to standard error; the error is the exit status.
std::expected<LoadedConfig, int> load_config(const ConfigOptions& options);

// A client for the daemon that the options, the environment or the configuration name, with the
// token in $HALE_TOKEN_FILE. Prints why not; the error is the exit status.
std::expected<Client, int> make_client(const ClientOptions& options);

// Prints what went wrong and returns the exit status.
int report(const ClientError& error);

}  // namespace hale::cli
