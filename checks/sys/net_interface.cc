#include "checks/sys/net_interface.h"

#include <charconv>
#include <system_error>

#include "checks/proc/text.h"
#include "checks/sys/attribute.h"

namespace hale::checks {
namespace {

// "0x1003"
std::optional<std::uint32_t> read_flags(const std::filesystem::path& path) {
  const auto text = read_attribute(path);
  if (!text || !text->starts_with("0x")) {
    return std::nullopt;
  }
  std::uint32_t flags = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data() + 2, end, flags, 16);
  return error == std::errc() && stop == end ? std::optional(flags) : std::nullopt;
}

}  // namespace

std::optional<InterfaceState> read_interface(const std::filesystem::path& interface) {
  constexpr std::uint32_t kUp = 0x1;
  constexpr std::uint32_t kLoopback = 0x8;
  constexpr std::int64_t kFastest = 100'000'000;  // Mbit/s; beyond lies "unknown" as 2^32 - 1
  const auto flags = read_flags(interface / "flags");
  if (!flags) {
    return std::nullopt;
  }
  std::error_code ignored;
  InterfaceState state;
  state.index = read_integer(interface / "ifindex").value_or(0);
  state.switched_on = (*flags & kUp) != 0;
  state.loopback = (*flags & kLoopback) != 0;
  state.physical = std::filesystem::exists(interface / "device", ignored);
  state.bridge = std::filesystem::exists(interface / "bridge", ignored);
  if (const auto carrier = read_integer(interface / "carrier")) {
    state.carrier = *carrier != 0;
  }
  state.operation = plain_name(read_attribute(interface / "operstate").value_or("unknown"));
  const auto speed = read_integer(interface / "speed");
  if (speed && *speed > 0 && *speed < kFastest) {
    state.speed_bits = static_cast<double>(*speed) * 1e6;
  }
  if (const auto duplex = read_attribute(interface / "duplex")) {
    if (*duplex == "half" || *duplex == "full") {
      state.half_duplex = *duplex == "half";
    }
  }
  if (const auto changes = read_integer(interface / "carrier_changes")) {
    state.carrier_changes = *changes;
  }
  return state;
}

bool has_link(const InterfaceState& state) {
  return state.switched_on && state.carrier.value_or(true) && state.operation != "down" &&
         state.operation != "lowerlayerdown" && state.operation != "dormant" &&
         state.operation != "notpresent" && state.operation != "testing";
}

}  // namespace hale::checks
