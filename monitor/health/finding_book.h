// What all checks have concluded: since when each finding is open, and which were resolved lately.
// Keeps what is open in the state as well, so that it is known after a restart. No clock, no I/O;
// engine thread only.
//
// A finding is the same from run to run by check, kind and key. It is open from the run that first
// lists it to the first run that could look and does not list it. Blindness resolves nothing.
//
// Invariant: every open finding has its record in the state, as it was when it last made an event.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "monitor/board.h"
#include "monitor/check_result.h"
#include "monitor/events.h"
#include "monitor/finding.h"
#include "monitor/state/state_store.h"
#include "monitor/time.h"

namespace hale::monitor {

// Whether a run whose look ended like this would have listed every finding that there is.
bool could_look(const Outcome& look);

class FindingBook {
 public:
  // Of one check; those beyond are counted in one more, of the kind kOmitted.
  static constexpr std::size_t kMaxOpen = 64;
  static constexpr std::string_view kOmitted = "omitted";
  static constexpr std::size_t kResolvedKept = 100;  // of all checks
  // What is longer is cut, at a character.
  static constexpr std::size_t kMaxKey = 256;
  static constexpr std::size_t kMaxLine = 1024;  // of a message, and of evidence
  static constexpr std::size_t kMaxEvidence = 20;

  static constexpr std::string_view kSection = "findings";  // of the state

  explicit FindingBook(StateStore& state) : state_(state) {}  // `state` outlives it
  FindingBook(const FindingBook&) = delete;
  FindingBook& operator=(const FindingBook&) = delete;

  // Opens what the state has, with the times it has. What belongs to a check that is not `watched`
  // any more is resolved. Before all else.
  void restore(const std::function<bool(std::string_view check)>& watched, WallTime now,
               std::vector<Event>& events);

  // What a run of `check` lists. `complete`: an open one that is not listed is resolved.
  void conclude(const std::string& check, std::vector<Finding> findings, bool complete,
                WallTime now, std::vector<Event>& events);

  // The check will not look any more, because it is `why`: "paused".
  void close(const std::string& check, std::string_view why, WallTime now,
             std::vector<Event>& events);

  // Open ones first, by severity and age; then those resolved lately, the latest first. The same
  // list until something changes.
  std::shared_ptr<const FindingList> list();

 private:
  struct Open {
    Finding finding;
    WallTime since;
  };
  using Key = std::pair<std::string, std::string>;  // kind, key
  using OpenFindings = std::map<Key, Open>;

  void open(const std::string& check, OpenFindings& open, Finding finding, WallTime now,
            std::vector<Event>& events);
  void update(const std::string& check, Open& known, Finding finding, WallTime now,
              std::vector<Event>& events);
  void resolve(const std::string& check, Open known, std::string_view why, WallTime now,
               std::vector<Event>& events);
  void remember(const std::string& check, const Open& known);

  StateStore& state_;
  std::map<std::string, OpenFindings, std::less<>> open_;  // by check; no empty ones
  std::deque<FindingView> resolved_;                       // the latest first
  std::shared_ptr<const FindingList> list_;                // null: has to be made
};

}  // namespace hale::monitor
