// Where a server listens, as users write it and as it is shown. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include <asio/ip/tcp.hpp>

#include "monitor/values.h"

namespace hale::monitor {

struct UnixPath {
  std::string path;  // absolute
  bool operator==(const UnixPath&) const = default;
};

// Port 0: the kernel chooses one.
using ListenAddress = std::variant<asio::ip::tcp::endpoint, UnixPath>;

// "127.0.0.1:4253", "[::1]:4253", "localhost:4253" (which is 127.0.0.1) or
// "unix:/run/hale/hale.sock". An error continues a sentence that began with the text.
Parsed<ListenAddress> parse_listen_address(std::string_view text);
std::string to_string(const ListenAddress& address);

// The address to connect to in order to reach a listener on `endpoint` from the same host.
asio::ip::tcp::endpoint reachable(asio::ip::tcp::endpoint endpoint);

}  // namespace hale::monitor
