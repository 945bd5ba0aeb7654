// That a unit wants to listen somewhere, and how that is known. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/sockets/listener.h"
#include "checks/systemd/unit.h"

namespace hale::checks {

// From the surest to the least sure.
enum class ClaimSource : std::uint8_t {
  kSocketUnit,  // its socket unit says so
  kConfigured,  // a `listener` check expects it there
  kLearned,     // it has listened there
  kJournal,     // it said that the address is in use
  kCommand,     // an argument of its command line looks like it
};

struct PortClaim {
  std::string unit;
  Listener at;  // where: protocol, address, port, dual_stack, path
  ClaimSource source = ClaimSource::kLearned;
  std::string detail;  // a line for people: what it is known from
};

// "/run/x.sock", "127.0.0.1:80", "[::]:80", ":80", "80"; without an address: both wildcards.
// False: no such thing.
bool parse_place(std::string_view text, Listener& place);

// What a socket unit listens on; nothing of other units.
std::vector<PortClaim> socket_claims(const Unit& unit);

// What a service's command line seems to say: options whose names speak of ports or of listening,
// with what looks like a port. A guess.
std::vector<PortClaim> command_claims(const Unit& unit);

// Every word of its command line that could be a port or an address with one. Says something only
// together with who holds which port, of a unit that says itself that its port is taken.
std::vector<PortClaim> possible_claims(const Unit& unit);

// Whether a line of a log says that an address is in use, and of which port, as far as it tells.
struct InUse {
  bool said = false;
  std::optional<std::uint16_t> port;
};
InUse address_in_use(std::string_view line);

}  // namespace hale::checks
