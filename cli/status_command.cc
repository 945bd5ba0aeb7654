// hale status: what a running daemon knows, as a table.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <sstream>
#include <string>

#include <fmt/core.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/load.h"
#include "cli/status_table.h"
#include "cli/terminal.h"

namespace hale::cli {
namespace {

bool is_wanted(const StatusOptions& options, const std::string& name,
               const Poco::JSON::Object& check) {
  const auto is = [&check](const char* key, const std::string& value) {
    return value.empty() ||
           (check.has(key) && !check.isNull(key) && check.getValue<std::string>(key) == value);
  };
  const bool named = options.names.empty() || std::find(options.names.begin(), options.names.end(),
                                                        name) != options.names.end();
  return named && is("group", options.group) && is("status", options.status);
}

// The word that decides the exit status: of the named checks or the group, by the daemon's own
// roll-up, else of everything.
std::expected<std::string, ClientError> overall(const Client& client,
                                                const StatusOptions& options) {
  std::string path = "/healthz";
  char separator = '?';
  if (!options.names.empty()) {
    path += "?check=";
    for (const std::string& name : options.names) {
      path += (&name == &options.names.front() ? "" : ",") + path_segment(name);
    }
    separator = '&';
  }
  if (!options.group.empty()) {
    path += separator + ("group=" + path_segment(options.group));
  }
  auto word = client.get_health(path);
  if (word) {
    word->erase(word->find_last_not_of("\r\n ") + 1);
  }
  return word;
}

int show_once(const Client& client, const StatusOptions& options, std::string& screen) {
  auto document = client.get_json("/api/v1/status");
  if (!document) {
    return report(document.error());
  }
  const auto word = overall(client, options);
  if (!word) {
    return report(word.error());
  }
  if (options.json) {
    Poco::JSON::Object& status = **document;
    if (Poco::JSON::Object::Ptr checks = status.getObject("checks")) {
      for (const std::string& name : checks->getNames()) {
        if (!is_wanted(options, name, *checks->getObject(name))) {
          checks->remove(name);
        }
      }
    }
    std::ostringstream text;
    status.stringify(text);
    screen = text.str() + "\n";
    return exit_status_of(*word);
  }
  StatusTableOptions table;
  table.colour = wants_colour(STDOUT_FILENO);
  table.width = terminal_width(STDOUT_FILENO);
  screen = status_table(**document, table,
                        [&options](const std::string& name, const Poco::JSON::Object& check) {
                          return is_wanted(options, name, check);
                        });
  if ((*document)->optValue("findings", 0) > 0) {
    const auto findings = client.get_json("/api/v1/findings");
    if (!findings) {
      return report(findings.error());
    }
    const Poco::JSON::Object::Ptr checks = (*document)->getObject("checks");
    screen += findings_table(**findings, (*document)->optValue("time", 0.0), table,
                             [&options, &checks](const std::string& name) {
                               const auto check = checks ? checks->getObject(name) : nullptr;
                               return check && is_wanted(options, name, *check);
                             });
  }
  return exit_status_of(*word);
}

volatile std::sig_atomic_t interrupted = 0;

int watch(const Client& client, const StatusOptions& options) {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted = 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  int status = kUnknown;
  while (interrupted == 0) {
    std::string screen;
    status = show_once(client, options, screen);
    // Home, the new screen, and only then what is left of the old one: nothing flickers.
    std::string lines;
    for (const char c : screen) {
      lines += c == '\n' ? "\x1b[K\n" : std::string(1, c);
    }
    fmt::print("\x1b[H{}\x1b[J", lines);
    std::fflush(stdout);
    ::usleep(1'000'000);  // a signal ends it early
  }
  fmt::print("\n");
  return status;
}

}  // namespace

int status_command(const StatusOptions& options) {
  const auto client = make_client(options.client);
  if (!client) {
    return client.error();
  }
  if (options.watch) {
    return watch(*client, options);
  }
  std::string screen;
  const int status = show_once(*client, options, screen);
  fmt::print("{}", screen);
  return status;
}

}  // namespace hale::cli
