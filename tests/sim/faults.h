// What can go wrong in the simulated world, and how often it did. A fault is counted where it has
// really happened, not where it was drawn.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hale::sim {

enum class Fault : std::uint8_t {
  // of a run
  kFails,
  kWarns,
  kUnknown,
  kSlowInTime,
  kNeverAnswers,
  kIgnoresCancellation,  // for longer than the engine's grace
  kHangsUntilStale,      // and so long that the check read unknown
  kThrowsAtOnce,         // before its first suspension
  kThrowsLater,
  kAnswersAtItsDeadline,  // in the same instant
  kBreaksALimit,          // of a measurement
  kBreaksTheDurationLimit,
  kItemAppears,
  kItemVanishes,
  kItemGoesBad,
  // of the process and its clocks
  kStall,
  kStallOverIntervals,  // ticks of some check passed unseen
  kWallClockForth,
  kWallClockBack,
  // commands, by the state that they meet
  kPauseOpen,   // until resumed
  kPauseTimed,  // ends by itself
  kPauseInFlight,
  kPauseWhileStuck,
  kPauseWhilePaused,
  kResumePaused,
  kResumeNotPaused,
  kResumeWhileStuck,  // paused, and the cancelled run has not ended
  kRunIdle,
  kRunInFlight,
  kRunWhileStuck,
  kRunWhilePaused,
  // the end
  kStopInFlight,
  kStopHung,  // with runs that ignore their cancellation
};
inline constexpr int kFaultCount = 33;
std::string_view to_string(Fault fault);

class FaultCounts {
 public:
  void add(Fault fault) { ++counts_.at(static_cast<std::size_t>(fault)); }
  void add(const FaultCounts& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      counts_[i] += other.counts_[i];
    }
  }
  std::uint64_t of(Fault fault) const { return counts_.at(static_cast<std::size_t>(fault)); }

 private:
  std::array<std::uint64_t, kFaultCount> counts_{};
};

}  // namespace hale::sim
