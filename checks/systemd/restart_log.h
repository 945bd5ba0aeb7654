// The starts of services and how each came about. Pure.
//
// systemd counts the automatic restarts of a service in NRestarts, which falls back to 0 at a stop,
// at `systemctl reset-failed` and when the unit is forgotten. So the rule, for two looks at a unit:
//   the counter rose by n and there is a new run    n restarts that nobody had asked for
//   the counter fell, to n, and there is a new run  it started anew: n such restarts since
//   a new run, and the counter is as it was         somebody started it: planned
//   the counter changed and the run is the same     nothing yet: systemd is about to start it, or
//                                                   will not because it did so too often
// A run is told by its invocation's id, or by the start of its main process. Nothing is counted
// twice, however often it is looked at.
//
// Example: 3 restarts were seen, run a. Then (4, run b): one crash. (4, run b): nothing.
// (0, run c): planned, `systemctl restart`. (0, run c): nothing. (2, run e): two crashes, of which
// the time of the first is not known and taken to lie half way between the looks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/systemd/unit.h"
#include "monitor/state/state_store.h"
#include "monitor/time.h"

namespace hale::checks {

// What one look says of a service's runs.
struct RunFacts {
  std::uint32_t restarts = 0;                // NRestarts
  std::string run;                           // "": never started
  std::optional<monitor::WallTime> started;  // of this run
  std::string end;                           // how it ended; "" while it goes on
};

class RestartLog {
 public:
  // For how long starts are kept, and how many of a unit; the newest stay.
  explicit RestartLog(monitor::Duration kept) : kept_(kept) {}
  static constexpr std::size_t kMostStarts = 1000;
  static constexpr std::size_t kMostUnits = 100'000;

  // True when that added a start or changed what a later look is compared with.
  bool observe(std::string_view unit, const RunFacts& facts, monitor::WallTime now);

  // Lets go of what is older than what is kept.
  void prune(monitor::WallTime now);
  // The unit is gone, and its counter with it; its starts stay until they are too old.
  void forget(std::string_view unit);

  const std::vector<UnitStart>& starts(std::string_view unit) const;

  // As a record for the state that outlives the agent, and back. Nothing to keep: empty. A record
  // that makes no sense is passed over.
  static constexpr std::size_t kMostSaved = 128;  // starts in one record, the newest
  monitor::StateRecord save(std::string_view unit) const;
  void restore(std::string_view unit, const monitor::StateRecord& record, monitor::WallTime now);
  // Everything was seen at that time: the counter of a unit that is new since then was 0.
  void all_seen(monitor::WallTime time) { all_seen_ = time; }

 private:
  struct Entry {
    std::uint32_t counted = 0;  // of NRestarts
    std::string run;
    std::string end;  // of that run
    monitor::WallTime seen;
    std::vector<UnitStart> starts;
  };

  void add_restarts(Entry& entry, std::uint32_t count, const RunFacts& facts,
                    monitor::WallTime now) const;
  void add(Entry& entry, UnitStart start) const;

  monitor::Duration kept_;
  std::optional<monitor::WallTime> all_seen_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace hale::checks
