#include "cli/program.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <functional>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "config/agent_settings.h"
#include "monitor/suggest.h"

namespace hale::cli {
namespace {

// In the contract with users, and not there yet: said plainly instead of "unknown".
constexpr std::array<std::string_view, 4> kPlanned = {"ack", "maintain", "simulate", "notify"};

class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", std::string("hale ") + kVersion);
    app_.footer(
        "Without a configuration file hale watches its host. Exit status of check and\n"
        "status: 0 healthy, 1 degraded (also where only checks that are not critical are\n"
        "unhealthy), 2 unhealthy, 3 unknown.");
    add_run();
    add_check();
    add_status();
    add_events();
    add_explain();
    add_pause();
    add_time();
    add_configuration();
  }

  int execute(int argc, char** argv) {
    if (argc > 1 && std::find(kPlanned.begin(), kPlanned.end(), argv[1]) != kPlanned.end()) {
      fmt::print(stderr, "hale: \"{}\" is not built yet in version {}\n", argv[1], kVersion);
      return kUsage;
    }
    if (argc > 1 && argv[1][0] != '-' && !is_command(argv[1])) {
      return refuse_command(argv[1]);
    }
    const int own =
        argc > 1 && argv[1] == std::string_view("time") ? take_command(argc, argv) : argc;
    try {
      app_.parse(own, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? kOk : kUsage;
    }
    return action_();
  }

 private:
  CLI::App* command(const std::string& name, const std::string& help, std::function<int()> action) {
    CLI::App* sub = app_.add_subcommand(name, help);
    sub->callback([this, action = std::move(action)] { action_ = action; });
    return sub;
  }

  std::vector<std::string> command_names() {
    std::vector<std::string> names;
    for (const CLI::App* sub : app_.get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(sub->get_name());
    }
    return names;
  }

  bool is_command(const std::string& name) {
    const std::vector<std::string> names = command_names();
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  int refuse_command(const std::string& name) {
    const std::vector<std::string> known = command_names();
    const std::optional<std::string> near = monitor::closest(name, known);
    fmt::print(stderr, "hale: no command \"{}\"{}\n", printable(name),
               near ? "; did you mean \"" + *near + "\"?" : " (hale --help lists them)");
    return kUsage;
  }

  static void add_config_file(CLI::App* sub, ConfigOptions& options) {
    sub->add_option("-c,--config", options.file, "configuration file")->type_name("FILE");
    sub->add_option("--set", options.set, "set one key, such as agent.name=web-1")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
  }

  static void add_client(CLI::App* sub, ClientOptions& options) {
    sub->add_option("--url", options.url, "the daemon, such as http://127.0.0.1:4253")
        ->type_name("URL");
    add_config_file(sub, options.config);
  }

  void add_run() {
    CLI::App* sub =
        command("run", "run the agent in the foreground", [this] { return run_command(run_); });
    add_config_file(sub, run_.config);
    sub->add_option("--listen", run_.config.listen, "where the API listens; may be repeated")
        ->type_name("ADDRESS")
        ->allow_extra_args(false);
    sub->add_option("--profile", run_.config.profile, "minimal, standard or full");
    sub->add_option("--log-format", run_.log.format, "auto, text or json")
        ->check(CLI::IsMember({"auto", "text", "json"}));
    sub->add_option("--log-level", run_.log.level, "debug, info, warning or error")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  }

  void add_check() {
    CLI::App* sub = command("check", "run checks once, now, and print what they see",
                            [this] { return check_command(check_); });
    add_client(sub, check_.client);
    sub->add_option("NAME", check_.names, "only these checks");
    sub->add_flag("--json", check_.json, "print JSON");
    CLI::Option* daemon =
        sub->add_flag("--daemon", check_.daemon, "run them in the running daemon");
    sub->add_flag("-v,--verbose", check_.verbose,
                  "tell the whole story of each run: addresses, phases, answers, what did not hold")
        ->excludes(daemon);
  }

  void add_status() {
    CLI::App* sub = command("status", "ask the running daemon how things are",
                            [this] { return status_command(status_); });
    add_client(sub, status_.client);
    sub->add_option("NAME", status_.names, "only these checks");
    sub->add_option("--group", status_.group, "only the checks of this group");
    sub->add_option("--status", status_.status, "only the checks with this status")
        ->check(
            CLI::IsMember({"pending", "healthy", "degraded", "unhealthy", "unknown", "paused"}));
    sub->add_flag("--json", status_.json, "print JSON");
    sub->add_flag("--watch", status_.watch, "redraw every second until Ctrl-C");
  }

  void add_events() {
    CLI::App* sub =
        command("events", "print what happened", [this] { return events_command(events_); });
    add_client(sub, events_.client);
    sub->add_flag("-f,--follow", events_.follow, "go on printing as things happen");
    sub->add_flag("--json", events_.json, "print JSON");
  }

  void add_explain() {
    CLI::App* sub = command("explain", "print everything known about one check",
                            [this] { return explain_command(explain_); });
    add_client(sub, explain_.client);
    sub->add_option("NAME", explain_.name, "the check")->required();
  }

  void add_pause() {
    CLI::App* sub = command("pause", "stop running a check for a while",
                            [this] { return pause_command(pause_); });
    add_client(sub, pause_.client);
    sub->add_option("NAME", pause_.name, "the check")->required();
    sub->add_option("--for", pause_.duration, "how long, such as 1h; default: until resumed")
        ->type_name("DURATION");
    sub->add_option("--reason", pause_.reason, "why, for the others");
    CLI::App* resume =
        command("resume", "run a paused check again", [this] { return resume_command(pause_); });
    add_client(resume, pause_.client);
    resume->add_option("NAME", pause_.name, "the check")->required();
  }

  void add_time() {
    CLI::App* sub = command("time", "run a command and report how long it took and how it ended",
                            [this] { return timed_command(); });
    add_client(sub, time_.client);
    sub->add_option("NAME", time_.name, "the heartbeat that it is, or else an operation")
        ->required();
    sub->footer(
        "What follows \"--\" is the command: hale time backup -- /usr/local/bin/backup --all\n"
        "The exit status is the command's. What cannot be reported costs one line on\n"
        "standard error.");
  }

  // What follows "--" is the command's, as it stands: nothing of it is read as ours. Returns how
  // many arguments are left.
  int take_command(int argc, char** argv) {
    char** const end = argv + argc;
    char** const mark =
        std::find_if(argv, end, [](const char* word) { return word == std::string_view("--"); });
    if (mark != end) {
      time_.command.assign(mark + 1, end);
    }
    return static_cast<int>(mark - argv);
  }

  int timed_command() {
    if (time_.command.empty() || time_.command.front().empty()) {
      fmt::print(stderr, "hale: time needs a command: hale time NAME -- COMMAND...\n");
      return kUsage;
    }
    return time_command(time_);
  }

  void add_configuration() {
    CLI::App* validate = command("validate", "check a configuration and say all that is wrong",
                                 [this] { return validate_command(validate_); });
    add_client(validate, validate_.client);
    CLI::Option* print = validate->add_flag("--print", validate_.print,
                                            "print it with every default, secrets masked");
    validate
        ->add_flag("--diff", validate_.diff,
                   "print how it differs from that of the running daemon; exit status 1 if it does")
        ->excludes(print);
    CLI::App* types = command("types", "the check types, or all about one",
                              [this] { return types_command(types_); });
    types->add_option("TYPE", types_.type, "the type");
    CLI::Option* json = types->add_flag("--json", types_.json, "print JSON");
    types->add_flag("--markdown", types_.markdown, "print Markdown, for a page of your own")
        ->excludes(json);
    command("schema", "JSON Schema of the configuration file, for editors",
            [] { return schema_command(); });
    add_discover();
    command("version", "print the version", [] { return version_command(); });
  }

  void add_discover() {
    CLI::App* sub = command("discover", "look at this host and print a configuration for it",
                            [this] { return discover_command(discover_); });
    const auto check_bus = [](const std::string& text) {
      return config::is_bus(text) ? std::string()
                                  : "no bus (write system, user or unix:path=/PATH)";
    };
    sub->add_option("--bus", discover_.bus, "of systemd: system, user, or an address")
        ->type_name("BUS")
        ->check(check_bus);
    sub->footer(
        "hale discover > hale.toml && hale run -c hale.toml\n"
        "Conflicts and risks, and what could not be looked at, are told on standard error as\n"
        "well. Root sees more than others. Each port is asked at most a few questions that need\n"
        "no password and change nothing.");
  }

  CLI::App app_{"hale watches the health of a host and of what it depends on, and says why.",
                "hale"};
  std::function<int()> action_;
  RunOptions run_;
  CheckOptions check_;
  StatusOptions status_;
  EventsOptions events_;
  ExplainOptions explain_;
  PauseOptions pause_;
  TimeOptions time_;
  ValidateOptions validate_;
  TypesOptions types_;
  DiscoverOptions discover_;
};

}  // namespace

int run_program(int argc, char** argv) {
  try {
    CommandLine command_line;
    return command_line.execute(argc, argv);
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::broken_pipe) {
      return 128 + SIGPIPE;  // whoever read the output has seen enough, as `head` does
    }
    fmt::print(stderr, "hale: internal error: {}\n", error.what());
    return kInternal;
  } catch (const std::exception& exception) {
    fmt::print(stderr, "hale: internal error: {}\n", exception.what());
    return kInternal;
  }
}

}  // namespace hale::cli
