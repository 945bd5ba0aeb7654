#include "checks/systemd_check.h"

#include <algorithm>
#include <expected>
#include <functional>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/patience.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::ItemResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::Result;
using monitor::RunContext;
using monitor::Task;

using Resources = std::map<std::string, UnitResources>;

std::string summary(const std::vector<ItemResult>& items) {
  if (items.size() == 1) {
    return items.front().name + ": " + items.front().outcome.message;
  }
  std::size_t well = 0;
  for (const ItemResult& item : items) {
    well += item.outcome.result == Result::kPass ? 1U : 0U;
  }
  return std::to_string(items.size()) + " units, " + std::to_string(well) + " of them well";
}

}  // namespace

SystemdCheck::SystemdCheck(SystemdOptions options) : options_(std::move(options)) {}

// What cannot be read is left out: no controller, or the unit has just ended.
Task<Resources> SystemdCheck::read_resources(RunContext& context, const UnitWatch& watch,
                                             std::vector<SelectedUnit> selected) {
  std::vector<std::string> groups;
  std::string key = "systemd:" + context.services().sys_root.string();
  for (const SelectedUnit& one : selected) {
    const Unit* const unit = watch.find(one.name);
    if (unit != nullptr && !unit->control_group.empty()) {
      groups.push_back(unit->control_group);
      key += " " + unit->control_group;
    }
  }
  if (groups.empty()) {
    co_return Resources();
  }
  std::function<Resources()> read = [sys = context.services().sys_root,
                                     groups = std::move(groups)] {
    return checks::read_resources(sys, groups);
  };
  const monitor::TimePoint give_up = patience_ends(context);
  std::expected<Resources, PoolFailure> found =
      co_await context.services().files.call(std::move(key), give_up, std::move(read));
  if (!found) {
    if (found.error() == PoolFailure::kCancelled) {
      throw asio::system_error(asio::error::operation_aborted);
    }
    co_return Resources();
  }
  co_return std::move(*found);
}

void SystemdCheck::take_resources(Past& past, const UnitResources& resources,
                                  monitor::TimePoint now, monitor::WallTime wall_now) const {
  const UnitResources& before = past.resources;
  past.cpu.reset();
  // A cgroup that was made anew counts from nothing.
  if (past.read && now > *past.read && before.cpu_us && resources.cpu_us &&
      *resources.cpu_us >= *before.cpu_us) {
    past.cpu = static_cast<double>(*resources.cpu_us - *before.cpu_us) / 1e6 /
               monitor::to_seconds(now - *past.read);
  }
  if (past.read && before.oom_kills && resources.oom_kills) {
    const std::uint64_t first =
        *resources.oom_kills >= *before.oom_kills ? *before.oom_kills : std::uint64_t{0};
    constexpr std::size_t kMost = 1000;
    for (std::uint64_t i = first; i < *resources.oom_kills && past.oom_kills.size() < kMost; ++i) {
      past.oom_kills.push_back(wall_now);
    }
  }
  while (!past.oom_kills.empty() &&
         past.oom_kills.front() < wall_now - options_.judgement.restart_window) {
    past.oom_kills.pop_front();
  }
  past.resources = resources;
  past.read = now;
}

// How far apart a timer's elapses are shows while it waits: from the last to the next.
void SystemdCheck::take_timer(Past& past, const Unit& unit, const TimerFacts& timer) {
  if (unit.sub_state == "waiting" && timer.last_trigger && timer.next_elapse &&
      *timer.next_elapse > *timer.last_trigger) {
    past.period = *timer.next_elapse - *timer.last_trigger;
  }
}

Task<CheckResult> SystemdCheck::run(RunContext& context) {
  CheckResult result;
  auto& watch = context.services().shared<UnitWatch>();
  for (const std::string& name : plain_names(options_.patterns)) {
    watch.want(name);
  }
  auto looked = co_await watch.look(context);
  if (!looked) {
    result.outcome = std::move(looked.error());
    co_return result;
  }
  context.enter(Phase::kEvaluate);
  std::vector<SelectedUnit> selected = select_units(watch.units(), options_.patterns);
  const Resources resources = co_await read_resources(context, watch, selected);
  const monitor::TimePoint now = context.clock().now();
  const monitor::WallTime wall_now = context.clock().wall_now();
  std::map<std::string, Past> past = std::exchange(past_, {});
  for (const SelectedUnit& one : selected) {
    const Unit* const unit = watch.find(one.name);
    UnitView view{.unit = unit,
                  .units = &watch.units(),
                  .starts = &watch.starts(unit == nullptr ? one.name : unit->name),
                  .by_name = one.by_name,
                  .now = wall_now};
    Past& before = past_.emplace(one.name, std::move(past[one.name])).first->second;
    const auto used = unit == nullptr ? resources.end() : resources.find(unit->control_group);
    if (used != resources.end()) {
      take_resources(before, used->second, now, wall_now);
      view.resources = used->second;
      view.cpu = before.cpu;
    }
    view.oom_kills = before.oom_kills.size();
    if (unit != nullptr && unit->timer) {
      take_timer(before, *unit, *unit->timer);
      view.period = before.period;
    }
    result.items.push_back(judge_unit(one.name, view, options_.judgement));
  }
  if (result.items.empty()) {
    result.outcome = Outcome::fail(Reason::kMissing, Phase::kEvaluate,
                                   "no enabled unit matches " + shown(options_.patterns));
    co_return result;
  }
  result.outcome = Outcome::pass(summary(result.items));
  co_return result;
}

}  // namespace hale::checks
