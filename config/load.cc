#include <exception>
#include <utility>

#include "config/agent_settings.h"
#include "config/assembly.h"
#include "config/builtin.h"
#include "config/check_builder.h"
#include "config/config.h"
#include "config/operations_settings.h"
#include "config/reader.h"
#include "config/sources.h"
#include "monitor/assert.h"

namespace hale::config {
namespace {

Environment environment_of(const LoadOptions& options) {
  return {.variable = options.environment, .own_listener = std::nullopt};
}

Sources read(const LoadOptions& options, const Environment& environment, Problems& problems) {
  const CommandLine command_line{
      .set = options.set, .listen = options.listen, .profile = options.profile};
  return read_sources(options.file, command_line, environment, problems);
}

// Where systemd has made a folder for the state, StateDirectory=; the first of several.
std::optional<std::string> state_directory(const LoadOptions& options) {
  if (!options.environment) {
    return std::nullopt;
  }
  const std::optional<std::string> named = options.environment("STATE_DIRECTORY");
  if (!named || !named->starts_with('/')) {
    return std::nullopt;
  }
  return named->substr(0, named->find(':'));
}

// No address and port at all where the agent listens on Unix sockets only.
asio::ip::tcp::endpoint first_tcp(const std::vector<monitor::ListenAddress>& all) {
  for (const monitor::ListenAddress& address : all) {
    if (const auto* endpoint = std::get_if<asio::ip::tcp::endpoint>(&address)) {
      return *endpoint;
    }
  }
  return {};
}

std::expected<Config, std::vector<Problem>> load_all(const LoadOptions& options) {
  HALE_ASSERT(options.registry != nullptr);
  Problems problems;
  const Environment environment = environment_of(options);
  const Sources sources = read(options, environment, problems);
  const Assembly assembly = assemble(sources, problems);
  Reader reader(environment, options.credentials_directory.value_or(""), problems);
  Config config;
  config.agent = read_agent(assembly.agent, options.host_name, state_directory(options), reader);
  config.listen = read_listen(assembly.http, reader);
  reader.set_own_listener(first_tcp(config.listen));
  config.metrics = read_metrics(assembly.metrics, reader);
  config.systemd_bus = read_systemd_bus(assembly.systemd, reader);
  config.statsd = read_statsd(assembly.statsd, reader);
  config.operations = read_operations(assembly.operations, reader);
  config.groups = read_groups(assembly.groups, reader);
  config.checks = CheckBuilder(*options.registry, assembly, sources.complete, reader).build();
  if (problems.count() > 0) {
    return std::unexpected(problems.take());
  }
  return config;
}

std::expected<std::vector<monitor::ListenAddress>, std::vector<Problem>> load_listen_only(
    const LoadOptions& options) {
  Problems unrelated;
  const Environment environment = environment_of(options);
  const Sources sources = read(options, environment, unrelated);
  if (!sources.complete) {
    return std::unexpected(unrelated.take());
  }
  const Assembly assembly = assemble(sources, unrelated);
  Problems problems;
  Reader reader(environment, "", problems);
  auto addresses = read_listen(assembly.http, reader);
  if (problems.count() > 0) {
    return std::unexpected(problems.take());
  }
  return addresses;
}

std::vector<Problem> internal(const LoadOptions& options, const char* what) {
  return {{.file = options.file ? options.file->string() : std::string(kBuiltinHost),
           .where = "file",
           .message = std::string("cannot be loaded: ") + what + " (a fault of hale itself)"}};
}

}  // namespace

std::expected<Config, std::vector<Problem>> load(const LoadOptions& options) {
  try {
    return load_all(options);
  } catch (const std::exception& error) {
    return std::unexpected(internal(options, error.what()));
  }
}

std::expected<std::vector<monitor::ListenAddress>, std::vector<Problem>> load_listen(
    const LoadOptions& options) {
  try {
    return load_listen_only(options);
  } catch (const std::exception& error) {
    return std::unexpected(internal(options, error.what()));
  }
}

std::string_view builtin_host() {
  return builtin_host_text();
}

}  // namespace hale::config
