#include "checks/proc/process_text.h"

#include <array>

#include "checks/proc/text.h"

namespace hale::checks {
namespace {

// "Uid:\t0\t1000\t0\t0" with the name "Uid:": what follows it.
std::optional<std::string_view> after(std::string_view line, std::string_view name) {
  return line.starts_with(name) ? std::optional(line.substr(name.size())) : std::nullopt;
}

}  // namespace

// "812 (a name) S 1 812 812 0 -1 4194560 ...": the name ends at the last bracket, since it may hold
// any of them itself. Fields are numbered as in proc(5), from the third on, the state.
std::optional<ProcessStat> parse_process_stat(std::string_view text) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open ||
      open < 2) {
    return std::nullopt;
  }
  const auto pid = to_number<pid_t>(text.substr(0, open - 1));
  std::array<std::string_view, 25> field;
  std::string_view rest = text.substr(close + 1);
  if (const std::size_t end = rest.find('\n'); end != std::string_view::npos) {
    rest = rest.substr(0, end);
  }
  for (std::size_t i = 3; i < field.size(); ++i) {
    field.at(i) = next_word(rest);
  }
  const auto parent = to_number<pid_t>(field[4]);
  const auto flags = to_number<std::uint64_t>(field[9]);
  const auto user = to_number<std::uint64_t>(field[14]);
  const auto system = to_number<std::uint64_t>(field[15]);
  const auto threads = to_number<std::uint64_t>(field[20]);
  const auto start = to_number<std::uint64_t>(field[22]);
  const auto resident = to_number<std::int64_t>(field[24]);
  if (!pid || field[3].size() != 1 || !parent || !flags || !user || !system || !threads || !start ||
      !resident) {
    return std::nullopt;
  }
  return ProcessStat{.pid = *pid,
                     .name = std::string(text.substr(open + 1, close - open - 1)),
                     .state = field[3].front(),
                     .parent = *parent,
                     .flags = *flags,
                     .user_ticks = *user,
                     .system_ticks = *system,
                     .threads = *threads,
                     .start_ticks = *start,
                     .resident_pages = *resident > 0 ? static_cast<std::uint64_t>(*resident) : 0};
}

std::optional<ProcessStatus> parse_process_status(std::string_view text) {
  ProcessStatus status;
  bool found = false;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (auto rest = after(line, "Uid:")) {
      next_word(*rest);  // the real one
      const auto uid = to_number<uid_t>(next_word(*rest));
      found = uid.has_value();
      status.uid = uid.value_or(0);
    }
    for (const std::string_view name :
         {"voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:"}) {
      if (auto rest = after(line, name)) {
        status.switches += to_number<std::uint64_t>(next_word(*rest)).value_or(0);
      }
    }
  }
  return found ? std::optional(status) : std::nullopt;
}

std::vector<std::string> parse_command_line(std::string_view text) {
  std::vector<std::string> arguments;
  while (!text.empty()) {
    const std::size_t end = text.find('\0');
    arguments.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  while (!arguments.empty() && arguments.back().empty()) {
    arguments.pop_back();  // where a process has overwritten a part, zero bytes are left
  }
  return arguments;
}

std::optional<std::uint64_t> parse_open_files_limit(std::string_view text) {
  while (!text.empty()) {
    if (auto rest = after(next_line(text), "Max open files")) {
      return to_number<std::uint64_t>(next_word(*rest));
    }
  }
  return std::nullopt;
}

std::optional<pid_t> parse_pid_file(std::string_view text) {
  std::string_view line = next_line(text);
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  const auto pid = to_number<pid_t>(next_word(line));
  return pid && *pid > 0 && next_word(line).empty() ? pid : std::nullopt;
}

}  // namespace hale::checks
