// Who listens on a port of this host, for the message that an address is taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "monitor/runtime/listening_socket.h"

namespace hale::cli {

// "nginx (pid 812)"; absent where nobody listens or where the agent may not look.
std::optional<std::string> port_holder(std::uint16_t port, monitor::Transport transport);

}  // namespace hale::cli
