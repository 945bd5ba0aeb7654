#include "checks/net/datagram.h"

#include <cerrno>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/redirect_error.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "monitor/runtime/first_of.h"

namespace hale::checks {
namespace {

monitor::Task<Datagram> receive(DatagramSocket& socket, monitor::Clock& clock) {
  Datagram datagram;
  const auto buffer = asio::buffer(datagram.bytes);
  datagram.size = co_await socket.async_receive(
      buffer, asio::redirect_error(monitor::kUseTask, datagram.error));
  datagram.at = clock.now();
  co_return datagram;
}

}  // namespace

asio::error_code send_datagram(DatagramSocket& socket, const asio::ip::udp::endpoint& peer,
                               std::span<const std::uint8_t> request) {
  asio::error_code error;
  // In one call, so that no program that another check starts meanwhile inherits it.
  const int fd = ::socket(peer.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return {errno, asio::system_category()};
  }
  socket.assign(peer.protocol(), fd, error);
  if (error) {
    ::close(fd);
    return error;
  }
  socket.connect(peer, error);
  if (!error) {
    socket.non_blocking(true, error);
  }
  if (!error) {
    socket.send(asio::buffer(request.data(), request.size()), 0, error);
  }
  return error;
}

monitor::Task<std::optional<Datagram>> receive_datagram(monitor::RunContext& context,
                                                        DatagramSocket& socket,
                                                        monitor::TimePoint until) {
  monitor::Task<Datagram> receiving = receive(socket, context.clock());
  co_return co_await monitor::with_deadline(context.executor(), context.clock(), until,
                                            std::move(receiving));
}

}  // namespace hale::checks
