// All that a look for conflicts has seen, in one place, and questions about it. Values and pure
// functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checks/conflicts/ownership.h"
#include "checks/conflicts/port_claim.h"
#include "checks/conflicts/port_history.h"
#include "checks/proc/process_list.h"
#include "checks/sockets/listener_watch.h"
#include "checks/systemd/unit.h"
#include "monitor/time.h"

namespace hale::checks {

// What the journal of a unit in trouble says.
struct JournalEvidence {
  bool looked = false;    // in time
  bool readable = false;  // it may be read, and so says something also where it is silent
  InUse in_use;
  std::string line;  // the one that says so, else the last one; "" where it is not to be told
};

// What happened in this time counts as one trouble.
inline constexpr monitor::Duration kTroubleWindow = std::chrono::minutes(10);

struct ConflictScene {
  monitor::WallTime now;
  const Units* units = nullptr;
  const Listeners* listeners = nullptr;
  const PortHistory* history = nullptr;
  std::function<const std::vector<UnitStart>&(const std::string& unit)> starts;
  std::vector<PortClaim> configured;                      // by `listener` checks
  std::map<std::string, JournalEvidence> journal;         // of units in trouble
  std::map<std::uint64_t, std::vector<Process>> holders;  // by inode, of sockets without a unit
};

// A unit that does not get to run.
struct UnitTrouble {
  const Unit* unit = nullptr;
  std::size_t restarts = 0;         // by systemd, in kTroubleWindow
  std::uint32_t told_restarts = 0;  // by systemd's own counter
  bool given_up = false;            // systemd does not restart it any more
  std::string end;                  // how the last run ended: "exit status 1"; may be empty
};

// Services that are started again and again or have failed, and sockets that could not be bound.
// Not those that are disabled and at rest, which only still show how they ended.
std::vector<UnitTrouble> units_in_trouble(const ConflictScene& scene);

// Those on one port; of Unix sockets all, whose port is 0.
std::span<const Listener> listeners_on(const Listeners& listeners, SocketProtocol protocol,
                                       std::uint16_t port);

// Whose a listener is.
struct Owner {
  std::string name;  // "nginx.service", "container 0123456789ab", "python3"; tells owners apart
  std::string text;  // "nginx.service (pid 812) since 10:02", as far as it is known
  std::optional<monitor::WallTime> since;
  bool is_known = false;  // otherwise it may be anybody, the unit in question among them
};
Owner owner_of(const Listener& listener, const ConflictScene& scene);

// Where the unit is known to want to listen, the surest first; each place once.
std::vector<PortClaim> claims_of(const Unit& unit, const ConflictScene& scene);

}  // namespace hale::checks
