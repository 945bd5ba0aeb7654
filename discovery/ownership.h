// Whose an endpoint is, and whether it will be there after a reboot. Pure.
#pragma once

#include <string>

#include "discovery/picture.h"

namespace hale::discovery {

// How far one may count on an endpoint's unit.
enum class Lasting : std::uint8_t {
  kUnknown,  // systemd could not be asked
  kYes,      // the unit is enabled, or what starts it is
  kNo,       // it runs, and nothing starts it at the next boot
  kByHand,   // no unit of systemd's: somebody started it
};
Lasting lasting(const Endpoint& endpoint, const Picture& picture);

// The unit that can be expected to own the endpoint; "" where there is none that stays the same
// from start to start: sessions, containers, units that systemd does not know.
std::string lasting_unit(const Endpoint& endpoint, const Picture& picture);

// Nothing runs behind the socket yet: systemd listens, and a connection would start the service.
bool waits_for_a_connection(const Endpoint& endpoint, const Picture& picture);

// "nginx in nginx.service", for people, fit to be shown.
std::string owner_text(const Endpoint& endpoint);

// From the range from which the kernel takes ports for whoever does not ask for one.
bool is_temporary(const Endpoint& endpoint, const Picture& picture);

// All addresses of this host, rather than the loopback or some of them.
bool on_every_address(const Endpoint& endpoint);

}  // namespace hale::discovery
