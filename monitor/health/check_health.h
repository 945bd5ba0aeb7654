// The status of one check: of the look itself, of each item, and of both rolled up. Pure.
//
// The look is tracked by its own outcome (could the check do its work at all?), each item by its
// own, so that hysteresis belongs to the thing that changes: three mounts that each fail once are
// not one check that failed three times. The check then reads
//   pending    until the first decided result of the look;
//   unknown    when sight of the look or of every item is lost;
//   unhealthy  when the look or an item is (an unknown item counts as last known);
//   degraded   when the look or an item is, or sight of some item is lost;
//   healthy    otherwise.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "monitor/check_result.h"
#include "monitor/check_settings.h"
#include "monitor/health/status.h"
#include "monitor/time.h"

namespace hale::monitor {

struct ItemState {
  StatusTracker tracker;
  WallTime since;  // of the status
  Outcome last;
  std::vector<Measurement> measurements;
};

struct ItemChange {
  std::string name;
  Status from = Status::kPending;
  Status to = Status::kPending;
};

class CheckHealth {
 public:
  // Applies a completed run whose limits have been judged. `complete`: the look itself passed, so
  // items that are not listed any more no longer exist; otherwise they could not be looked at.
  // Returns the items whose status changed.
  std::vector<ItemChange> apply(const CheckResult& result, bool complete,
                                const CheckSettings& settings, WallTime time);

  void lose_sight(WallTime time);  // no completed run for too long
  void reset();                    // pending again; items are forgotten

  Status status() const;
  Status last_known() const;
  bool confirming() const;  // of the look or of any item
  const std::map<std::string, ItemState, std::less<>>& items() const { return items_; }

 private:
  StatusTracker look_;
  std::map<std::string, ItemState, std::less<>> items_;
};

}  // namespace hale::monitor
