// The agent's log, on standard error: text on a terminal, else one JSON object a line. Writing
// never blocks the caller: lines go through a bounded queue to a thread of their own, and what
// does not fit is dropped and counted in the log itself. Any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hale::cli {

enum class LogFormat { kText, kJson };
enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Facts beside the message, in this order: {"address", "127.0.0.1:4253"}.
using LogFields = std::vector<std::pair<std::string, std::string>>;

class Log {
 public:
  static constexpr int kQueued = 4096;

  Log(LogFormat format, LogLevel level);
  ~Log();  // writes what is queued
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view message, const LogFields& fields = {});
  void info(std::string_view message, const LogFields& fields = {});
  void warning(std::string_view message, const LogFields& fields = {});
  void error(std::string_view message, const LogFields& fields = {});

 private:
  void write(LogLevel level, std::string_view message, const LogFields& fields);

  struct State;
  std::unique_ptr<State> state_;
};

// One line without its end, as the log writes it; `seconds` is Unix time.
std::string format_log_line(LogFormat format, LogLevel level, double seconds,
                            std::string_view message, const LogFields& fields);

}  // namespace hale::cli
