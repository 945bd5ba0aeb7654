#include "checks/proc/cpu_stats.h"

#include <algorithm>
#include <array>
#include <string>

#include "checks/proc/text.h"

namespace hale::checks {
namespace {

using Field = std::uint64_t CpuTimes::*;
constexpr std::array<Field, 8> kFields = {&CpuTimes::user,    &CpuTimes::nice,   &CpuTimes::system,
                                          &CpuTimes::idle,    &CpuTimes::iowait, &CpuTimes::irq,
                                          &CpuTimes::softirq, &CpuTimes::steal};
constexpr std::size_t kFewestFields = 4;  // Linux 2.4

// "cpu3 1693746 59627 252193 877164 3319 0 19512 961 0 0", its first word cut off.
std::optional<CpuTimes> parse_line(std::string_view name, std::string_view rest) {
  // So that their sum does not overflow: a counter below zero comes as nearly 2^64, as the stolen
  // time of a guest that was moved to another host did.
  constexpr std::uint64_t kMost = std::uint64_t{1} << 60U;
  CpuTimes times;
  const auto number = to_number<std::uint32_t>(name.substr(3));
  if (!number) {
    return std::nullopt;
  }
  times.cpu = *number;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const std::string_view word = next_word(rest);
    if (word.empty() && i >= kFewestFields) {
      break;
    }
    const auto value = to_number<std::uint64_t>(word);
    if (!value) {
      return std::nullopt;
    }
    times.*kFields[i] = std::min(*value, kMost);
  }
  return times;
}

CpuTimes difference(const CpuTimes& before, const CpuTimes& after) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 32U;  // over a year at 100 a second
  CpuTimes spent;
  spent.cpu = after.cpu;
  for (const Field field : kFields) {
    const bool forward = after.*field > before.*field && after.*field - before.*field < kMost;
    spent.*field = forward ? after.*field - before.*field : 0;
  }
  return spent;
}

double share(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

std::uint64_t busy_time(const CpuTimes& spent) {
  return spent.total() - spent.idle - spent.iowait;
}

}  // namespace

std::expected<std::vector<CpuTimes>, ParseError> parse_cpu_times(std::string_view text) {
  std::vector<CpuTimes> cpus;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    std::string_view rest = line;
    const std::string_view name = next_word(rest);
    if (!name.starts_with("cpu")) {
      break;  // the CPUs come first
    }
    if (name == "cpu") {
      continue;  // all of them, also those that are gone
    }
    const auto times = parse_line(name, rest);
    if (!times || (!cpus.empty() && cpus.back().cpu >= times->cpu)) {
      return std::unexpected(ParseError{std::string(line)});
    }
    cpus.push_back(*times);
  }
  if (cpus.empty()) {
    return std::unexpected(ParseError{});
  }
  return cpus;
}

std::optional<CpuUsage> cpu_usage(const std::vector<CpuTimes>& before,
                                  const std::vector<CpuTimes>& after) {
  CpuUsage usage;
  CpuTimes sum;
  for (const CpuTimes& now : after) {
    const auto then =
        std::lower_bound(before.begin(), before.end(), now.cpu,
                         [](const CpuTimes& times, std::uint32_t cpu) { return times.cpu < cpu; });
    if (then == before.end() || then->cpu != now.cpu || now.total() < then->total()) {
      continue;
    }
    const CpuTimes spent = difference(*then, now);
    if (spent.total() == 0) {
      continue;
    }
    ++usage.cpus;
    for (const Field field : kFields) {
      sum.*field += spent.*field;
    }
    const double busy = share(busy_time(spent), spent.total());
    if (busy > usage.busiest || usage.cpus == 1) {
      usage.busiest = busy;
      usage.busiest_cpu = now.cpu;
    }
  }
  const std::uint64_t total = sum.total();
  if (total == 0) {
    return std::nullopt;
  }
  usage.busy = share(busy_time(sum), total);
  usage.user = share(sum.user + sum.nice, total);
  usage.system = share(sum.system + sum.irq + sum.softirq, total);
  usage.iowait = share(sum.iowait, total);
  usage.steal = share(sum.steal, total);
  return usage;
}

}  // namespace hale::checks
