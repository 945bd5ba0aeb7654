// What `hale discover` has seen of a host, as values. Everything that is written is made from this
// alone, so that the same picture gives the same text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <asio/ip/address.hpp>

#include "checks/sockets/listener.h"
#include "checks/systemd/unit.h"
#include "monitor/finding.h"
#include "monitor/parameters.h"
#include "monitor/time.h"

namespace hale::discovery {

// What holds a socket, as far as it may be seen.
struct Program {
  std::string name = {};                  // "nginx"; "" nothing was seen
  std::string file = {};                  // the last part of the executable's path; "" not seen
  std::vector<std::string> command = {};  // recognised by, and never shown: it may hold secrets
  bool operator==(const Program&) const = default;
};

// A check that could be the right one for an endpoint, and was run.
struct Trial {
  std::string type;
  monitor::Parameters keys;  // those that it sets; all others have their defaults
  std::string saw;           // where it passes: ends "it answered "
  // Where it passes and another answer would do as well: the keys to go on with.
  std::optional<monitor::Parameters> settled = std::nullopt;
};

// What came of asking an endpoint. Not asked: nobody knows, and nothing is claimed.
struct Answer {
  bool asked = false;
  std::optional<Trial> passed;     // what it answered to
  std::optional<int> status;       // of HTTP
  std::string refusal;             // the reason word of the last trial, where none has passed
  std::vector<std::string> names;  // in its certificate
  std::optional<monitor::WallTime> certificate_until;
  bool trusted = false;  // the certificate is valid, of a trusted authority, for names.front()
};

// A port that somebody listens on: all the addresses of one owner.
struct Endpoint {
  checks::SocketProtocol protocol = checks::SocketProtocol::kTcp;
  std::uint16_t port = 0;
  std::vector<asio::ip::address> addresses;  // sorted, each once; at least one
  bool dual_stack = false;                   // the IPv6 wildcard takes IPv4 as well
  Program program;
  std::string unit;       // "nginx.service", "ssh.socket"; "" none or unknown
  std::string container;  // its id; "" none
  Answer answer;
};

// Something that could not be looked at, and why.
struct Unseen {
  std::string what;  // "systemd's units"
  std::string why;
};

struct Gpu {
  std::string vendor;  // "NVIDIA"
  std::string place;   // "0000:65:00.0", its address on the bus
};

struct Picture {
  std::string bus = "system";          // systemd's, as [systemd].bus names it
  std::optional<checks::Units> units;  // absent: not known
  std::vector<Endpoint> endpoints;
  std::vector<std::string> programs;  // the names of all processes, sorted, each once
  std::vector<std::string> network_mounts;
  std::vector<Gpu> gpus;           // sorted
  std::vector<std::string> chips;  // that measure something, of the hardware's sensors
  std::uint16_t first_temporary_port = 32768;
  std::uint16_t last_temporary_port = 60999;
  std::vector<monitor::Finding> findings;  // of the check type `conflicts`
  std::vector<Unseen> unseen;
  monitor::WallTime now;
};

}  // namespace hale::discovery
