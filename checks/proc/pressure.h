// How long tasks stall for want of a resource: /proc/pressure (PSI). Kept by the kernel only when
// it was built and started with it.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string_view>

#include "monitor/check_result.h"

namespace hale::checks {

// The share (0..1) of the last 10 seconds; nullopt where the kernel keeps none; else why the agent
// could not look. `resource` is "memory" or "cpu".
std::expected<std::optional<double>, monitor::Outcome> read_pressure(
    const std::filesystem::path& proc_root, std::string_view resource);

}  // namespace hale::checks
