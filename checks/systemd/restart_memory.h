// The log of restarts, fed with units and kept in the state that outlives the agent, for as long as
// the same systemd counts: the same boot, the same bus. Engine thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/systemd/restart_log.h"
#include "checks/systemd/unit.h"
#include "monitor/run_context.h"
#include "monitor/time.h"

namespace hale::checks {

class RestartMemory {
 public:
  static constexpr std::string_view kSection = "restarts";
  static constexpr std::size_t kMostRecords = 1000;

  explicit RestartMemory(monitor::Services& services);

  void observe(const Unit& unit, monitor::WallTime now);
  // Every unit was looked at.
  void all_seen(monitor::WallTime now);

  const std::vector<UnitStart>& starts(std::string_view unit) const;

 private:
  void restore(monitor::WallTime now);
  void save(const std::string& unit);

  monitor::Services& services_;
  RestartLog log_;
  std::string epoch_;  // tells this systemd's counters from those of another boot or bus
  bool restored_ = false;
  std::optional<monitor::WallTime> marked_;
};

// What one state of a service says of its runs. Pure.
RunFacts run_facts(const Unit& unit, const ServiceFacts& service);

}  // namespace hale::checks
