// hale time NAME -- COMMAND...: runs a command and tells the daemon how long it took and how it
// ended, as a heartbeat where NAME is one, else as an operation.
//
// The command comes first. It is started before the daemon is asked for anything, the daemon is
// talked to in a thread of its own, and whatever goes wrong there costs one line on standard error
// and kEndPatience at most once the command has ended.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <asio/io_context.hpp>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/foreground_command.h"
#include "cli/load.h"
#include "cli/terminal.h"
#include "monitor/runtime/clock.h"
#include "monitor/time.h"

namespace hale::cli {
namespace {

constexpr auto kStartTimeout = std::chrono::seconds(2);
constexpr auto kEndTimeout = std::chrono::seconds(5);
// Of everything that is left to be told once the command has ended.
constexpr auto kEndPatience = std::chrono::seconds(5);

constexpr int kNoSuchCheck = 404;

// Where nobody takes it, the command must have its exit status all the same: no exception.
void say(const std::string& problem) {
  std::fputs(("hale: " + printable(problem) + "\n").c_str(), stderr);
}

// Says what is wrong.
std::optional<Client> find_client(const ClientOptions& options) {
  try {
    auto client = make_client(options);
    return client ? std::optional(std::move(*client)) : std::nullopt;
  } catch (const std::system_error&) {
    return std::nullopt;  // it cannot be said
  }
}

std::string text_of(const Poco::JSON::Object& object) {
  std::ostringstream text;
  object.stringify(text);
  return text.str();
}

double milliseconds(monitor::Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

class Reporter {
 public:
  Reporter(Client client, std::string name) : client_(std::move(client)), name_(std::move(name)) {}

  // A failure does not matter yet: the end tells everything that the start did.
  void start() {
    Poco::JSON::Object report;
    report.set("state", "start");
    const auto reply = client_.post(path(), text_of(report), kStartTimeout);
    is_heartbeat_ = reply || reply.error().status != kNoSuchCheck;
  }

  // Nothing: the daemon knows.
  std::optional<std::string> end(const CommandEnd& end) const {
    if (is_heartbeat_) {
      const auto reply = client_.post(path(), heartbeat(end), kEndTimeout);
      if (reply) {
        return std::nullopt;
      }
      if (reply.error().status != kNoSuchCheck) {
        return reply.error().message;
      }
    }
    const auto reply = client_.post("/api/v1/observe", operation(end), kEndTimeout);
    return reply ? std::nullopt : std::optional(reply.error().message);
  }

 private:
  std::string path() const { return "/api/v1/checks/" + path_segment(name_) + "/heartbeat"; }

  static std::string heartbeat(const CommandEnd& end) {
    Poco::JSON::Object report;
    report.set("state", "done");
    report.set("result", end.success() ? "pass" : "fail");
    if (end.started) {
      report.set("duration_ms", milliseconds(end.duration));
    }
    if (!end.problem.empty()) {
      report.set("message", end.problem);
    }
    return text_of(report);
  }

  std::string operation(const CommandEnd& end) const {
    Poco::JSON::Object observed;
    observed.set("operation", name_);
    observed.set("duration_ms", milliseconds(end.duration));
    observed.set("success", end.success());
    if (!end.success()) {
      // What has run has told how it went, and how long it took counts; else there was nothing.
      observed.set("reason", end.started ? "status" : "missing");
    }
    Poco::JSON::Array list;
    list.add(observed);
    std::ostringstream text;
    list.stringify(text);
    return text.str();
  }

  Client client_;
  std::string name_;
  bool is_heartbeat_ = true;  // until the daemon says that it has no check of that name
};

// What the daemon is told, one thing after the other, in a thread that can be left behind.
class Telling {
 public:
  explicit Telling(Reporter reporter) : reporter_(std::move(reporter)) {}
  ~Telling() {
    if (thread_.joinable()) {
      thread_.join();
    }
  }
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;

  void begin(bool with_start) {
    try {
      thread_ = std::thread([this, with_start, ended = ended_.get_future()]() mutable {
        if (with_start) {
          reporter_.start();
        }
        told_.set_value(reporter_.end(ended.get()));
      });
    } catch (const std::system_error&) {
      told_.set_value("no thread can be started");  // and the command runs all the same
    }
  }

  // Whatever hangs then, as a name server may, ends with this process.
  void end(const std::string& name, const CommandEnd& end) {
    ended_.set_value(end);
    std::string problem = "the daemon does not answer";
    const bool in_time = answer_.wait_for(kEndPatience) == std::future_status::ready;
    if (in_time) {
      const std::optional<std::string> said = answer_.get();
      if (!said) {
        return;
      }
      problem = *said;
    }
    say("\"" + name + "\" is not reported: " + problem);
    if (!in_time) {
      std::fflush(nullptr);
      std::_Exit(end.exit_status);
    }
  }

 private:
  Reporter reporter_;
  std::promise<CommandEnd> ended_;
  std::promise<std::optional<std::string>> told_;
  std::future<std::optional<std::string>> answer_ = told_.get_future();
  std::thread thread_;
};

}  // namespace

int time_command(const TimeOptions& options) {
  asio::io_context loop;
  const monitor::RealClock clock(loop);
  const std::optional<Client> client = find_client(options.client);
  if (!client) {
    const CommandEnd end = run_in_foreground(options.command, clock, [] {});
    if (!end.started) {
      say(end.problem);
    }
    return end.exit_status;
  }
  Telling telling(Reporter(*client, options.name));
  const CommandEnd end = run_in_foreground(options.command, clock, [&] { telling.begin(true); });
  if (!end.started) {
    say(end.problem);
    telling.begin(false);
  }
  telling.end(options.name, end);
  return end.exit_status;
}

}  // namespace hale::cli
