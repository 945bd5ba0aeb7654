// What sysfs says about a network interface (/sys/class/net/NAME; Documentation/ABI/testing/
// sysfs-class-net). Several of its files wait for the kernel's lock on all interfaces, which a
// driver may hold for long: call it in a BlockingPool.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace hale::checks {

struct InterfaceState {
  std::int64_t index = 0;    // another one: another interface under the old name
  bool switched_on = false;  // by the administrator (IFF_UP)
  bool loopback = false;
  bool physical = false;  // has a device: a card, or what a hypervisor shows as one
  bool bridge = false;
  std::optional<bool> carrier;       // absent while it is switched off
  std::string operation;             // "up", "down", "dormant", "lowerlayerdown", "unknown", ...
  std::optional<double> speed_bits;  // each way, per second; absent where the driver does not say
  std::optional<bool> half_duplex;
  std::optional<std::int64_t> carrier_changes;  // since it was made
};

// nullopt where sysfs does not know it.
std::optional<InterfaceState> read_interface(const std::filesystem::path& interface);

// Whether frames can be sent. Pure.
bool has_link(const InterfaceState& state);

}  // namespace hale::checks
