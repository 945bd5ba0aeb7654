// Who listens on an address of this host, for the message that it is taken.
#pragma once

#include <optional>
#include <string>

#include <asio/ip/tcp.hpp>

#include "monitor/runtime/listening_socket.h"

namespace hale::cli {

// "nginx.service (pid 812)"; absent where nobody listens there or in its way.
std::optional<std::string> port_holder(const asio::ip::tcp::endpoint& endpoint,
                                       monitor::Transport transport);

}  // namespace hale::cli
