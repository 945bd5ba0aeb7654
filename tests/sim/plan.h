// What one seed draws before it begins: its mix of checks, and how likely each kind of trouble is.
// Every seed is another swarm: some kinds of trouble are switched off entirely, so that the others
// meet in ways in which they would not meet if everything always happened.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "monitor/check_settings.h"
#include "monitor/runtime/random.h"
#include "monitor/schedule/engine.h"

namespace hale::sim {

// Limits as the oracle reads them; the settings say the same to the engine.
struct Bounds {
  std::optional<double> warn_depth;  // triggers at or above
  std::optional<double> fail_depth;
  std::optional<monitor::Duration> warn_duration;
  std::optional<monitor::Duration> fail_duration;
};

struct CheckPlan {
  std::shared_ptr<const monitor::CheckSettings> settings;
  bool items = false;
  Bounds bounds;
  std::map<std::string, Bounds> item_bounds;
  double trouble = 0;  // the chance that a healthy run is followed by an episode of trouble
};

// Episodes that befall the runs of one check; a run's faults (faults.h) come out of these.
enum class Mood : std::uint8_t {
  kWell,
  kFails,
  kWarns,
  kUnknown,
  kSlow,
  kNever,
  kStubborn,
  kThrowsAtOnce,
  kThrowsLater,
  kAtDeadline,
  kDeep,
  kDrawnOut,  // takes longer than the limit on its duration
  kBlind,     // the look fails or is unknown and lists some of its items
};
inline constexpr int kMoodCount = 13;

enum class Act : std::uint8_t { kNothing, kStall, kWallStep, kPause, kResume, kRun };
inline constexpr int kActCount = 6;

struct Plan {
  std::vector<CheckPlan> checks;
  std::vector<monitor::GroupInfo> groups;
  std::array<std::uint64_t, kMoodCount> moods{};  // weights; kWell has none
  std::array<std::uint64_t, kActCount> acts{};    // weights
  double item_churn = 0;                          // the chance that a run finds its items changed
  monitor::Duration act_every{};                  // on average
  monitor::Duration longest_stall{};
  monitor::Duration lateness{};  // how late the loop may get to an alarm
  bool bursts = false;           // alarms of one instant are handled in one turn of the loop
  monitor::Duration length{};    // of the time of trouble
};

Plan draw_plan(monitor::Random& random);

// The index of a weight, drawn in proportion; the weights are not all zero.
template <class Weights>
std::size_t draw_weighted(monitor::Random& random, const Weights& weights) {
  std::uint64_t sum = 0;
  for (const std::uint64_t weight : weights) {
    sum += weight;
  }
  std::uint64_t drawn = random.below(sum);
  std::size_t index = 0;
  while (drawn >= weights[index]) {
    drawn -= weights[index];
    ++index;
  }
  return index;
}

// Uniform in [low, high], to the nanosecond.
monitor::Duration draw_duration(monitor::Random& random, monitor::Duration low,
                                monitor::Duration high);

}  // namespace hale::sim
