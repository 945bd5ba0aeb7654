// The kernel's own figures about the host, as proc(5) and Documentation/accounting/psi.rst describe
// them. Pure functions on the files' text: each returns the figures, or the line that it could not
// read.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace hale::checks {

// The line that does not look as documented; empty when something documented is missing.
struct ParseError {
  std::string line;
};

// /proc/meminfo, in bytes.
struct MemoryStats {
  std::uint64_t total = 0;
  std::optional<std::uint64_t> available;  // absent before Linux 3.14
  std::uint64_t swap_total = 0;            // 0: no swap
  std::uint64_t swap_free = 0;
};
std::expected<MemoryStats, ParseError> parse_meminfo(std::string_view text);

// /proc/loadavg
struct LoadStats {
  double load1 = 0;
  double load5 = 0;
  double load15 = 0;
  std::uint64_t runnable = 0;  // tasks running or waiting for a CPU right now, the reader included
};
std::expected<LoadStats, ParseError> parse_loadavg(std::string_view text);

// /proc/pressure/*: the share (0..1) of the last 10 seconds in which at least one task was stalled.
std::expected<double, ParseError> parse_pressure(std::string_view text);

}  // namespace hale::checks
