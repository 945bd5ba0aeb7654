#include "checks/systemd/bus_outcome.h"

#include <string>

#include "checks/excerpt.h"

namespace hale::checks {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

Outcome bus_outcome(const BusError& error, std::string_view asked, Phase phase) {
  std::string said = escaped(error.message, 300);
  if (said.empty()) {
    said = escaped(error.name, 100);
  }
  const std::string tail = said.empty() ? "" : " (" + said + ")";
  const std::string what(asked);
  const auto unknown = [&](Reason reason, std::string message) {
    return Outcome::unknown(reason, phase, std::move(message), error.name);
  };
  switch (error.kind) {
    case BusError::Kind::kAbsent:
      return unknown(Reason::kUnsupported, "no systemd answers here" + tail);
    case BusError::Kind::kDenied:
      return unknown(Reason::kPermission,
                     "the agent may not ask systemd: no permission for " + what + tail);
    case BusError::Kind::kRefused:
      return unknown(Reason::kAgent, "systemd answered " + what + " with an error" + tail);
    case BusError::Kind::kLost:
      return unknown(Reason::kReset, "the connection to systemd broke during " + what + tail);
    case BusError::Kind::kTimeout:
      return unknown(Reason::kTimeout, "systemd did not answer " + what + " in time" + tail);
    case BusError::Kind::kGarbage:
      return unknown(Reason::kProtocol,
                     "what came for " + what + " is not what systemd documents" + tail);
    case BusError::Kind::kAgent:
      break;
  }
  return unknown(Reason::kAgent, "the agent could not ask systemd for " + what + tail);
}

}  // namespace hale::checks
