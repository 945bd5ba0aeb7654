// hale check: runs checks once, now, in this process or in the running daemon.
#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/post.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/explanation.h"
#include "cli/file_limit.h"
#include "cli/load.h"
#include "cli/status_table.h"
#include "cli/terminal.h"
#include "cli/world.h"
#include "exporters/json/documents.h"
#include "monitor/suggest.h"

namespace hale::cli {
namespace {

// Enough to be quick, few enough for any limit on descriptors.
constexpr std::size_t kAtOnce = 200;

int print_status(const monitor::BoardView& view, const CheckOptions& options) {
  const std::string json = exporters::status_json(view);
  const auto document = parse_object(json);
  if (!document) {
    return report(document.error());
  }
  const auto overall = (*document)->optValue<std::string>("overall_status", "unknown");
  if (options.json) {
    fmt::print("{}\n", json);
    return exit_status_of(overall);
  }
  StatusTableOptions table;
  table.colour = wants_colour(STDOUT_FILENO);
  table.width = terminal_width(STDOUT_FILENO);
  table.with_age = false;
  fmt::print("{}", status_table(**document, table, [](const auto&, const auto&) { return true; }));
  if (const auto findings = parse_object(exporters::findings_json(*view.findings))) {
    fmt::print("{}", findings_table(**findings, (*document)->optValue("time", 0.0), table,
                                    [](const std::string&) { return true; }));
  }
  return exit_status_of(overall);
}

// Keeps only the named checks; false when a name is none, which is said.
bool select(std::vector<monitor::ConfiguredCheck>& checks, const std::vector<std::string>& names) {
  if (names.empty()) {
    return true;
  }
  std::vector<std::string> known;
  for (const monitor::ConfiguredCheck& check : checks) {
    known.push_back(check.settings->name);
  }
  bool all_known = true;
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::optional<std::string> near = monitor::closest(name, known);
      fmt::print(stderr, "hale: no check named \"{}\"{}\n", printable(name),
                 near ? "; did you mean \"" + *near + "\"?" : "");
      all_known = false;
    }
  }
  std::erase_if(checks, [&](const monitor::ConfiguredCheck& check) {
    return std::find(names.begin(), names.end(), check.settings->name) == names.end();
  });
  return all_known;
}

// Runs every check of the world once, kAtOnce at a time, then stops the engine. What is reported to
// refuses to be run, and stays pending.
class OneRound {
 public:
  OneRound(World& world, std::vector<std::string> names)
      : world_(world), waiting_(names.begin(), names.end()) {}

  void run() {
    asio::post(world_.loop(), [this] { start_more(); });
    world_.loop().run();
  }

 private:
  void start_more() {
    while (!waiting_.empty() && running_ < kAtOnce) {
      const std::string name = std::move(waiting_.front());
      waiting_.pop_front();
      ++running_;
      world_.engine().run_now(name, [this](const auto&) {
        --running_;
        // Not from within the engine's own turn.
        asio::post(world_.loop(), [this] { start_more(); });
      });
    }
    if (waiting_.empty() && running_ == 0 && !stopped_) {
      stopped_ = true;
      world_.engine().stop([this] { world_.loop().stop(); });
    }
  }

  World& world_;
  std::deque<std::string> waiting_;
  std::size_t running_ = 0;
  bool stopped_ = false;
};

void print_stories(const monitor::BoardView& view,
                   const std::map<std::string, monitor::Story>& stories) {
  for (const auto& [name, story] : stories) {
    const auto check = parse_object(exporters::check_json(*view.find(name), *view.findings));
    if (check) {
      fmt::print("{}\n", explain_run(**check, story, wants_colour(STDOUT_FILENO)));
    }
  }
}

int check_here(const CheckOptions& options) {
  // Nobody listens here, so that the check of the agent's own listener has nothing to look at: a
  // port that is not known yet leaves it out.
  ConfigOptions once = options.client.config;
  once.listen = {"127.0.0.1:0"};
  auto loaded = load_config(once);
  if (!loaded) {
    return loaded.error();
  }
  if (!select(loaded->config.checks, options.names)) {
    return kUsage;
  }
  std::vector<std::string> names;
  for (monitor::ConfiguredCheck& check : loaded->config.checks) {
    names.push_back(check.settings->name);
    // There will be no further run that could tell more.
    auto settings = std::make_shared<monitor::CheckSettings>(*check.settings);
    settings->max_unknown = 1;
    check.settings = std::move(settings);
  }
  raise_file_limit();
  std::map<std::string, monitor::Story> stories;
  World::Listeners listeners;
  if (options.verbose) {
    listeners.on_story = [&stories](const std::string& check, const monitor::Story& story) {
      stories[check] = story;
    };
  }
  World world(loaded->config, std::move(listeners));
  OneRound round(world, std::move(names));
  round.run();
  const std::shared_ptr<const monitor::BoardView> view = world.board().view();
  if (view->checks.empty()) {
    fmt::print(stderr, "hale: {} has no checks\n", loaded->source);
    return kUnknown;
  }
  if (options.verbose && !options.json) {
    print_stories(*view, stories);
  }
  return print_status(*view, options);
}

int check_in_daemon(const CheckOptions& options) {
  const auto client = make_client(options.client);
  if (!client) {
    return client.error();
  }
  auto status = client->get_json("/api/v1/status");
  if (!status) {
    return report(status.error());
  }
  std::vector<std::string> names = options.names;
  if (names.empty()) {
    names = (*status)->getObject("checks")->getNames();
  }
  for (const std::string& name : names) {
    // A check may take its whole timeout, which the daemon bounds.
    const auto reply =
        client->post("/api/v1/checks/" + path_segment(name) + "/run", "", std::chrono::minutes(5));
    if (!reply && reply.error().code != "not_run") {  // a heartbeat is shown as it is
      return report(reply.error());
    }
  }
  StatusOptions shown;
  shown.client.url = client->url();
  shown.names = options.names;
  shown.json = options.json;
  return status_command(shown);
}

}  // namespace

int check_command(const CheckOptions& options) {
  return options.daemon ? check_in_daemon(options) : check_here(options);
}

}  // namespace hale::cli
