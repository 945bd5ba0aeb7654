// What the configuration says about one check, complete: every default is filled in. Immutable
// once made, shared by engine, board and exporters.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "monitor/check.h"
#include "monitor/finding.h"
#include "monitor/health/limits.h"
#include "monitor/parameters.h"
#include "monitor/stats/slo.h"
#include "monitor/time.h"

namespace hale::monitor {

// `count` of the last `of` decided results; a plain number n is n of n. 1 <= count <= of <= 64.
struct Threshold {
  int count = 1;
  int of = 1;
  bool operator==(const Threshold&) const = default;
};

struct CheckSettings {
  std::string name;
  const CheckDescriptor* type = nullptr;
  bool critical = false;
  Severity severity = Severity::kTicket;
  std::string runbook;
  std::string description;
  std::string group;
  std::string target;  // Check::target()
  Labels labels;       // the check's own and its group's
  Duration interval{};
  Duration interval_unhealthy{};  // equal to interval where not configured
  Duration timeout{};
  Duration stale_after{};
  Threshold fall;
  Threshold rise;
  int max_unknown = 1;
  LimitSet limits;
  std::shared_ptr<const SloSettings> slo;  // null: none
};

// A check as the configuration has made it. Its parameters have done their work with that, and are
// not kept longer than somebody may want to print them: they hold secrets, and are half of what a
// check takes in memory.
struct ConfiguredCheck {
  std::shared_ptr<const CheckSettings> settings;
  Parameters parameters;
  std::unique_ptr<Check> check;
};

}  // namespace hale::monitor
