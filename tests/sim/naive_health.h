// The oracle's own idea of fall and rise, unknown, stale and items: written from SURFACE.md and
// from the comment of monitor/health/check_health.h, slowly and obviously, over the whole list of
// results. Shares no code with monitor/health.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "monitor/check_result.h"
#include "monitor/check_settings.h"
#include "monitor/health/status.h"

namespace hale::sim {

using monitor::Result;
using monitor::Status;

// The status of one thing: the look of a check, or one of its items.
class NaiveStatus {
 public:
  void add(Result result, const monitor::CheckSettings& settings);
  void lose_sight() { seen_.push_back({.result = Result::kUnknown, .lost_sight = true}); }

  Status status(const monitor::CheckSettings& settings) const;
  Status known() const { return known_; }
  bool confirming() const;  // the last decided result points elsewhere

  // The known status once more, from the very first result.
  Status known_from_scratch(const monitor::CheckSettings& settings) const;

 private:
  struct Seen {
    Result result = Result::kPass;
    bool lost_sight = false;  // no result at all, for too long
  };
  std::vector<Seen> seen_;
  std::vector<Result> decided_;
  Status known_ = Status::kPending;
};

struct NaiveItemChange {
  std::string item;
  Status from = Status::kPending;
  Status to = Status::kPending;
};

class NaiveHealth {
 public:
  explicit NaiveHealth(const monitor::CheckSettings& settings) : settings_(settings) {}

  // `listed`: whether the look passed, so that items that are not listed are gone.
  std::vector<NaiveItemChange> add(Result look,
                                   const std::vector<std::pair<std::string, Result>>& items,
                                   bool listed);
  void lose_sight();
  void reset();

  Status status() const;
  Status known() const;
  bool confirming() const;
  std::vector<std::pair<std::string, Status>> items() const;  // by name
  bool same_from_scratch() const;

 private:
  const monitor::CheckSettings& settings_;
  NaiveStatus look_;
  std::map<std::string, NaiveStatus> items_;
};

}  // namespace hale::sim
