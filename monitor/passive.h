// What a check makes of reports. A passive check does not look: a job, or an application, reports
// to it, and the silence that follows when a report does not come is its failure.
//
// Pure: time comes in as an argument; no clock, no I/O. Engine thread only, like the Check that it
// belongs to. It keeps what it was told; the engine keeps what that meant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "monitor/check_result.h"
#include "monitor/state/state_store.h"
#include "monitor/time.h"

namespace hale::monitor {

struct CheckSettings;

// One report, as it arrived: nothing in it can be trusted.
struct Report {
  enum class State : std::uint8_t { kStart, kDone };  // kStart: the job has begun
  State state = State::kDone;
  Result result = Result::kPass;     // of what is done
  std::string message;               // any size, any bytes
  std::optional<Duration> duration;  // of what is done; absent: the job did not say
};

// The same instant on both clocks. Intervals run on the monotonic one, calendars on the wall's.
struct Moment {
  TimePoint time;
  WallTime wall;

  // The instant at which the monotonic clock will read, or has read, `other`.
  Moment at(TimePoint other) const { return {other, wall + (other - time)}; }
  // The same of the wall clock, for as long as nobody sets it.
  Moment at(WallTime other) const { return {time + (other - wall), other}; }
};

// What counts as a run: a report that decides something, or one that did not come.
struct PassiveRun {
  WallTime started;
  std::optional<Duration> duration;
  CheckResult result;
};

class Passive {
 public:
  virtual ~Passive() = default;
  Passive() = default;
  Passive(const Passive&) = delete;
  Passive& operator=(const Passive&) = delete;

  // Whether who shows this token may report; "" is none. Takes the same time for every wrong one.
  virtual bool admits(std::string_view token) const = 0;

  // Reports are awaited from now on: the agent has started, or the check has been resumed.
  virtual void begin(const Moment& now, const CheckSettings& settings) = 0;

  // After begin(). Absent: the report decides nothing yet.
  virtual std::optional<PassiveRun> report(Report report, const Moment& now) = 0;

  // When something is missing unless a report comes before.
  virtual Moment expected(const Moment& now) const = 0;

  // What it means that nothing came. Absent where that time has not come yet; afterwards
  // expected() is later than `now`.
  virtual std::optional<PassiveRun> overdue(const Moment& now) = 0;

  // Whether reports come once in the interval of the settings; else it says nothing about them.
  virtual bool keeps_interval() const = 0;

  // What it was told and has to know after a restart; nothing where there is no such thing.
  virtual StateRecord state() const { return {}; }
  // After begin(): what state() was before the restart, or anything else. What has become due while
  // nobody could be told of it is not held against the job.
  virtual void restore(const StateRecord& /*record*/, const Moment& /*now*/) {}
};

}  // namespace hale::monitor
