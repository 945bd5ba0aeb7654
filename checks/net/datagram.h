// Connected UDP sockets: the kernel drops what comes from anybody else, and an ICMP error of the
// peer (nobody listens on the port) becomes an error of the socket. Loop thread only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <asio/basic_datagram_socket.hpp>
#include <asio/error_code.hpp>
#include <asio/ip/udp.hpp>

#include "monitor/run_context.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/task.h"

namespace hale::checks {

using DatagramSocket = asio::basic_datagram_socket<asio::ip::udp, monitor::Executor>;

inline constexpr std::size_t kMostDatagramBytes = 65535;

// Makes a socket that children do not inherit, at a port that the kernel draws at random, and
// connects it.
asio::error_code open_datagram(DatagramSocket& socket, const asio::ip::udp::endpoint& peer);

// Does not wait: a kernel without room for it is ENOBUFS.
asio::error_code send_datagram(DatagramSocket& socket, std::span<const std::uint8_t> bytes);

// Makes such a socket and sends `request` off.
asio::error_code send_datagram(DatagramSocket& socket, const asio::ip::udp::endpoint& peer,
                               std::span<const std::uint8_t> request);

struct Received {
  bool in_time = true;     // false: nothing came until `until`
  asio::error_code error;  // ECONNREFUSED where nobody listens
  std::size_t size = 0;    // may be 0
};

// The next datagram. Throws operation_aborted when cancelled.
monitor::Task<Received> receive_until(DatagramSocket& socket, monitor::Clock& clock,
                                      std::span<std::uint8_t> buffer, monitor::TimePoint until);

// What came, and when; what is longer than a datagram of small protocols may be is cut off.
struct Datagram {
  asio::error_code error;
  monitor::TimePoint at;
  std::size_t size = 0;
  std::array<std::uint8_t, 1024> bytes{};

  std::span<const std::uint8_t> data() const { return {bytes.data(), size}; }
};

// The next datagram, or nullopt at `until`. An error of the socket is the peer's answer, such as
// connection_refused. Throws operation_aborted when cancelled.
monitor::Task<std::optional<Datagram>> receive_datagram(monitor::RunContext& context,
                                                        DatagramSocket& socket,
                                                        monitor::TimePoint until);

}  // namespace hale::checks
