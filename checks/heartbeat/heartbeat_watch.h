// What is known of a job that reports by itself, and when it should have reported. Pure: see
// monitor/passive.h.
//
// A report is due once in each interval, counted from the last one, or at each time of the
// schedule. Unless it comes within `grace` of that, it is missing, once for each period. A start is
// a report as well, but only the first one since the last end: a job that begins again and again
// and never ends is missing all the same.
//
// Worked example, interval 24 h, grace 30 m: done at 03:10, so that the next is missing at 03:40 of
// the next day, and again a day later. With max_runtime 2 h and a start at 03:00, the end is
// missing at 05:00 (timeout) and nothing else before 03:30 of the next day.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "checks/heartbeat/calendar.h"
#include "checks/mask.h"
#include "monitor/parameters.h"
#include "monitor/passive.h"

namespace hale::checks {

struct HeartbeatSettings {
  std::optional<Calendar> calendar;  // absent: an interval
  std::string schedule;              // as configured, for messages
  monitor::Duration grace{};
  std::optional<monitor::Duration> max_runtime;
  std::optional<monitor::Secret> token;
  Zone zone = Zone::utc();  // of the times in messages
};

class HeartbeatWatch final : public monitor::Passive {
 public:
  static constexpr std::size_t kMaxMessage = 1024;
  // A report that comes up to this long before its time is meant for it: clocks differ. Half of the
  // finest step that a schedule has.
  static constexpr monitor::Duration kEarly = std::chrono::seconds(30);

  explicit HeartbeatWatch(HeartbeatSettings settings);

  bool admits(std::string_view token) const override;
  void begin(const monitor::Moment& now, const monitor::CheckSettings& settings) override;
  std::optional<monitor::PassiveRun> report(monitor::Report report,
                                            const monitor::Moment& now) override;
  monitor::Moment expected(const monitor::Moment& now) const override;
  std::optional<monitor::PassiveRun> overdue(const monitor::Moment& now) override;
  bool keeps_interval() const override { return !settings_.calendar; }
  monitor::StateRecord state() const override;
  void restore(const monitor::StateRecord& record, const monitor::Moment& now) override;

 private:
  using Digest = std::array<std::uint8_t, 32>;

  static Digest digest_of(std::string_view token);

  // When something is missing after a report at `time`.
  monitor::Moment missing_after(const monitor::Moment& time) const;
  monitor::Moment missing_after_start(const monitor::Moment& start) const;
  monitor::Moment next_missing(const monitor::Moment& now) const;  // the first that is later
  // Both as seen from now, since the wall clock may have been set meanwhile.
  monitor::Moment missing_at(const monitor::Moment& now) const;
  std::optional<monitor::Moment> timeout_at(const monitor::Moment& now) const;
  monitor::Duration max_runtime() const {  // zero: any
    return settings_.max_runtime.value_or(monitor::Duration::zero());
  }

  void note_start(const monitor::Moment& now);
  monitor::PassiveRun missing_run(const monitor::Moment& now) const;
  monitor::PassiveRun timeout_run(const monitor::Moment& start, const monitor::Moment& now) const;
  std::string ago(const monitor::Moment& then, const monitor::Moment& now) const;
  std::string message_of(const monitor::Report& report) const;

  HeartbeatSettings settings_;
  std::optional<Digest> token_;
  Mask mask_;
  monitor::Duration interval_{};
  monitor::Moment begun_;                        // since when reports are awaited
  std::optional<monitor::Moment> last_report_;   // of any kind, since then
  std::optional<monitor::Moment> first_start_;   // since the last end, or since one was missing
  std::optional<monitor::Moment> latest_start_;  // since the last end
  bool timed_out_ = false;                       // what started then has been said to be too long
  monitor::Moment missing_;                      // unless a report comes before
};

}  // namespace hale::checks
