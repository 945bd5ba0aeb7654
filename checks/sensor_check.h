// Check type `sensor`: temperatures, fans, voltages, currents and power of the hardware, each
// sensor an item, judged by the limits that its driver brings along.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "checks/name_patterns.h"
#include "checks/sys/hwmon.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& sensor_descriptor();

class SensorCheck final : public monitor::Check {
 public:
  // `kinds`: which to look at; empty: all.
  SensorCheck(NamePatterns patterns, std::vector<SensorKind> kinds);

  std::string target() const override { return shown(patterns_); }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  bool wanted(const std::string& name) const;
  bool wanted(SensorKind kind) const;
  // Those of one chip, or why it could not be read: then for every sensor that it had before.
  std::vector<monitor::ItemResult> items_of(const SensorPlace& place,
                                            const std::vector<SensorReading>& readings);
  std::vector<monitor::ItemResult> items_of(const SensorPlace& place,
                                            const monitor::Outcome& failure) const;

  NamePatterns patterns_;
  std::vector<SensorKind> kinds_;
  std::map<std::string, std::vector<std::string>> known_;  // items by chip
};

}  // namespace hale::checks
