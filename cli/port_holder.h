// Who listens on a TCP port of this host, for the message that an address is taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hale::cli {

// "nginx (pid 812)"; absent where nobody listens or where the agent may not look.
std::optional<std::string> port_holder(std::uint16_t port);

}  // namespace hale::cli
