// The sockets on which others reach the agent. Any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <asio/ip/tcp.hpp>

#include "monitor/listen_address.h"

namespace hale::monitor {

struct ListenError {
  ListenAddress address;
  int error = 0;        // errno, EADDRINUSE for one
  std::string message;  // `cannot listen on 127.0.0.1:4253: Address already in use`
};

// What comes in there: connections, or datagrams (UDP, or Unix's).
enum class Transport : std::uint8_t { kStream, kDatagram };

// A listening socket, closed on destruction; the file of a Unix socket goes with it.
class ListeningSocket {
 public:
  // Binds, and listens for connections. Port 0 becomes a free one: see address(). A Unix socket's
  // file that nobody answers on any more is replaced. Owner and group may connect to a new one, and
  // anyone may send datagrams to it, as to a UDP port.
  static std::expected<ListeningSocket, ListenError> open(const ListenAddress& address,
                                                          Transport transport = Transport::kStream);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  // All of them, or what the first that failed said, and then none is left open.
  static std::expected<std::vector<ListeningSocket>, ListenError> open_all(
      const std::vector<ListenAddress>& addresses, Transport transport = Transport::kStream);

  int fd() const { return fd_; }
  bool is_internet() const { return std::holds_alternative<asio::ip::tcp::endpoint>(address_); }
  const ListenAddress& address() const { return address_; }  // as really bound

 private:
  ListeningSocket(int fd, ListenAddress address) : fd_(fd), address_(std::move(address)) {}

  int fd_ = -1;
  ListenAddress address_;
};

}  // namespace hale::monitor
