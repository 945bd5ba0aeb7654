#include "checks/conflicts/scene.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "checks/systemd/words.h"

namespace hale::checks {
namespace {

using monitor::WallTime;

bool is_switched_off(const Unit& unit) {
  const bool is_at_rest = unit.active_state == "failed" || unit.active_state == "inactive";
  return (is_at_rest && unit.file_state == "disabled") || unit.file_state == "masked" ||
         unit.load_state == "masked" || unit.load_state == "not-found";
}

// Up for longer than it ever was between its restarts, it stays up. Example: restarted every
// second, it is well after ten; every minute, after three minutes.
bool is_restarting(const Unit& unit, const std::vector<WallTime>& restarts, WallTime now) {
  if (unit.sub_state.starts_with("auto-restart")) {
    return true;
  }
  if (restarts.size() < 2 || unit.active_state == "inactive") {
    return false;
  }
  const monitor::Duration pace = (restarts.back() - restarts.front()) / (restarts.size() - 1);
  const monitor::Duration quiet =
      std::clamp<monitor::Duration>(3 * pace, std::chrono::seconds(10), kTroubleWindow);
  return now - restarts.back() < quiet;
}

void add(const PortClaim& claim, std::vector<PortClaim>& claims) {
  const bool is_known = std::any_of(claims.begin(), claims.end(), [&claim](const PortClaim& known) {
    return known.at.port == claim.at.port && known.at.protocol == claim.at.protocol &&
           known.at.path == claim.at.path && overlap(known.at, claim.at);
  });
  if (!is_known) {
    claims.push_back(claim);
  }
}

void add_learned(const Unit& unit, const ConflictScene& scene, std::vector<PortClaim>& claims) {
  for (const LearnedPort* port : scene.history->learned_of(unit.name)) {
    if (!port->expected) {
      continue;  // it was given up
    }
    add({.unit = unit.name,
         .at = port->at,
         .source = ClaimSource::kLearned,
         .detail = "it listened on " + to_string(port->at) + " until " +
                   clock_text(port->last, scene.now)},
        claims);
  }
}

// Where the journal names a port and no address, any address may be meant.
void add_journal(const Unit& unit, const ConflictScene& scene, std::vector<PortClaim>& claims) {
  const auto evidence = scene.journal.find(unit.name);
  if (evidence == scene.journal.end()) {
    return;
  }
  if (const auto port = evidence->second.in_use.port) {
    PortClaim claim{.unit = unit.name,
                    .at = {},
                    .source = ClaimSource::kJournal,
                    .detail = "its journal says that port " + std::to_string(*port) + " is in use"};
    parse_place(std::to_string(*port), claim.at);
    add(claim, claims);
  }
}

}  // namespace

std::vector<UnitTrouble> units_in_trouble(const ConflictScene& scene) {
  std::vector<UnitTrouble> list;
  for (const auto& [name, unit] : *scene.units) {
    if (is_switched_off(unit)) {
      continue;
    }
    UnitTrouble trouble{.unit = &unit, .restarts = 0, .end = ""};
    if (unit.socket && unit.active_state == "failed") {
      list.push_back(trouble);
    }
    if (!unit.service) {
      continue;
    }
    std::vector<WallTime> restarts;
    for (const UnitStart& start : scene.starts(name)) {
      if (!start.planned && scene.now - start.time <= kTroubleWindow) {
        restarts.push_back(start.time);
        trouble.end = start.end;
      }
    }
    trouble.restarts = restarts.size();
    if (unit.active_state == "failed" || is_restarting(unit, restarts, scene.now)) {
      if (trouble.end.empty() || unit.active_state == "failed") {
        trouble.end = end_text(*unit.service);
      }
      trouble.given_up = unit.active_state == "failed";
      trouble.told_restarts = unit.service->restarts;
      list.push_back(std::move(trouble));
    }
  }
  return list;
}

std::span<const Listener> listeners_on(const Listeners& listeners, SocketProtocol protocol,
                                       std::uint16_t port) {
  const auto place = [](const Listener& listener) {
    return std::pair(listener.protocol, listener.port);
  };
  const auto found =
      std::ranges::equal_range(listeners, std::pair(protocol, port), std::less<>(), place);
  return {found.begin(), found.end()};
}

Owner owner_of(const Listener& listener, const ConflictScene& scene) {
  const auto holders = scene.holders.find(listener.inode);
  const Process* const process = holders != scene.holders.end() && !holders->second.empty()
                                     ? &holders->second.front()
                                     : nullptr;
  const Unit* const unit = unit_of(listener, *scene.units);
  Owner owner;
  std::int64_t pid = process != nullptr ? process->pid : 0;
  owner.since = process != nullptr ? std::optional(scene.now - process->age) : std::nullopt;
  owner.is_known = process != nullptr || !listener.cgroup.empty() || !listener.unit.empty() ||
                   !listener.container.empty();
  if (!listener.container.empty()) {
    owner.name = "container " + listener.container.substr(0, 12);
  } else if (!listener.unit.empty()) {
    owner.name = listener.unit;
  } else {
    owner.name =
        process != nullptr ? process->name : "a process of user " + std::to_string(listener.uid);
  }
  if (unit != nullptr && unit->service) {
    pid = unit->service->main_pid;
    // systemd is not asked for the first while nothing changes.
    owner.since = unit->active_since ? unit->active_since : unit->service->main_started;
  }
  owner.text = owner.name;
  const bool is_named =
      process == nullptr || process->name == owner.name || (unit && unit->service);
  if (pid > 0) {
    owner.text +=
        " (" + (is_named ? "" : process->name + ", ") + "pid " + std::to_string(pid) + ")";
  }
  if (owner.since) {
    owner.text += " since " + clock_text(*owner.since, scene.now);
  }
  return owner;
}

std::vector<PortClaim> claims_of(const Unit& unit, const ConflictScene& scene) {
  if (unit.service && unit.service->private_network) {
    return {};
  }
  std::vector<PortClaim> claims = socket_claims(unit);
  for (const PortClaim& claim : scene.configured) {
    if (claim.unit == unit.name) {
      add(claim, claims);
    }
  }
  add_learned(unit, scene, claims);
  add_journal(unit, scene, claims);
  for (const PortClaim& claim : command_claims(unit)) {
    add(claim, claims);
  }
  const auto journal = scene.journal.find(unit.name);
  if (journal != scene.journal.end() && journal->second.in_use.said &&
      !journal->second.in_use.port) {
    for (const PortClaim& claim : possible_claims(unit)) {
      add(claim, claims);
    }
  }
  return claims;
}

}  // namespace hale::checks
