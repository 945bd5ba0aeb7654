#include "checks/net/datagram.h"

#include <cerrno>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/system_error.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "checks/net/time_limit.h"

namespace hale::checks {

asio::error_code open_datagram(DatagramSocket& socket, const asio::ip::udp::endpoint& peer) {
  asio::error_code error;
  const int fd =
      ::socket(peer.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
  if (fd < 0) {
    return {errno, asio::system_category()};
  }
  socket.assign(peer.protocol(), fd, error);
  if (error) {
    ::close(fd);
    return error;
  }
  socket.connect(peer, error);
  return error;
}

asio::error_code send_datagram(DatagramSocket& socket, std::span<const std::uint8_t> bytes) {
  if (::send(socket.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >=
      0) {
    return {};
  }
  const int error = errno == EAGAIN ? ENOBUFS : errno;
  return {error, asio::system_category()};
}

asio::error_code send_datagram(DatagramSocket& socket, const asio::ip::udp::endpoint& peer,
                               std::span<const std::uint8_t> request) {
  const asio::error_code opened = open_datagram(socket, peer);
  return opened ? opened : send_datagram(socket, request);
}

monitor::Task<Received> receive_until(DatagramSocket& socket, monitor::Clock& clock,
                                      std::span<std::uint8_t> buffer, monitor::TimePoint until) {
  Received received;
  asio::error_code error;
  const TimeLimit limit(clock, until, [&socket] {
    asio::error_code ignored;
    socket.cancel(ignored);
  });
  const asio::mutable_buffer space = asio::buffer(buffer.data(), buffer.size());
  received.size =
      co_await socket.async_receive(space, asio::redirect_error(monitor::kUseTask, error));
  if (error == asio::error::operation_aborted) {
    if (!limit.reached()) {
      throw asio::system_error(error);
    }
    received.in_time = false;
  } else {
    received.error = error;
  }
  co_return received;
}

monitor::Task<std::optional<Datagram>> receive_datagram(monitor::RunContext& context,
                                                        DatagramSocket& socket,
                                                        monitor::TimePoint until) {
  Datagram datagram;
  const Received received = co_await receive_until(socket, context.clock(), datagram.bytes, until);
  if (!received.in_time) {
    co_return std::nullopt;
  }
  datagram.at = context.clock().now();
  datagram.error = received.error;
  datagram.size = received.size;
  co_return datagram;
}

}  // namespace hale::checks
