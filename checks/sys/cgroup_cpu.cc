#include "checks/sys/cgroup_cpu.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>

#include "checks/proc/read_file.h"
#include "checks/proc/text.h"

namespace hale::checks {

std::expected<std::optional<double>, ParseError> parse_cpu_max(std::string_view text) {
  const std::string_view line = next_line(text);
  std::string_view rest = line;
  const std::string_view quota_word = next_word(rest);
  const auto period = to_number<std::uint64_t>(next_word(rest));
  if (!period || *period == 0 || !next_word(rest).empty()) {
    return std::unexpected(ParseError{std::string(line)});
  }
  if (quota_word == "max") {
    return std::nullopt;
  }
  const auto quota = to_number<std::uint64_t>(quota_word);
  if (!quota || *quota == 0) {
    return std::unexpected(ParseError{std::string(line)});
  }
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::expected<CgroupCpuStats, ParseError> parse_cgroup_cpu_stat(std::string_view text) {
  CgroupCpuStats stats;
  bool has_usage = false;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    std::string_view rest = line;
    const std::string_view name = next_word(rest);
    std::uint64_t* wanted = name == "usage_usec"     ? &stats.usage_us
                            : name == "nr_periods"   ? &stats.periods
                            : name == "nr_throttled" ? &stats.throttled
                                                     : nullptr;
    if (wanted == nullptr) {
      continue;
    }
    const auto value = to_number<std::uint64_t>(next_word(rest));
    if (!value) {
      return std::unexpected(ParseError{std::string(line)});
    }
    *wanted = *value;
    has_usage = has_usage || name == "usage_usec";
  }
  if (!has_usage) {
    return std::unexpected(ParseError{});
  }
  return stats;
}

std::expected<std::optional<CgroupCpu>, monitor::Outcome> read_cgroup_cpu(
    const std::filesystem::path& group) {
  const std::string max_path = group / "cpu.max";
  const auto max_text = read_file(max_path, 4096);
  if (!max_text) {
    // ENODEV: the group was removed between open and read.
    if (max_text.error().error == ENOENT || max_text.error().error == ENODEV) {
      return std::nullopt;
    }
    return std::unexpected(could_not_read(max_text.error()));
  }
  const auto limit = parse_cpu_max(*max_text);
  if (!limit) {
    return std::unexpected(could_not_parse(max_path, limit.error().line));
  }
  const std::optional<double> cpus = *limit;
  if (!cpus) {
    return std::nullopt;
  }
  const std::string stat_path = group / "cpu.stat";
  const auto stat_text = read_file(stat_path, 65536);
  if (!stat_text) {
    return std::unexpected(could_not_read(stat_text.error()));
  }
  const auto stats = parse_cgroup_cpu_stat(*stat_text);
  if (!stats) {
    return std::unexpected(could_not_parse(stat_path, stats.error().line));
  }
  return CgroupCpu{.limit_cpus = *cpus, .stats = *stats};
}

std::optional<QuotaUse> quota_use(const CgroupCpu& before, const CgroupCpu& after,
                                  monitor::Duration elapsed) {
  const double elapsed_us = std::chrono::duration<double, std::micro>(elapsed).count();
  if (after.stats.usage_us < before.stats.usage_us || after.stats.periods < before.stats.periods ||
      after.stats.throttled < before.stats.throttled || elapsed_us <= 0) {
    return std::nullopt;
  }
  const auto used = static_cast<double>(after.stats.usage_us - before.stats.usage_us);
  const auto periods = static_cast<double>(after.stats.periods - before.stats.periods);
  const auto throttled = static_cast<double>(after.stats.throttled - before.stats.throttled);
  QuotaUse use;
  use.used = used / (elapsed_us * after.limit_cpus);
  use.throttled = periods > 0 ? std::min(1.0, throttled / periods) : 0;
  return use;
}

}  // namespace hale::checks
