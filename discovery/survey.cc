#include "discovery/survey.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <asio/error.hpp>
#include <asio/system_error.hpp>

#include "checks/patience.h"
#include "checks/sockets/listener_watch.h"
#include "checks/systemd/unit_watch.h"
#include "discovery/ask.h"
#include "discovery/host.h"
#include "discovery/ownership.h"
#include "discovery/recognise.h"
#include "monitor/runtime/all_of.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::discovery {
namespace {

using checks::Listener;
using checks::Process;
using checks::SocketProtocol;
using monitor::PoolFailure;
using monitor::RunContext;
using monitor::Task;

// No single look may keep the others waiting for longer.
constexpr monitor::Duration kLookPatience = std::chrono::seconds(3);
constexpr std::size_t kAskedAtOnce = 48;

monitor::TimePoint look_ends(RunContext& context) {
  return std::min(context.clock().now() + kLookPatience, context.deadline());
}

Task<> look_at_units(RunContext& context, Picture& picture) {
  RunContext look(context.services(), context.clock().now(), look_ends(context));
  auto& watch = context.services().shared<checks::UnitWatch>();
  const auto looked = co_await watch.look(look);
  if (looked) {
    picture.units = watch.units();
  } else {
    picture.unseen.push_back({.what = "systemd's units", .why = looked.error().message});
  }
}

Task<HostFacts> look_at_host(RunContext& context) {
  std::function<HostFacts()> work = [proc = context.services().proc_root,
                                     sys = context.services().sys_root] {
    return read_host(proc, sys);
  };
  auto facts =
      co_await context.services().files.call("discover:host", look_ends(context), std::move(work));
  if (!facts && facts.error() == PoolFailure::kCancelled) {
    throw asio::system_error(asio::error::operation_aborted);
  }
  if (!facts) {
    HostFacts none;
    none.unseen.push_back(
        {.what = "processes, mounts and hardware", .why = "/proc or /sys did not answer in time"});
    co_return none;
  }
  co_return std::move(*facts);
}

bool is_init(const Process& process) {
  return process.pid == 1 && (process.name == "systemd" || process.name == "init");
}

// Of several that hold a socket the one that the others came from; systemd, which only opened it,
// where nobody else does.
const Process* main_holder(const std::vector<Process>& holders) {
  std::set<pid_t> pids;
  for (const Process& holder : holders) {
    if (!is_init(holder)) {
      pids.insert(holder.pid);
    }
  }
  const Process* best = nullptr;
  for (const Process& holder : holders) {
    const bool root = !is_init(holder) && !pids.contains(holder.parent);
    if (best == nullptr || (root && is_init(*best))) {
      best = &holder;
    } else if (root && holder.name < best->name) {
      best = &holder;
    }
  }
  return best;
}

// What is likely to hold a socket of a unit whose descriptors may not be seen: its main process,
// else the first one of it.
const Process* process_of(const std::string& name, const Picture& picture, const HostFacts& facts) {
  if (name.empty()) {
    return nullptr;
  }
  pid_t main_pid = 0;
  if (picture.units) {
    const auto unit = picture.units->find(name);
    const bool known = unit != picture.units->end();
    const std::optional<checks::ServiceFacts> service = known ? unit->second.service : std::nullopt;
    main_pid = service ? static_cast<pid_t>(service->main_pid) : 0;
  }
  const Process* first = nullptr;
  for (const Process& process : facts.processes) {
    if (process.unit != name) {
      continue;
    }
    if (process.pid == main_pid) {
      return &process;
    }
    first = first == nullptr ? &process : first;
  }
  return first;
}

// The process as the survey of all has seen it, with its arguments.
const Process* same_process(const Process& process, const HostFacts& facts) {
  const auto found = std::ranges::find(facts.processes, process.pid, &Process::pid);
  return found == facts.processes.end() ? &process : &*found;
}

bool counts(const Listener& listener) {
  return listener.protocol != SocketProtocol::kUnix && listener.port != 0;
}

// Services that systemd has started again lately. Whether that goes on takes another look.
std::vector<std::string> restarted(const checks::Units& units, monitor::WallTime now) {
  constexpr monitor::Duration kLately = std::chrono::minutes(2);
  std::vector<std::string> names;
  for (const auto& [name, unit] : units) {
    const bool counted =
        unit.service && unit.service->restarts > 0 && unit.active_state != "inactive";
    const auto started = counted ? unit.service->main_started : std::nullopt;
    if (started && now - *started < kLately) {
      names.push_back(name);
    }
  }
  return names;
}

bool is_told(const std::string& unit, const std::vector<monitor::Finding>& findings) {
  return std::ranges::any_of(findings, [&unit](const monitor::Finding& finding) {
    return finding.message.contains(unit);
  });
}

// What the check of that type concludes. A service that is started again and again is seen at work
// now and waiting then, so that one look may find nothing wrong with it.
Task<> look_for_conflicts(RunContext& context, const monitor::CheckRegistry& registry,
                          Picture& picture) {
  constexpr monitor::Duration kBetween = std::chrono::milliseconds(200);
  const monitor::TimePoint until = look_ends(context);
  std::vector<std::string> suspects;
  if (picture.units) {
    suspects = restarted(*picture.units, picture.now);
  }
  bool again = true;
  while (again) {
    Trial trial;
    trial.type = "conflicts";
    auto result = co_await run_trial(context, registry, std::move(trial));
    if (!result || result->outcome.result == monitor::Result::kUnknown) {
      picture.unseen.push_back(
          {.what = "conflicts",
           .why = result ? result->outcome.message : "the look took too long"});
      co_return;
    }
    picture.findings = std::move(result->findings);
    const monitor::TimePoint next = context.clock().now() + kBetween;
    again = next < until &&
            !std::ranges::all_of(
                suspects,
                [&picture](const std::string& unit) { return is_told(unit, picture.findings); });
    if (again) {
      co_await monitor::sleep_until(context.executor(), context.clock(), next);
    }
  }
}

Task<std::vector<HeldListener>> look_at_listeners(RunContext& context, const HostFacts& facts,
                                                  Picture& picture) {
  RunContext look(context.services(), context.clock().now(), look_ends(context));
  auto& watch = context.services().shared<checks::ListenerWatch>();
  const auto listeners = co_await watch.look(look);
  std::vector<HeldListener> held;
  if (!listeners) {
    picture.unseen.push_back({.what = "listeners", .why = listeners.error().message});
    co_return held;
  }
  std::set<std::string> why_unseen;
  for (const Listener& listener : **listeners) {
    if (!counts(listener)) {
      continue;
    }
    if (held.size() >= kMostEndpoints) {
      picture.unseen.push_back({.what = "some listeners", .why = "there are too many"});
      break;
    }
    const auto holders = co_await watch.holders(look, listener);
    HeldListener one{.listener = listener, .program = {}};
    if (const Process* holder = holders ? main_holder(*holders) : nullptr) {
      one.program = program_of(*same_process(*holder, facts));
      if (one.listener.unit.empty() && !is_init(*holder)) {
        one.listener.unit = holder->unit;
        one.listener.container = holder->container;
      }
    } else if (const Process* process = process_of(listener.unit, picture, facts)) {
      one.program = program_of(*process);
    } else if (!holders) {
      const bool permission = holders.error().reason == monitor::Reason::kPermission;
      why_unseen.insert(permission ? "that takes root, or the capability CAP_SYS_PTRACE"
                                   : holders.error().message);
    }
    held.push_back(std::move(one));
  }
  for (const std::string& why : why_unseen) {
    picture.unseen.push_back({.what = "who holds some of the listeners", .why = why});
  }
  co_return held;
}

bool should_be_asked(const Endpoint& endpoint, const Picture& picture) {
  return !is_hale(endpoint.program, endpoint.unit) && !waits_for_a_connection(endpoint, picture);
}

// Side by side, so many at once; those whose turn does not come in time stay as they are.
Task<> ask_all(RunContext& context, const monitor::CheckRegistry& registry, Picture& picture) {
  std::vector<Endpoint*> waiting;
  for (Endpoint& endpoint : picture.endpoints) {
    if (should_be_asked(endpoint, picture)) {
      waiting.push_back(&endpoint);
    }
  }
  std::size_t at = 0;
  while (at < waiting.size() && context.clock().now() < checks::patience_ends(context)) {
    const std::size_t end = std::min(at + kAskedAtOnce, waiting.size());
    std::vector<Task<Answer>> tasks;
    for (std::size_t i = at; i < end; ++i) {
      const Endpoint& endpoint = *waiting[i];
      const KnownService* service = recognise(endpoint.program, endpoint.unit).service;
      tasks.push_back(
          ask(context, registry, trials_of(endpoint, service), host_of(endpoint), endpoint.port));
    }
    auto answers = co_await monitor::all_of(context.executor(), std::move(tasks));
    for (std::size_t i = at; i < end; ++i) {
      if (auto& answer = answers[i - at]) {
        waiting[i]->answer = std::move(*answer);
      }
    }
    at = end;
  }
  const auto asked = [](const Endpoint* endpoint) {
    return endpoint->answer.asked || endpoint->protocol == SocketProtocol::kUdp;
  };
  if (!std::ranges::all_of(waiting, asked)) {
    picture.unseen.push_back(
        {.what = "what some listeners answer", .why = "there was no time left to ask all"});
  }
}

}  // namespace

std::vector<Endpoint> to_endpoints(const std::vector<HeldListener>& held) {
  using Key = std::tuple<SocketProtocol, std::uint16_t, std::string, std::string, std::string>;
  std::map<Key, Endpoint> endpoints;
  for (const HeldListener& one : held) {
    const Listener& listener = one.listener;
    const Key key(listener.protocol, listener.port, listener.unit, listener.container,
                  one.program.name);
    Endpoint& endpoint = endpoints[key];
    endpoint.protocol = listener.protocol;
    endpoint.port = listener.port;
    endpoint.addresses.push_back(listener.address);
    endpoint.dual_stack = endpoint.dual_stack || listener.dual_stack;
    endpoint.program = one.program;
    endpoint.unit = listener.unit;
    endpoint.container = listener.container;
  }
  std::vector<Endpoint> all;
  for (auto& [key, endpoint] : endpoints) {
    std::ranges::sort(endpoint.addresses);
    const auto same = std::ranges::unique(endpoint.addresses);
    endpoint.addresses.erase(same.begin(), same.end());
    all.push_back(std::move(endpoint));
  }
  return all;
}

Task<Picture> survey(RunContext& context, const monitor::CheckRegistry& registry) {
  Picture picture;
  picture.bus = context.services().systemd_bus;
  picture.now = context.clock().wall_now();
  co_await look_at_units(context, picture);
  HostFacts facts = co_await look_at_host(context);
  const std::vector<HeldListener> held = co_await look_at_listeners(context, facts, picture);
  picture.endpoints = to_endpoints(held);
  std::set<std::string> programs;
  for (const Process& process : facts.processes) {
    programs.insert(program_of(process).name);
  }
  picture.programs.assign(programs.begin(), programs.end());
  picture.network_mounts = std::move(facts.network_mounts);
  picture.gpus = std::move(facts.gpus);
  picture.chips = std::move(facts.chips);
  picture.first_temporary_port = facts.first_temporary_port;
  picture.last_temporary_port = facts.last_temporary_port;
  for (Unseen& unseen : facts.unseen) {
    picture.unseen.push_back(std::move(unseen));
  }
  co_await look_for_conflicts(context, registry, picture);
  co_await ask_all(context, registry, picture);
  co_return picture;
}

}  // namespace hale::discovery
