// What the state of a unit means for whoever relies on it. Pure but for the local time zone, in
// which messages tell the time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/systemd/unit.h"
#include "checks/systemd/unit_resources.h"
#include "monitor/check_result.h"

namespace hale::checks {

struct JudgementOptions {
  monitor::Duration restart_window = std::chrono::minutes(10);
  monitor::Duration stuck_after = std::chrono::minutes(5);
  monitor::Duration late_after = std::chrono::minutes(1);
};

struct UnitView {
  const Unit* unit = nullptr;  // null: systemd does not know it
  const Units* units = nullptr;
  const std::vector<UnitStart>* starts = nullptr;
  bool by_name = false;  // the check names it
  monitor::WallTime now;
  std::optional<monitor::Duration> period = std::nullopt;  // of a timer, as it was seen
  std::optional<UnitResources> resources = std::nullopt;
  std::optional<double> cpu = std::nullopt;  // CPUs in use since the last look
  std::size_t oom_kills = 0;                 // counted by its cgroup within the window
};

monitor::ItemResult judge_unit(const std::string& name, const UnitView& view,
                               const JudgementOptions& options);

// How its starts within the window came about.
struct StartCounts {
  std::size_t crashes = 0;
  std::size_t planned = 0;
  std::size_t oom_kills = 0;
  std::size_t watchdog_misses = 0;
  std::string last_end;  // of the run before the last crash
};
StartCounts count_starts(const std::vector<UnitStart>& starts, monitor::WallTime now,
                         monitor::Duration window);

}  // namespace hale::checks
