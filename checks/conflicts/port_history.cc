#include "checks/conflicts/port_history.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "checks/conflicts/ownership.h"
#include "checks/conflicts/port_claim.h"
#include "monitor/state/state_fields.h"

namespace hale::checks {
namespace {

using monitor::WallTime;

// What they start listens for as long as it pleases.
bool starts_for_others(std::string_view unit) {
  constexpr std::array<std::string_view, 9> kNames = {
      "docker.service", "containerd.service", "podman.service",
      "crio.service",   "libvirtd.service",   "cron.service",
      "crond.service",  "atd.service",        "gitlab-runner.service"};
  return std::find(kNames.begin(), kNames.end(), unit) != kNames.end();
}

bool is_learnable(const Listener& listener, const Units& units, EphemeralPorts ephemeral) {
  if (listener.protocol == SocketProtocol::kUnix || listener.unit.empty() ||
      !listener.container.empty() || starts_for_others(listener.unit)) {
    return false;
  }
  const Unit* const unit = unit_of(listener, units);
  // A datagram socket of a high port is most often a client's.
  const bool is_client = listener.protocol == SocketProtocol::kUdp && listener.port >= 1024;
  const bool is_ephemeral = listener.port >= ephemeral.first && listener.port <= ephemeral.last;
  return unit != nullptr && unit->service && !is_client && !is_ephemeral;
}

bool is_running(const Unit& unit) {
  return unit.active_state == "active" && unit.sub_state == "running";
}

// When somebody last had it started: a run that is none of systemd's restarts was asked for, also
// while nobody looked.
std::optional<WallTime> last_asked_for(const Unit& unit, std::optional<WallTime> last_job) {
  if (!unit.service || unit.service->restarts > 0 || !unit.service->main_started) {
    return last_job;
  }
  const WallTime started = *unit.service->main_started;
  return last_job ? std::max(*last_job, started) : started;
}

// It was started anew after that, and has had the time to listen.
bool was_changed_since(std::optional<WallTime> change, WallTime time, WallTime now) {
  return change && *change > time && now - *change > PortHistory::kStartUp;
}

// Begins to hold a port long after its start.
bool is_late(const Unit& unit, WallTime now) {
  const std::optional<WallTime> started = unit.service ? unit.service->main_started : std::nullopt;
  return started && now - *started > 2 * PortHistory::kStartUp;
}

using Place = std::tuple<SocketProtocol, std::uint16_t, asio::ip::address>;

// Held by several at once.
std::set<Place> shared_places(const Listeners& listeners) {
  std::map<Place, std::string> owners;
  std::set<Place> shared;
  for (const Listener& listener : listeners) {
    const Place place(listener.protocol, listener.port, listener.address);
    const auto [owner, is_first] = owners.emplace(place, listener.unit);
    if (!is_first && owner->second != listener.unit) {
      shared.insert(place);
    }
  }
  return shared;
}

// When it was last seen matters to the hour only, so that a port that nothing happens to is not
// written again and again.
WallTime last_saved(const LearnedPort& port) {
  return std::max(port.first, WallTime(std::chrono::floor<std::chrono::hours>(port.last)));
}

}  // namespace

std::string PortHistory::key_of(const std::string& unit, const Listener& at) {
  return unit + " " + std::string(to_string(at.protocol)) + " " + to_string(at);
}

void PortHistory::look(const Units& units, const LastJob& last_job, const Listeners& listeners,
                       EphemeralPorts ephemeral, WallTime now) {
  const std::set<Place> shared = shared_places(listeners);
  std::set<std::string> held;
  for (const Listener& listener : listeners) {
    if (!is_learnable(listener, units, ephemeral)) {
      continue;
    }
    const std::string key = key_of(listener.unit, listener);
    if (!held.insert(key).second) {
      continue;  // one of several sockets on the same port
    }
    const bool is_new = !ports_.contains(key);
    if (is_new && looked_ && is_late(*unit_of(listener, units), now)) {
      continue;
    }
    LearnedPort& port = ports_[key];
    if (is_new) {
      port.unit = listener.unit;
      port.at = listener;
      port.first = now;
    }
    const LearnedPort before = port;
    port.looks = std::min(port.looks + 1, 2);
    port.last = now;
    port.expected =
        port.learned() && !shared.contains({listener.protocol, listener.port, listener.address});
    changed_ = changed_ || port.expected != before.expected || port.learned() != before.learned() ||
               last_saved(port) != last_saved(before);
  }
  looked_ = true;
  for (auto entry = ports_.begin(); entry != ports_.end();) {
    LearnedPort& port = entry->second;
    if (!held.contains(entry->first) && !port.learned()) {
      entry = ports_.erase(entry);
      continue;
    }
    const auto unit = units.find(port.unit);
    if (!held.contains(entry->first) && unit != units.end() && unit->second.service &&
        is_running(unit->second) &&
        was_changed_since(last_asked_for(unit->second, last_job(unit->first)), port.last, now)) {
      changed_ = changed_ || port.expected;
      port.expected = false;
    }
    ++entry;
  }
  drop_what_is_old(now);
  keep_within_bounds();
}

void PortHistory::drop_what_is_old(WallTime now) {
  const std::size_t old =
      std::erase_if(ports_, [now](const auto& entry) { return now - entry.second.last > kKept; });
  changed_ = changed_ || old > 0;
}

void PortHistory::keep_within_bounds() {
  if (ports_.size() <= kMostPorts) {
    return;
  }
  using Entry = std::map<std::string, LearnedPort>::iterator;
  std::vector<Entry> entries;
  for (auto entry = ports_.begin(); entry != ports_.end(); ++entry) {
    entries.push_back(entry);
  }
  const auto kept = entries.begin() + kMostPorts;
  // Of those that were seen at the same time, the learned ones stay.
  std::nth_element(entries.begin(), kept, entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a->second.last, a->second.looks) > std::tie(b->second.last, b->second.looks);
  });
  for (auto entry = kept; entry != entries.end(); ++entry) {
    changed_ = changed_ || (*entry)->second.learned();
    ports_.erase(*entry);
  }
}

std::vector<const LearnedPort*> PortHistory::learned() const {
  std::vector<const LearnedPort*> list;
  for (const auto& [key, port] : ports_) {
    if (port.learned()) {
      list.push_back(&port);
    }
  }
  return list;
}

std::vector<const LearnedPort*> PortHistory::learned_of(const std::string& unit) const {
  std::vector<const LearnedPort*> list;
  const std::string prefix = unit + " ";  // no unit's name has a blank in it
  for (auto entry = ports_.lower_bound(prefix);
       entry != ports_.end() && entry->first.starts_with(prefix); ++entry) {
    if (entry->second.learned()) {
      list.push_back(&entry->second);
    }
  }
  return list;
}

void PortHistory::restore(const monitor::StateStore& store) {
  for (const auto& [key, record] : store.section(kSection)) {
    if (record.size() != 7 || ports_.size() >= kMostPorts) {
      continue;
    }
    LearnedPort port;
    port.unit = record[0];
    port.at.unit = record[0];
    port.at.protocol = record[1] == "udp" ? SocketProtocol::kUdp : SocketProtocol::kTcp;
    const auto first = monitor::state_time(record[4]);
    const auto last = monitor::state_time(record[5]);
    const bool is_place =
        parse_place(record[2], port.at) && port.at.protocol != SocketProtocol::kUnix;
    port.at.dual_stack = record[3] == "1";
    if (!is_place || !first || !last || key != key_of(port.unit, port.at)) {
      continue;
    }
    port.first = *first;
    port.last = *last;
    port.looks = 2;
    port.expected = record[6] == "1";
    ports_.insert_or_assign(key, std::move(port));
  }
}

void PortHistory::save(monitor::StateStore& store) {
  if (!std::exchange(changed_, false)) {
    return;
  }
  std::vector<std::string> gone;
  for (const auto& [key, record] : store.section(kSection)) {
    const auto port = ports_.find(key);
    if (port == ports_.end() || !port->second.learned()) {
      gone.push_back(key);
    }
  }
  for (const std::string& key : gone) {
    store.erase(kSection, key);
  }
  for (const auto& [key, port] : ports_) {
    if (!port.learned()) {
      continue;
    }
    const Listener& at = port.at;
    const std::string place =
        (at.address.is_v6() ? "[" + at.address.to_string() + "]" : at.address.to_string()) + ":" +
        std::to_string(at.port);
    store.put(kSection, key,
              {port.unit, std::string(to_string(at.protocol)), place, at.dual_stack ? "1" : "0",
               monitor::state_field(port.first), monitor::state_field(last_saved(port)),
               port.expected ? "1" : "0"});
  }
}

}  // namespace hale::checks
