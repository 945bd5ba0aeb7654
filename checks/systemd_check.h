// Check type `systemd`: units of systemd, by name or by pattern: whether they run, keep crashing,
// hang on their way, use up what they may.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checks/name_patterns.h"
#include "checks/systemd/unit_judgement.h"
#include "checks/systemd/unit_resources.h"
#include "checks/systemd/unit_selection.h"
#include "checks/systemd/unit_watch.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& systemd_descriptor();

struct SystemdOptions {
  NamePatterns patterns;
  JudgementOptions judgement;
};

class SystemdCheck final : public monitor::Check {
 public:
  explicit SystemdCheck(SystemdOptions options);
  std::string target() const override { return shown(options_.patterns); }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  // What two looks at a unit tell that one does not.
  struct Past {
    std::optional<monitor::TimePoint> read;  // when `resources` were
    UnitResources resources;
    std::optional<double> cpu;
    std::deque<monitor::WallTime> oom_kills;
    std::optional<monitor::Duration> period;
  };

  monitor::Task<std::map<std::string, UnitResources>> read_resources(
      monitor::RunContext& context, const UnitWatch& watch, std::vector<SelectedUnit> selected);
  void take_resources(Past& past, const UnitResources& resources, monitor::TimePoint now,
                      monitor::WallTime wall_now) const;
  static void take_timer(Past& past, const Unit& unit, const TimerFacts& timer);

  SystemdOptions options_;
  std::map<std::string, Past> past_;  // of the units that were looked at last
};

}  // namespace hale::checks
