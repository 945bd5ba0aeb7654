#include "cli/load.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

#include "checks/builtin_checks.h"
#include "cli/exit_status.h"
#include "cli/terminal.h"

namespace hale::cli {
namespace {

constexpr const char* kSystemFile = "/etc/hale/hale.toml";

std::optional<std::string> environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) {
    return std::nullopt;
  }
  return std::string(value);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) {
    return "localhost";
  }
  return name.data();
}

std::optional<std::filesystem::path> find_file(const ConfigOptions& options) {
  if (!options.file.empty()) {
    return options.file;
  }
  if (const auto named = environment("HALE_CONFIG"); named && !named->empty()) {
    return *named;
  }
  std::error_code ignored;
  if (std::filesystem::exists(kSystemFile, ignored)) {
    return kSystemFile;
  }
  return std::nullopt;
}

config::LoadOptions load_options(const ConfigOptions& options) {
  config::LoadOptions load;
  load.file = find_file(options);
  load.registry = &registry();
  load.environment = environment;
  load.set = options.set;
  load.listen = options.listen;
  load.profile = options.profile;
  load.host_name = host_name();
  if (const auto directory = environment("CREDENTIALS_DIRECTORY")) {
    load.credentials_directory = *directory;
  }
  return load;
}

// The exit status.
int print(const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    fmt::print(stderr, "{}\n", printable(problem.to_string()));
  }
  return kConfiguration;
}

std::expected<std::string, int> daemon_url(const ClientOptions& options) {
  if (!options.url.empty()) {
    return options.url;
  }
  if (const auto url = environment("HALE_URL"); url && !url->empty()) {
    return *url;
  }
  const auto addresses = config::load_listen(load_options(options.config));
  if (!addresses) {
    return std::unexpected(print(addresses.error()));
  }
  const monitor::ListenAddress& address = addresses->front();
  if (const auto* endpoint = std::get_if<asio::ip::tcp::endpoint>(&address)) {
    return "http://" + monitor::to_string(monitor::reachable(*endpoint));
  }
  return monitor::to_string(address);
}

// "": none is needed.
std::expected<std::string, std::string> daemon_token() {
  const auto path = environment("HALE_TOKEN_FILE");
  if (!path || path->empty()) {
    return "";
  }
  const std::string file = "the file in HALE_TOKEN_FILE, \"" + *path + "\", ";
  constexpr std::size_t kMaxToken = 4096;
  std::ifstream stream(*path, std::ios::binary);
  std::string token(kMaxToken + 1, '\0');
  if (!stream || (!stream.read(token.data(), kMaxToken + 1) && stream.bad())) {
    return std::unexpected(file + "cannot be read");
  }
  token.resize(static_cast<std::size_t>(stream.gcount()));
  token.erase(token.find_last_not_of(" \t\r\n") + 1);
  const bool printable_word =
      std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (token.empty() || token.size() > kMaxToken || !printable_word) {
    return std::unexpected(file + "holds no token");
  }
  return token;
}

}  // namespace

const monitor::CheckRegistry& registry() {
  static const monitor::CheckRegistry kRegistry = [] {
    monitor::CheckRegistry made;
    checks::register_builtin_checks(made);
    return made;
  }();
  return kRegistry;
}

std::expected<LoadedConfig, int> load_config(const ConfigOptions& options) {
  const config::LoadOptions load = load_options(options);
  auto config = config::load(load);
  if (!config) {
    return std::unexpected(print(config.error()));
  }
  LoadedConfig loaded;
  loaded.config = std::move(*config);
  loaded.source = load.file ? load.file->string() : "the embedded default";
  return loaded;
}

std::expected<Client, int> make_client(const ClientOptions& options) {
  auto url = daemon_url(options);
  if (!url) {
    return std::unexpected(url.error());
  }
  auto token = daemon_token();
  if (!token) {
    fmt::print(stderr, "hale: {}\n", printable(token.error()));
    return std::unexpected(kUsage);
  }
  Client client(std::move(*url));
  client.set_token(std::move(*token));
  return client;
}

int report(const ClientError& error) {
  fmt::print(stderr, "hale: {}\n", printable(error.message));
  if (error.unreachable) {
    return kUnavailable;
  }
  return error.status == 404 || error.status == 400 ? kUsage : kInternal;
}

}  // namespace hale::cli
