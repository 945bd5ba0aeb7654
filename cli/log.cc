#include "cli/log.h"

#include <array>

#include <Poco/AsyncChannel.h>
#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Message.h>
#include <Poco/Timestamp.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "exporters/json/json_writer.h"

namespace hale::cli {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};

constexpr std::array<Poco::Message::Priority, 4> kPriorities = {
    Poco::Message::PRIO_DEBUG, Poco::Message::PRIO_INFORMATION, Poco::Message::PRIO_WARNING,
    Poco::Message::PRIO_ERROR};

// The end of the pipeline, on the log's own thread. A reader that takes nothing for a second costs
// the line, so that the agent can always stop.
class StandardErrorChannel final : public Poco::Channel {
 public:
  void log(const Poco::Message& message) override {
    const std::string line = message.getText() + '\n';
    std::string_view rest = line;
    while (!rest.empty() && is_writable()) {
      const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
      if (written <= 0) {
        return;  // nobody reads any more: there is nobody to tell
      }
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }

 private:
  static bool is_writable() {
    pollfd descriptor{};
    descriptor.fd = STDERR_FILENO;
    descriptor.events = POLLOUT;
    constexpr int kPatienceMs = 1000;
    return ::poll(&descriptor, 1, kPatienceMs) == 1;
  }
};

std::string timestamp(double seconds, const char* format) {
  const Poco::Timestamp at(static_cast<Poco::Timestamp::TimeVal>(seconds * 1e6));
  return Poco::DateTimeFormatter::format(at, format);
}

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=") != std::string_view::npos;
}

}  // namespace

struct Log::State {
  LogFormat format;
  LogLevel level;
  Poco::AutoPtr<Poco::AsyncChannel> channel;
};

Log::Log(LogFormat format, LogLevel level) : state_(std::make_unique<State>()) {
  state_->format = format;
  state_->level = level;
  Poco::AutoPtr<StandardErrorChannel> end(new StandardErrorChannel);
  state_->channel = new Poco::AsyncChannel(end);
  state_->channel->setProperty("queueSize", std::to_string(kQueued));
}

Log::~Log() {
  state_->channel->close();
}

void Log::debug(std::string_view message, const LogFields& fields) {
  write(LogLevel::kDebug, message, fields);
}
void Log::info(std::string_view message, const LogFields& fields) {
  write(LogLevel::kInfo, message, fields);
}
void Log::warning(std::string_view message, const LogFields& fields) {
  write(LogLevel::kWarning, message, fields);
}
void Log::error(std::string_view message, const LogFields& fields) {
  write(LogLevel::kError, message, fields);
}

void Log::write(LogLevel level, std::string_view message, const LogFields& fields) {
  if (level < state_->level) {
    return;
  }
  const double now = static_cast<double>(Poco::Timestamp().epochMicroseconds()) / 1e6;
  state_->channel->log(Poco::Message("hale",
                                     format_log_line(state_->format, level, now, message, fields),
                                     kPriorities[static_cast<std::size_t>(level)]));
}

std::string format_log_line(LogFormat format, LogLevel level, double seconds,
                            std::string_view message, const LogFields& fields) {
  const std::string_view level_name = kLevels[static_cast<std::size_t>(level)];
  std::string line;
  if (format == LogFormat::kJson) {
    exporters::JsonWriter json(line);
    json.begin_object();
    json.key("time");
    json.string(timestamp(seconds, "%Y-%m-%dT%H:%M:%S.%iZ"));
    json.key("level");
    json.string(level_name);
    json.key("message");
    json.string(message);
    for (const auto& [name, value] : fields) {
      json.key(name);
      json.string(value);
    }
    json.end_object();
    return line;
  }
  line = fmt::format("{} {:7} {}", timestamp(seconds, "%Y-%m-%d %H:%M:%S.%iZ"), level_name,
                     printable(message));
  for (const auto& [name, value] : fields) {
    const std::string_view quote = needs_quotes(value) ? "\"" : "";
    line += fmt::format(" {}={}{}{}", name, quote, printable(value), quote);
  }
  return line;
}

}  // namespace hale::cli
