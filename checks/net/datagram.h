// UDP sockets that talk to one peer. Engine thread only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <asio/error_code.hpp>
#include <asio/ip/udp.hpp>

#include "monitor/run_context.h"
#include "monitor/runtime/task.h"

namespace hale::checks {

using DatagramSocket = asio::basic_datagram_socket<asio::ip::udp, monitor::Executor>;

// What came, and when; what is longer than a datagram of these protocols may be is cut off.
struct Datagram {
  asio::error_code error;
  monitor::TimePoint at;
  std::size_t size = 0;
  std::array<std::uint8_t, 1024> bytes{};

  std::span<const std::uint8_t> data() const { return {bytes.data(), size}; }
};

// Makes a socket that children do not inherit and that takes datagrams of this peer only, and sends
// `request` off. Does not wait.
asio::error_code send_datagram(DatagramSocket& socket, const asio::ip::udp::endpoint& peer,
                               std::span<const std::uint8_t> request);

// The next datagram, or nullopt at `until`. An error of the socket is the peer's answer, such as
// connection_refused. Throws operation_aborted when cancelled.
monitor::Task<std::optional<Datagram>> receive_datagram(monitor::RunContext& context,
                                                        DatagramSocket& socket,
                                                        monitor::TimePoint until);

}  // namespace hale::checks
