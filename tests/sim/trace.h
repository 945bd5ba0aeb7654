// What happened in one seed, in order: hashed as a whole, to compare two runs of the seed, and kept
// for the last steps, to be read when something went wrong.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "monitor/time.h"

namespace hale::sim {

class Trace {
 public:
  enum class What : std::uint8_t {
    kStart,      // a run begins; a: 1 when on a tick
    kCancelled,  // the run noticed it
    kEnd,        // a: result
    kThrow,
    kEvent,  // a, b: status from, to
    kPause,
    kResume,
    kRun,
    kReply,     // a: 0 answered, else 1 + the kind of the error
    kStall,     // a: milliseconds
    kWallStep,  // a: milliseconds
    kStop,
    kNow,  // the last line: when it was noticed
  };

  void add(monitor::TimePoint time, What what, std::size_t check = 0, std::int64_t a = 0,
           std::int64_t b = 0);

  std::uint64_t hash() const { return hash_; }
  std::string last_lines() const;  // oldest first, one a line

 private:
  struct Entry {
    monitor::TimePoint time;
    What what = What::kStart;
    std::size_t check = 0;
    std::int64_t a = 0;
    std::int64_t b = 0;
  };
  static constexpr std::size_t kKept = 60;

  std::deque<Entry> last_;
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace hale::sim
