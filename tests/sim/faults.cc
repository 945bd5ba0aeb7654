#include "tests/sim/faults.h"

namespace hale::sim {

std::string_view to_string(Fault fault) {
  constexpr std::array<std::string_view, kFaultCount> kNames = {
      "the check fails",
      "the check warns",
      "the check is unknown",
      "the check answers slowly but in time",
      "the check never answers",
      "the check ignores its cancellation",
      "the check hangs until it is stale",
      "the check throws at once",
      "the check throws later",
      "the check answers at its deadline",
      "a measurement breaks a limit",
      "the duration breaks a limit",
      "an item appears",
      "an item vanishes",
      "an item goes bad",
      "the process is stalled",
      "the process is stalled over ticks",
      "the wall clock steps forth",
      "the wall clock steps back",
      "pause without end",
      "pause with an end",
      "pause of a run in flight",
      "pause of a stuck check",
      "pause of a paused check",
      "resume of a paused check",
      "resume of a check that is not paused",
      "resume while the cancelled run goes on",
      "run of an idle check",
      "run joins one in flight",
      "run of a stuck check",
      "run of a paused check",
      "stop with runs in flight",
      "stop with hung runs"};
  return kNames[static_cast<std::size_t>(fault)];
}

}  // namespace hale::sim
