// What has to happen at a time, apart from ticks: a heap, earliest first. Loop thread only.
//
// Nothing is taken out of the middle: an appointment that has lost its point is dropped when it
// comes up. There are never many of those: once they could be half of all, the heap is swept, so
// that its size is bounded by what is really to be kept, however often a check is paused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "monitor/schedule/scheduler.h"
#include "monitor/time.h"

namespace hale::monitor {

struct Appointment {
  enum class Kind : std::uint8_t { kDeadline, kGrace, kStale, kPauseEnd, kRefresh, kReport };
  TimePoint time;
  Kind kind = Kind::kDeadline;
  CheckId check = 0;
  std::uint64_t serial = 0;  // of the run, of the pause, or of what is awaited
};

class Appointments {
 public:
  // `outdated` tells that an appointment has lost its point, which is for ever.
  explicit Appointments(std::function<bool(const Appointment&)> outdated)
      : outdated_(std::move(outdated)) {}

  void add(const Appointment& appointment);
  std::optional<TimePoint> next() const;

  // The earliest that is due and still has a point; absent: none.
  std::optional<Appointment> take_due(TimePoint now);

  std::size_t size() const { return heap_.size(); }

 private:
  static constexpr std::size_t kSmall = 1024;  // not worth a sweep

  std::function<bool(const Appointment&)> outdated_;
  std::vector<Appointment> heap_;
  std::size_t sweep_at_ = kSmall;
};

}  // namespace hale::monitor
