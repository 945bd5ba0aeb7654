// hale run: the daemon, in the foreground. The composition root.
#include <cerrno>
#include <csignal>
#include <string>
#include <utility>

#include <asio/executor_work_guard.hpp>
#include <asio/signal_set.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/exit_status.h"
#include "cli/file_limit.h"
#include "cli/load.h"
#include "cli/log.h"
#include "cli/port_holder.h"
#include "cli/service_checks.h"
#include "cli/version.h"
#include "cli/world.h"
#include "exporters/http/status_server.h"
#include "ingest/statsd_listener.h"
#include "monitor/control.h"
#include "monitor/operations/operations.h"
#include "monitor/runtime/listening_socket.h"
#include "monitor/state/state_keeper.h"

namespace hale::cli {
namespace {

LogFormat log_format(const LogOptions& options) {
  if (options.format == "auto") {
    return ::isatty(STDERR_FILENO) == 1 ? LogFormat::kText : LogFormat::kJson;
  }
  return options.format == "json" ? LogFormat::kJson : LogFormat::kText;
}

LogLevel log_level(const LogOptions& options) {
  if (options.level == "debug") {
    return LogLevel::kDebug;
  }
  if (options.level == "warning") {
    return LogLevel::kWarning;
  }
  return options.level == "error" ? LogLevel::kError : LogLevel::kInfo;
}

constexpr const char* kStateFailed = "state_failed";

// A check logs when its status changes, and only then: the event is the log line.
void log_event(Log& log, const monitor::Event& event) {
  if (event.kind == monitor::EventKind::kAgent) {
    return event.to == kStateFailed ? log.warning(event.to, {{"detail", event.message}})
                                    : log.info(event.to, {{"detail", event.message}});
  }
  LogFields fields;
  const auto add = [&fields](const char* name, std::string_view value) {
    if (!value.empty()) {
      fields.emplace_back(name, value);
    }
  };
  add("check", event.check);
  add(event.kind == monitor::EventKind::kFinding ? "kind" : "item", event.item);
  add("from", event.from);
  add("to", event.to);
  add("reason", to_string(event.reason));
  add("phase", to_string(event.phase));
  add("detail", event.message);
  if (event.kind == monitor::EventKind::kFinding) {
    return event.to == "resolved" ? log.info("finding", fields) : log.warning("finding", fields);
  }
  if (event.to == "unhealthy" || event.to == "degraded" || event.to == "unknown") {
    return log.warning("status", fields);
  }
  log.info("status", fields);
}

// What is listened on; all of it before anything else begins.
struct Sockets {
  std::vector<monitor::ListeningSocket> http;
  std::vector<monitor::ListeningSocket> statsd;
};

// The daemon: the world on this thread, the API and StatsD on their own.
class Daemon {
 public:
  Daemon(config::Config& config, Sockets sockets, Log& log)
      : log_(log),
        printed_(config::print(config)),
        metrics_(config.metrics),
        service_checks_(config.checks),
        world_(config, {.on_event = [this](const monitor::Event& event) { log_event(log_, event); },
                        .on_story = {}}),
        control_(world_.loop().get_executor(), world_.engine()),
        commands_(control_),
        operations_(config.operations, world_.clock().now()),
        server_(server_options(std::move(sockets.http)), world_.board(), world_.clock(), commands_,
                operations_),
        state_(world_.services(),
               {.folder = config.agent.state_dir, .by_default = config.agent.state_dir_by_default},
               [this](Health health, const std::string& message) { tell_state(health, message); }),
        statsd_(std::move(sockets.statsd), config.statsd.seconds_per_unit, operations_,
                world_.clock(), statsd_handlers()),
        signals_(world_.loop(), SIGINT, SIGTERM),
        hangups_(world_.loop(), SIGHUP) {}

  // Returns after a signal, when everything has ended.
  void run() {
    // The loop goes on while nothing is due, and while a hung run is all that is left.
    const auto work = asio::make_work_guard(world_.loop());
    signals_.async_wait([this](const asio::error_code& error, int signal) {
      if (!error) {
        stop(signal);
      }
    });
    expect_hangup();
    state_.begin([this] { start(); });
    world_.loop().run();
    if (started_) {
      statsd_.stop();
      server_.stop();
    }
  }

 private:
  using Health = monitor::StateKeeper::Health;

  // Once the state is there. Who has connected by then has waited for it.
  void start() {
    if (!stopping_) {
      started_ = true;
      world_.engine().start();
      server_.start();
      statsd_.start();
    }
  }

  void tell_state(Health health, const std::string& message) {
    const bool failed = health == Health::kFailed;
    world_.engine().set_component("state", failed                  ? "failed"
                                           : health == Health::kOn ? "on"
                                                                   : "off");
    if (!message.empty()) {
      world_.engine().tell(failed ? kStateFailed : "state", message);
    }
  }

  exporters::ServerOptions server_options(std::vector<monitor::ListeningSocket> sockets) {
    exporters::ServerOptions options;
    options.sockets = std::move(sockets);
    options.configuration = std::move(printed_);
    options.metrics = metrics_;
    options.log = [this](std::string_view message) { log_.warning(message); };
    return options;
  }

  ingest::StatsdListener::Handlers statsd_handlers() {
    return {.on_service_check =
                [this](ingest::ServiceCheck check) {
                  service_checks_.report(std::move(check), control_, operations_.counters());
                },
            .log = [this](std::string_view message) { log_.warning(message); }};
  }

  // Its default would end the daemon without a word, where many others read their configuration.
  void expect_hangup() {
    hangups_.async_wait([this](const asio::error_code& error, int) {
      if (!error) {
        log_.warning("SIGHUP is ignored: restart to take a new configuration");
        expect_hangup();
      }
    });
  }

  void stop(int signal) {
    log_.info("stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    // A second signal is for those who do not want to wait: it has its default effect.
    asio::error_code ignored;
    signals_.clear(ignored);
    stopping_ = true;
    world_.engine().stop([this] { state_.stop([this] { world_.loop().stop(); }); });
  }

  Log& log_;
  std::string printed_;  // before the world takes the checks
  monitor::MetricsSettings metrics_;
  ServiceChecks service_checks_;  // likewise
  World world_;
  monitor::Control control_;
  exporters::ControlCommands commands_;
  monitor::Operations operations_;
  exporters::StatusServer server_;
  monitor::StateKeeper state_;
  bool started_ = false;
  bool stopping_ = false;
  ingest::StatsdListener statsd_;
  asio::signal_set signals_;
  asio::signal_set hangups_;
};

std::vector<monitor::ListenAddress> addresses_of(
    const std::vector<monitor::ListeningSocket>& sockets) {
  std::vector<monitor::ListenAddress> addresses;
  for (const monitor::ListeningSocket& socket : sockets) {
    addresses.push_back(socket.address());
  }
  return addresses;
}

int refuse_to_listen(Log& log, const monitor::ListenError& error, monitor::Transport transport) {
  LogFields fields = {{"address", to_string(error.address)}};
  const auto* endpoint = std::get_if<asio::ip::tcp::endpoint>(&error.address);
  if (error.error == EADDRINUSE && endpoint != nullptr) {
    if (const auto holder = port_holder(*endpoint, transport)) {
      fields.emplace_back("holder", *holder);
    }
  }
  log.error(error.message, fields);
  return kUnavailable;
}

}  // namespace

int run_command(const RunOptions& options) {
  auto loaded = load_config(options.config);
  if (!loaded) {
    return loaded.error();
  }
  ::signal(SIGPIPE, SIG_IGN);
  Log log(log_format(options.log), log_level(options.log));
  raise_file_limit();

  auto http = monitor::ListeningSocket::open_all(loaded->config.listen);
  if (!http) {
    return refuse_to_listen(log, http.error(), monitor::Transport::kStream);
  }
  auto statsd = monitor::ListeningSocket::open_all(loaded->config.statsd.listen,
                                                   monitor::Transport::kDatagram);
  if (!statsd) {
    return refuse_to_listen(log, statsd.error(), monitor::Transport::kDatagram);
  }
  std::vector<monitor::ListenAddress> bound = addresses_of(*http);
  if (bound != loaded->config.listen) {
    // Port 0 has become a port, which checks of the agent's own listener have to know.
    ConfigOptions with_ports = options.config;
    with_ports.listen.clear();
    for (const monitor::ListenAddress& address : bound) {
      with_ports.listen.push_back(to_string(address));
    }
    loaded = load_config(with_ports);
    if (!loaded) {
      return loaded.error();
    }
  }

  const std::vector<monitor::ListenAddress> for_statsd = addresses_of(*statsd);
  Daemon daemon(loaded->config, {.http = std::move(*http), .statsd = std::move(*statsd)}, log);
  log.info("starting", {{"version", kVersion}, {"configuration", loaded->source}});
  for (const monitor::ListenAddress& address : bound) {
    log.info("listening", {{"address", to_string(address)}});
  }
  for (const monitor::ListenAddress& address : for_statsd) {
    log.info("listening", {{"address", to_string(address)}, {"for", "statsd"}});
  }
  daemon.run();
  log.info("stopped");
  return kOk;
}

}  // namespace hale::cli
