// /etc/resolv.conf, as far as it says whom to ask (resolv.conf(5)). Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include <asio/ip/address.hpp>

namespace hale::checks::dns {

// The name servers in their order, at most three as in the C library; lines that it would ignore
// are ignored. Empty: the C library asks 127.0.0.1.
std::vector<asio::ip::address> name_servers(std::string_view resolv_conf);

}  // namespace hale::checks::dns
