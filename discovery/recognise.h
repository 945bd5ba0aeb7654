// Which service it is that somebody runs, and how to ask it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "discovery/known_services.h"
#include "discovery/picture.h"

namespace hale::discovery {

struct Recognised {
  const KnownService* service = nullptr;  // null: nobody that hale knows
  std::string_view by = {};               // "its program", "its arguments", "its unit"
};

// By the program first, since that is what answers; then by an interpreter's arguments; then by the
// name of the unit.
Recognised recognise(const Program& program, std::string_view unit);

// hale itself, which watches its own listener already.
bool is_hale(const Program& program, std::string_view unit);

// The address to reach the endpoint at from this host: the loopback where it listens there.
std::string host_of(const Endpoint& endpoint);

// The checks that could be the right ones, the best first. The last one only connects; none where
// nothing is known that a UDP port answers to.
std::vector<Trial> trials_of(const Endpoint& endpoint, const KnownService* service);

// Whether the trial is a request by HTTP, for which more than passing matters.
bool is_http(const Trial& trial);

}  // namespace hale::discovery
