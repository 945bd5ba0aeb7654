// A TCP connection to the first of several addresses that accepts one. Engine thread only.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>

#include "checks/http/progress.h"
#include "checks/net/connect.h"

namespace hale::checks::http {

struct Connected {
  std::unique_ptr<Socket> socket;
  asio::ip::tcp::endpoint peer;
};

// Tries the addresses in order, each for its share of the time until `until`; a single one has all
// of it. The outcome tells what happened to each.
monitor::Task<std::expected<Connected, monitor::Outcome>> open_connection(
    Progress& progress, std::vector<asio::ip::address> addresses, std::uint16_t port,
    monitor::TimePoint until);

}  // namespace hale::checks::http
