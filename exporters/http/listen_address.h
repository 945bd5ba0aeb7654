// The addresses that the server listens on, as text and as sockets. Any thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <asio/ip/tcp.hpp>

namespace hale::exporters {

struct UnixPath {
  std::string path;
};
using ListenAddress = std::variant<asio::ip::tcp::endpoint, UnixPath>;

// "127.0.0.1:4253", "[::1]:4253", "localhost:4253" (which is 127.0.0.1) or
// "unix:/run/hale/hale.sock". The error is a message for people.
std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text);
std::string to_string(const ListenAddress& address);

struct ListenError {
  std::string address;  // as configured
  int error = 0;        // errno, EADDRINUSE for one; 0 where the address is none
  std::string message;  // `cannot listen on 127.0.0.1:4253: Address already in use`
};

// A listening socket, closed on destruction; the file of a Unix socket goes with it.
class ListeningSocket {
 public:
  // Binds and listens. Port 0 becomes a free one: see address(). A Unix socket's file that nobody
  // answers on any more is replaced.
  static std::expected<ListeningSocket, ListenError> open(std::string_view text);

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  // All of them, or what the first that failed said, and then none is left open.
  static std::expected<std::vector<ListeningSocket>, ListenError> open_all(
      const std::vector<std::string>& addresses);

  int fd() const { return fd_; }
  bool is_tcp() const { return std::holds_alternative<asio::ip::tcp::endpoint>(address_); }
  const ListenAddress& address() const { return address_; }  // as really bound

 private:
  ListeningSocket(int fd, ListenAddress address) : fd_(fd), address_(std::move(address)) {}

  int fd_ = -1;
  ListenAddress address_;
};

}  // namespace hale::exporters
