// Which conflicts a look has found: one finding for each root cause. Pure.
#pragma once

#include <vector>

#include "checks/conflicts/scene.h"
#include "monitor/finding.h"

namespace hale::checks {

// The kinds of findings, and their names.
inline constexpr std::string_view kPortHeld = "port_held";
inline constexpr std::string_view kOwnerChanged = "owner_changed";
inline constexpr std::string_view kPortLost = "port_lost";
inline constexpr std::string_view kRestartLoop = "restart_loop";
inline constexpr std::string_view kDoubleClaim = "double_claim";
inline constexpr std::string_view kSplitPort = "split_port";

// So many restarts in kTroubleWindow are a loop, whatever the cause is.
inline constexpr std::size_t kLoop = 5;
// A unit that systemd has given up was in a loop after fewer: it stops at the fifth start by
// default.
inline constexpr std::size_t kLoopGivenUp = 3;

// The most urgent first. What one finding explains is not told again by another.
std::vector<monitor::Finding> judge_conflicts(const ConflictScene& scene);

}  // namespace hale::checks
