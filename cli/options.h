// What the command line says, parsed (cli/program.cc) and not yet acted upon.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hale::cli {

// Where the configuration comes from, for every command that needs one.
struct ConfigOptions {
  std::string file;  // -c; empty: $HALE_CONFIG, /etc/hale/hale.toml, the embedded default
  std::vector<std::string> set;
  std::vector<std::string> listen;
  std::optional<std::string> profile;
};

struct LogOptions {
  std::string format = "auto";  // auto | text | json
  std::string level = "info";
};

// Where the daemon is, for every command that asks it.
struct ClientOptions {
  std::string url;  // --url; empty: $HALE_URL, else the configuration's first address
  ConfigOptions config;
};

struct RunOptions {
  ConfigOptions config;
  LogOptions log;
};

struct CheckOptions {
  ClientOptions client;
  std::vector<std::string> names;
  bool json = false;
  bool daemon = false;
  bool verbose = false;
};

struct StatusOptions {
  ClientOptions client;
  std::vector<std::string> names;
  std::string group;
  std::string status;
  bool json = false;
  bool watch = false;
};

struct EventsOptions {
  ClientOptions client;
  bool follow = false;
  bool json = false;
};

struct ExplainOptions {
  ClientOptions client;
  std::string name;
};

struct PauseOptions {
  ClientOptions client;
  std::string name;
  std::string duration;
  std::string reason;
};

struct TimeOptions {
  ClientOptions client;
  std::string name;
  std::vector<std::string> command;  // never empty
};

struct ValidateOptions {
  ClientOptions client;
  bool print = false;
  bool diff = false;
};

struct TypesOptions {
  std::string type;
  bool json = false;
  bool markdown = false;
};

struct DiscoverOptions {
  std::string bus = "system";  // of systemd: "system", "user" or an address
};

}  // namespace hale::cli
