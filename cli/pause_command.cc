// hale pause NAME, hale resume NAME.
#include <cstdlib>
#include <sstream>
#include <string>

#include <Poco/JSON/Object.h>
#include <fmt/core.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/load.h"
#include "cli/terminal.h"

namespace hale::cli {
namespace {

// Who pauses, for the others: not an authentication.
std::string user() {
  for (const char* name : {"SUDO_USER", "USER", "LOGNAME"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
      return value;
    }
  }
  return "uid " + std::to_string(::getuid());
}

int command(const PauseOptions& options, const char* verb, const std::string& body) {
  const auto client = make_client(options.client);
  if (!client) {
    return client.error();
  }
  const auto reply =
      client->post("/api/v1/checks/" + path_segment(options.name) + "/" + verb, body);
  if (!reply) {
    return report(reply.error());
  }
  const auto check = (*reply)->getObject("check");
  const std::string status = check ? check->optValue<std::string>("status", "") : "";
  fmt::print("{} is {}{}\n", printable(options.name), printable(status),
             options.duration.empty() ? "" : " for " + options.duration);
  return kOk;
}

}  // namespace

int pause_command(const PauseOptions& options) {
  Poco::JSON::Object request;
  if (!options.duration.empty()) {
    request.set("for", options.duration);
  }
  if (!options.reason.empty()) {
    request.set("reason", options.reason);
  }
  request.set("by", user());
  std::ostringstream body;
  request.stringify(body);
  return command(options, "pause", body.str());
}

int resume_command(const PauseOptions& options) {
  return command(options, "resume", "");
}

}  // namespace hale::cli
