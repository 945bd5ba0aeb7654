#include "checks/exec/command_result.h"

#include <cstring>
#include <utility>

#include "checks/excerpt.h"
#include "checks/exec/nagios_output.h"
#include "checks/proc/text.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;

constexpr std::size_t kLongestMessage = 400;

std::string first_line(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      return escaped(line.substr(0, line.find_last_not_of(" \t\r") + 1), kLongestMessage);
    }
  }
  return "";
}

// What the command says about itself: its first line, or that of its errors.
std::string words_of(const ProcessReport& report, const std::string& text) {
  if (!text.empty()) {
    return escaped(text, kLongestMessage);
  }
  const std::string line = first_line(report.output.text);
  return line.empty() ? first_line(report.errors.text) : line;
}

// "exit status 3: no such host", or the words alone where the status says no more than they do.
std::string message_of(const ExitStatus& status, const std::string& words, bool expected) {
  const std::string how = "exit status " + std::to_string(status.value);
  if (words.empty()) {
    return how + ", no output";
  }
  return expected ? words : how + ": " + words;
}

Outcome exit_outcome(const CommandReading& reading, const ExitStatus& status,
                     const std::string& words) {
  const int value = status.value;
  const bool expected = value == 0 || (reading.nagios && value <= 3);
  std::string message = message_of(status, words, expected);
  if (value == 0) {
    return Outcome::pass(std::move(message));
  }
  const std::string code = std::to_string(value);
  if (reading.nagios && value == 1) {
    return Outcome::warn(Reason::kStatus, Phase::kRun, std::move(message), code);
  }
  if (reading.nagios && value == 3) {
    return Outcome::unknown(Reason::kStatus, Phase::kRun, std::move(message), code);
  }
  return Outcome::fail(Reason::kStatus, Phase::kRun, std::move(message), code);
}

Outcome outcome_of(const CommandReading& reading, const ProcessReport& report,
                   const std::string& words, monitor::Duration patience) {
  const std::string tail = words.empty() ? "" : "; it said: " + words;
  if (report.timed_out) {
    return Outcome::fail(Reason::kTimeout, Phase::kRun,
                         "had not ended after " + monitor::format_duration(patience) +
                             (report.gone ? " and was killed" : " and cannot be killed") + tail);
  }
  const ExitStatus& status = report.status;
  if (status.signalled) {
    const std::string name = signal_name(status.value);
    return Outcome::fail(Reason::kStatus, Phase::kRun, "was killed by " + name + tail, name);
  }
  if (status.value == ExitStatus::kLost || !report.gone) {
    return Outcome::unknown(Reason::kInternal, Phase::kRun,
                            "ended, but the kernel did not say how" + tail);
  }
  return exit_outcome(reading, status, words);
}

}  // namespace

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(number);
}

CheckResult command_result(const CommandReading& reading, const ProcessReport& report,
                           monitor::Duration patience) {
  NagiosOutput parsed = parse_nagios_output(report.output.text);
  const bool is_plugin = reading.nagios || !parsed.values.empty();
  CheckResult result;
  const std::string words = words_of(report, is_plugin ? parsed.text : "");
  result.outcome = outcome_of(reading, report, words, patience);
  if (report.timed_out || report.status.signalled) {
    parsed.values.clear();  // half a sentence
  }
  for (monitor::Measurement& value : parsed.values) {
    if (!reading.apply_ranges && value.open) {
      value.open->warn.reset();
      value.open->fail.reset();
    }
  }
  result.measurements = std::move(parsed.values);
  if (result.outcome.result != Result::kPass) {
    const bool silent = report.output.text.find_first_not_of(" \t\r\n") == std::string::npos;
    result.excerpt = escaped(silent ? report.errors.text : report.output.text);
  }
  return result;
}

}  // namespace hale::checks
