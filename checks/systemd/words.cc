#include "checks/systemd/words.h"

#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string_view>

#include <signal.h>

namespace hale::checks {
namespace {

std::string signal_text(int number) {
  const char* const name = ::sigabbrev_np(number);
  return name == nullptr ? "signal " + std::to_string(number) : "SIG" + std::string(name);
}

struct ResultWords {
  std::string_view result;
  std::string_view text;
};
// Results that say more than how the process ended, or that end no process.
constexpr std::array<ResultWords, 7> kResults = {{
    {"oom-kill", "killed for want of memory"},
    {"watchdog", "missed its watchdog"},
    {"timeout", "took longer than systemd waits"},
    {"resources", "systemd could not start it"},
    {"protocol", "did not start as its Type= says"},
    {"start-limit-hit", "started too often"},
    {"exec-condition", "its ExecCondition= did not hold"},
}};

std::tm local(monitor::WallTime time) {
  const auto seconds = static_cast<std::time_t>(
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

std::string clock_text(monitor::WallTime time, monitor::WallTime now) {
  const std::tm then = local(time);
  const std::tm today = local(now);
  const bool same_day = then.tm_year == today.tm_year && then.tm_yday == today.tm_yday;
  std::array<char, 64> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), same_day ? "%H:%M" : "%Y-%m-%d %H:%M", &then);
  return {text.data(), size};
}

std::string exit_text(int code, int status) {
  switch (code) {
    case CLD_EXITED:
      return "exit status " + std::to_string(status);
    case CLD_KILLED:
      return "killed by " + signal_text(status);
    case CLD_DUMPED:
      return "dumped core by " + signal_text(status);
    default:
      return "";
  }
}

std::string end_text(const ServiceFacts& service) {
  for (const ResultWords& words : kResults) {
    if (service.result == words.result) {
      return std::string(words.text);
    }
  }
  std::string text = exit_text(service.exit_code, service.exit_status);
  if (!text.empty() || service.result.empty() || service.result == "success") {
    return text;
  }
  return service.result;  // a word of a newer systemd, or no main process was ever started
}

}  // namespace hale::checks
