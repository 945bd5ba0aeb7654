// Where services listen, learned by looking: the ports that a service was seen to hold. Pure, but
// for the store that it is kept in.
//
// A port is learned once the service holds it in two looks in a row. It is expected of the service
// from then on, until somebody has had it started anew and it no longer listens there: that was
// meant.
//
// Not learned are ports that the kernel chose, since the next start gets another; those that a
// service begins to hold long after its start, or that a unit holds which starts things for others
// (containers, jobs): they come and go with those. Those that two hold at once are not expected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/sockets/listener_watch.h"
#include "checks/systemd/unit.h"
#include "monitor/state/state_store.h"
#include "monitor/time.h"

namespace hale::checks {

// Ports that the kernel gives to whoever does not ask for one: ip_local_port_range.
struct EphemeralPorts {
  std::uint16_t first = 32768;
  std::uint16_t last = 60999;
};

struct LearnedPort {
  std::string unit;
  Listener at;
  monitor::WallTime first;  // seen
  monitor::WallTime last;   // seen
  int looks = 0;            // in a row, while it is being learned
  bool expected = false;    // the service wants to listen there

  bool learned() const { return looks >= 2; }
};

class PortHistory {
 public:
  static constexpr std::size_t kMostPorts = 2048;
  static constexpr monitor::Duration kKept = std::chrono::hours(24 * 30);  // after it was last seen
  // For so long after its start, a service may not listen yet.
  static constexpr monitor::Duration kStartUp = std::chrono::seconds(30);
  static constexpr std::string_view kSection = "ports";

  // When a unit's last job ended that somebody had asked for, as far as that was seen.
  using LastJob = std::function<std::optional<monitor::WallTime>(const std::string& unit)>;

  void look(const Units& units, const LastJob& last_job, const Listeners& listeners,
            EphemeralPorts ephemeral, monitor::WallTime now);

  // All that are learned, of all units; by unit, protocol, port, address.
  std::vector<const LearnedPort*> learned() const;
  std::vector<const LearnedPort*> learned_of(const std::string& unit) const;

  // What is in the store is taken for learned; what cannot be read of it is dropped.
  void restore(const monitor::StateStore& store);
  // What has changed since the last time.
  void save(monitor::StateStore& store);

 private:
  static std::string key_of(const std::string& unit, const Listener& at);
  void drop_what_is_old(monitor::WallTime now);
  void keep_within_bounds();

  std::map<std::string, LearnedPort> ports_;  // by key
  bool looked_ = false;
  bool changed_ = true;  // since save(): what the store has is not known before
};

}  // namespace hale::checks
