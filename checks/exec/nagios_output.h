// What a Nagios plugin prints: a line for people and performance data, as the Monitoring Plugins
// Development Guidelines define them (sections "Plugin Output for Nagios", "Threshold and Ranges",
// "Performance Data"). Pure.
//
// Lenient where plugins in the wild are: decimal commas, units that the guidelines do not know,
// fields left out. What is no performance value is left out, never guessed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "monitor/check_result.h"

namespace hale::checks {

struct NagiosOutput {
  std::string text;  // the first line, without performance data
  // Open measurements in base units: s, ms, us, ns, min, h and d are seconds; B, KB, MB, GB, TB and
  // PB bytes, 1024 of each in the next, as the plugins of the guidelines count; % a share. Their
  // total is the maximum. A name appears once: the first counts.
  std::vector<monitor::Measurement> values;
  std::size_t dropped = 0;  // malformed, doubled, or beyond the 256th
};

NagiosOutput parse_nagios_output(std::string_view output);

// "10" alarms outside 0..10, "10:" below 10, "~:10" above 10, "10:20" outside, "@10:20" inside.
// nullopt: empty, or no range.
std::optional<monitor::Range> parse_nagios_range(std::string_view text);

}  // namespace hale::checks
