#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checks/systemd/bus_connection.h"

namespace hale::checks {
namespace {

BusAddress address_of(std::string text) {
  // systemd's own socket: /run/systemd/private, /run/user/UID/systemd/private.
  const bool direct = text.ends_with("/systemd/private");
  return {.address = std::move(text), .direct = direct};
}

// D-Bus' addresses escape what is not plain.
std::string escaped_path(std::string_view path) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-/.\\";
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (const char character : path) {
    if (kPlain.contains(character)) {
      text += character;
    } else {
      const auto byte = static_cast<unsigned char>(character);
      text += '%';
      text += kHex[byte >> 4U];
      text += kHex[byte & 0xFU];
    }
  }
  return text;
}

}  // namespace

std::expected<std::vector<BusAddress>, BusError> bus_addresses(
    const std::string& bus, const std::function<std::string(const char*)>& environment) {
  std::vector<BusAddress> list;
  if (bus == "system") {
    const std::string set = environment("DBUS_SYSTEM_BUS_ADDRESS");
    list.push_back(address_of(set.empty() ? "unix:path=/run/dbus/system_bus_socket" : set));
    list.push_back(address_of("unix:path=/run/systemd/private"));
  } else if (bus == "user") {
    const std::string set = environment("DBUS_SESSION_BUS_ADDRESS");
    const std::string folder = environment("XDG_RUNTIME_DIR");
    if (!set.empty()) {
      list.push_back(address_of(set));
    } else if (!folder.empty()) {
      list.push_back(address_of("unix:path=" + escaped_path(folder) + "/bus"));
    }
    if (!folder.empty()) {
      list.push_back(address_of("unix:path=" + escaped_path(folder) + "/systemd/private"));
    }
    if (list.empty()) {
      return std::unexpected(BusError{.kind = BusError::Kind::kAbsent,
                                      .name = "",
                                      .message =
                                          "the agent's environment names no user bus (neither "
                                          "DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set)"});
    }
  } else {
    list.push_back(address_of(bus));
  }
  // Others of D-Bus' transports start programs or ask name servers.
  for (const BusAddress& address : list) {
    if (!address.address.starts_with("unix:") || address.address.contains(';')) {
      return std::unexpected(BusError{.kind = BusError::Kind::kAgent,
                                      .name = "EINVAL",
                                      .message = "\"" + address.address.substr(0, 200) +
                                                 "\" is not the address of one Unix socket "
                                                 "(\"unix:path=/run/user/1000/bus\")"});
    }
  }
  return list;
}

}  // namespace hale::checks
