#include "checks/proc/kernel_stats.h"

#include <cmath>

#include "checks/proc/text.h"

namespace hale::checks {
namespace {

std::unexpected<ParseError> unexpected_line(std::string_view line) {
  return std::unexpected(ParseError{std::string(line)});
}

// "MemTotal:       24684092 kB": the number after the colon, in bytes.
std::optional<std::uint64_t> kilobytes(std::string_view rest) {
  const auto number = to_number<std::uint64_t>(next_word(rest));
  const std::string_view unit = next_word(rest);
  constexpr std::uint64_t kMost = UINT64_MAX / 1024;
  if (!number || *number > kMost || unit != "kB" || !next_word(rest).empty()) {
    return std::nullopt;
  }
  return *number * 1024;
}

std::optional<double> non_negative(std::string_view word) {
  const auto number = to_number<double>(word);
  if (!number || !std::isfinite(*number) || *number < 0) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

std::expected<MemoryStats, ParseError> parse_meminfo(std::string_view text) {
  std::optional<std::uint64_t> total;
  std::optional<std::uint64_t> swap_total;
  std::optional<std::uint64_t> swap_free;
  MemoryStats stats;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    std::string_view rest = line;
    const std::string_view name = next_word(rest);
    std::optional<std::uint64_t>* wanted = name == "MemTotal:"       ? &total
                                           : name == "MemAvailable:" ? &stats.available
                                           : name == "SwapTotal:"    ? &swap_total
                                           : name == "SwapFree:"     ? &swap_free
                                                                     : nullptr;
    if (wanted == nullptr) {
      continue;
    }
    *wanted = kilobytes(rest);
    if (!*wanted) {
      return unexpected_line(line);
    }
  }
  if (!total || *total == 0) {
    return unexpected_line("");
  }
  stats.total = *total;
  stats.swap_total = swap_total.value_or(0);
  stats.swap_free = swap_free.value_or(0);
  return stats;
}

std::expected<LoadStats, ParseError> parse_loadavg(std::string_view text) {
  const std::string_view line = next_line(text);
  std::string_view rest = line;
  const auto load1 = non_negative(next_word(rest));
  const auto load5 = non_negative(next_word(rest));
  const auto load15 = non_negative(next_word(rest));
  const std::string_view tasks = next_word(rest);  // "1/87": runnable, all
  const auto runnable = to_number<std::uint64_t>(tasks.substr(0, tasks.find('/')));
  if (!load1 || !load5 || !load15 || !runnable || !tasks.contains('/')) {
    return unexpected_line(line);
  }
  return LoadStats{.load1 = *load1, .load5 = *load5, .load15 = *load15, .runnable = *runnable};
}

std::expected<double, ParseError> parse_pressure(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    std::string_view rest = line;
    if (next_word(rest) != "some") {
      continue;
    }
    constexpr std::string_view kKey = "avg10=";
    const std::string_view field = next_word(rest);
    if (!field.starts_with(kKey)) {
      return unexpected_line(line);
    }
    const auto percent = non_negative(field.substr(kKey.size()));
    if (!percent || *percent > 100) {
      return unexpected_line(line);
    }
    return *percent / 100;
  }
  return unexpected_line("");
}

}  // namespace hale::checks
