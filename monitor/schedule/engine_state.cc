// What outlives the agent: findings (FindingBook keeps their records), pauses, and what was last
// reported to passive checks.
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "monitor/schedule/engine.h"
#include "monitor/state/state_fields.h"

namespace hale::monitor {
namespace {

// Of a record of kReports, before what belongs to the check itself.
constexpr std::ptrdiff_t kRunFields = 5;

template <class Word, int Count>
std::optional<Word> word(std::string_view text) {
  for (int i = 0; i < Count; ++i) {
    if (text == to_string(static_cast<Word>(i))) {
      return static_cast<Word>(i);
    }
  }
  return std::nullopt;
}

std::optional<PassiveRun> read_run(const StateRecord& fields, WallTime now) {
  const std::optional<WallTime> started = state_time(fields[0]);
  const auto result = word<Result, kResultCount>(fields[1]);
  const auto reason = word<Reason, kReasonCount>(fields[2]);
  if (!started || *started > now || !result || !reason ||
      (*result == Result::kPass) != (*reason == Reason::kNone)) {
    return std::nullopt;
  }
  PassiveRun run;
  run.started = *started;
  run.result.outcome.result = *result;
  run.result.outcome.reason = *reason;
  run.result.outcome.message = fields[3];
  constexpr std::uint64_t kLongest = 1'000'000'000ULL * 3600 * 24 * 366;
  if (const auto duration = state_number(fields[4]); duration && *duration <= kLongest) {
    run.duration = Duration(static_cast<Duration::rep>(*duration));
  }
  return run;
}

}  // namespace

void Engine::restore(TimePoint now) {
  std::vector<Event> events;
  const auto watched = [this](std::string_view name) {
    const auto found = ids_.find(std::string(name));
    return found != ids_.end() && !entries_[found->second].record.settings().type->findings.empty();
  };
  findings_.restore(watched, clock_.wall_now(), events);
  emit(std::move(events));
  restore_reports(now);
  restore_pauses(now);
}

// The last run, then what the check itself has to know.
void Engine::remember_report(CheckId check) {
  const Entry& entry = entries_[check];
  const CheckSettings& settings = entry.record.settings();
  const StateRecord own = entry.passive->state();
  if (own.empty() || (entry.passive->keeps_interval() && settings.interval < kSeldom)) {
    return;
  }
  StateRecord record(kRunFields);
  if (const std::shared_ptr<const RunView> last = entry.record.last_run()) {
    record[0] = state_field(last->time);
    record[1] = to_string(last->outcome.result);
    record[2] = to_string(last->outcome.reason);
    record[3] = last->outcome.message;
    if (const std::optional<Duration> duration = last->duration) {
      record[4] = std::to_string(duration->count());
    }
  }
  record.insert(record.end(), own.begin(), own.end());
  services_.state.put(kReports, settings.name, std::move(record));
}

void Engine::restore_reports(TimePoint now) {
  const Moment at = moment(now);
  const StateSection section = services_.state.section(kReports);  // a copy: it changes on the way
  for (const auto& [name, fields] : section) {
    const auto found = ids_.find(name);
    if (found == ids_.end() || entries_[found->second].passive == nullptr ||
        std::ssize(fields) < kRunFields) {
      services_.state.erase(kReports, name);
      continue;
    }
    const CheckId check = found->second;
    entries_[check].passive->restore({fields.begin() + kRunFields, fields.end()}, at);
    await_next_report(check, at);
    if (std::optional<PassiveRun> run = read_run(fields, at.wall)) {
      apply_report(check, *std::move(run), now);
    }
  }
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
