// What the engine tells the world: events, and the board.
#include <algorithm>
#include <utility>

#include "monitor/health/overall.h"
#include "monitor/runtime/blocking_pool.h"
#include "monitor/schedule/engine.h"

namespace hale::monitor {

void Engine::emit(std::vector<Event> events) {
  for (Event& event : events) {
    events_.add(std::move(event));
    if (options_.on_event) {
      options_.on_event(*events_.latest());
    }
  }
}

void Engine::tell(std::string to, std::string message) {
  Event event;
  event.time = clock_.wall_now();
  event.kind = EventKind::kAgent;
  event.to = std::move(to);
  event.message = std::move(message);
  emit({std::move(event)});
  change();
}

void Engine::set_component(std::string_view name, std::string_view state) {
  const auto same_name = [name](const auto& component) { return component.first == name; };
  auto agent = std::make_shared<AgentInfo>(*agent_);
  const auto found = std::ranges::find_if(agent->components, same_name);
  if (found == agent->components.end()) {
    agent->components.emplace_back(name, state);
    std::ranges::sort(agent->components);
  } else if (found->second == state) {
    return;
  } else {
    found->second = state;
  }
  agent_ = std::move(agent);
  change();
}

// Nothing is published before the start.
void Engine::change() {
  changed_ = true;
  if (started_) {
    arm();
  }
}

void Engine::touch(CheckId check) {
  if (!entries_[check].dirty) {
    entries_[check].dirty = true;
    dirty_.push_back(check);
  }
}

void Engine::publish(TimePoint now) {
  const WallTime wall = clock_.wall_now();
  if (version_ == 0) {
    std::sort(by_name_.begin(), by_name_.end(), [this](CheckId a, CheckId b) {
      return entries_[a].record.settings().name < entries_[b].record.settings().name;
    });
  }
  for (const CheckId check : dirty_) {
    entries_[check].view = make_view(check, now, wall);
    entries_[check].dirty = false;
  }
  dirty_.clear();
  changed_ = false;

  auto view = std::make_shared<BoardView>();
  view->version = ++version_;
  view->time = wall;
  view->agent = agent_;
  roll_up(*view);
  view->events = events_.snapshot();
  view->findings = findings_.list();
  view->scheduler_lag = lag_.snapshot();
  view->pools = {services_.resolver.stats(), services_.files.stats()};
  board_.publish(std::move(view));

  // With very many checks a publication is dear: it never takes more than a twentieth of the time.
  const TimePoint after = clock_.now();
  next_publish_ = after + std::max<Duration>(kPublishInterval, 20 * (after - now));
  answer_reports();
}

std::shared_ptr<const CheckView> Engine::make_view(CheckId check, TimePoint now, WallTime wall) {
  Entry& entry = entries_[check];
  entry.viewed = now;
  std::vector<Event> events;
  entry.record.refresh_slo(now, wall, events);
  emit(std::move(events));
  CheckRecord::Schedule schedule;
  schedule.now = now;
  if (const std::optional<TimePoint> next = scheduler_.next_tick(check)) {
    schedule.next_run = wall + (*next - now);
  }
  if (entry.awaits_report) {
    schedule.expected = entry.passive->expected({now, wall}).wall;
  }
  schedule.interval = entry.interval;
  schedule.stuck = entry.run && entry.run->stuck;
  return entry.record.view(schedule);
}

void Engine::roll_up(BoardView& view) const {
  std::vector<Rollup> groups(options_.groups.size());
  view.checks.reserve(entries_.size());
  for (const CheckId check : by_name_) {
    const Entry& entry = entries_[check];
    Member member;
    member.status = entry.view->status;
    member.last_known = entry.view->last_known;
    member.critical = entry.record.settings().critical;
    member.awaited = entry.passive == nullptr;
    view.rollup.add(member);
    if (entry.group >= 0) {
      groups[static_cast<std::size_t>(entry.group)].add(member);
    }
    view.checks.push_back(entry.view);
  }
  for (std::size_t group = 0; group < groups.size(); ++group) {
    if (groups[group].total() > 0) {
      const GroupInfo& info = options_.groups[group];
      view.groups.push_back(GroupView{.name = info.name,
                                      .title = info.title,
                                      .order = info.order,
                                      .status = groups[group].overall()});
    }
  }
}

void Engine::answer(std::vector<ReplyHandler> waiters, CheckId check, bool with_run) {
  touch(check);
  publish(clock_.now());
  CommandReply reply;
  reply.check = entries_[check].view;
  if (with_run) {
    reply.run = reply.check->last;
  }
  for (const ReplyHandler& waiter : waiters) {
    waiter(reply);
  }
}

}  // namespace hale::monitor
