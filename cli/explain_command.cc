// hale explain NAME: everything known about one check, for a person.
#include <string>

#include <fmt/core.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/explanation.h"
#include "cli/load.h"
#include "cli/terminal.h"

namespace hale::cli {
namespace {

constexpr unsigned kHistoryShown = 10;

}  // namespace

int explain_command(const ExplainOptions& options) {
  const auto client = make_client(options.client);
  if (!client) {
    return client.error();
  }
  const std::string path = "/api/v1/checks/" + path_segment(options.name);
  const auto check = client->get_json(path);
  if (!check) {
    return report(check.error());
  }
  const auto history = client->get_json(path + "/history?limit=" + std::to_string(kHistoryShown));
  if (!history) {
    return report(history.error());
  }
  fmt::print("{}", explain(**check, **history, wants_colour(STDOUT_FILENO)));
  return kOk;
}

}  // namespace hale::cli
