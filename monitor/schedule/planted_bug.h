// Deliberate bugs, so that the simulation can prove that it would catch them. A normal build has
// none of this in it: planted() is a constant false there. Only tests/sim compiles the scheduler
// and the engine a second time, with HALE_PLANT_BUGS, and chooses one.
#pragma once

namespace hale::monitor {

enum class PlantedBug { kNone, kNoDeadline, kTwoInFlight, kCatchUp, kDrift, kUncountedSkip };

#ifdef HALE_PLANT_BUGS
inline PlantedBug the_planted_bug = PlantedBug::kNone;
inline bool planted(PlantedBug bug) {
  return the_planted_bug == bug;
}
#else
constexpr bool planted(PlantedBug /*bug*/) {
  return false;
}
#endif

}  // namespace hale::monitor
