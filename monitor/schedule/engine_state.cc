// What outlives the agent: findings (FindingBook keeps their records) and pauses.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "monitor/schedule/engine.h"
#include "monitor/state/state_fields.h"

namespace hale::monitor {

void Engine::restore(TimePoint now) {
  std::vector<Event> events;
  const auto watched = [this](std::string_view name) {
    const auto found = ids_.find(std::string(name));
    return found != ids_.end() && !entries_[found->second].record.settings().type->findings.empty();
  };
  findings_.restore(watched, clock_.wall_now(), events);
  emit(std::move(events));
  restore_pauses(now);
}

void Engine::remember_pause(const std::string& name, const Pause& pause) {
  services_.state.put(kPauses, name,
                      {state_field(pause.since), state_field(pause.until), pause.reason, pause.by});
}

// A pause whose end has passed is over; one of a check that is not there any more is forgotten.
void Engine::restore_pauses(TimePoint now) {
  const WallTime wall = clock_.wall_now();
  const StateSection section = services_.state.section(kPauses);  // a copy: it changes on the way
  for (const auto& [name, fields] : section) {
    const auto found = ids_.find(name);
    const std::optional<WallTime> since = fields.size() == 4 ? state_time(fields[0]) : std::nullopt;
    const std::optional<WallTime> until = since ? state_time(fields[1]) : std::nullopt;
    const bool has_end = since && !fields[1].empty();
    if (found == ids_.end() || !since || (has_end && (!until || *until <= wall))) {
      services_.state.erase(kPauses, name);
      continue;
    }
    Pause pause;
    pause.since = std::min(*since, wall);
    pause.until = until;
    pause.reason = fields[2];
    pause.by = fields[3];
    begin_pause(found->second, std::move(pause), now);
  }
}

}  // namespace hale::monitor
