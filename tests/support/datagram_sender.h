// A socket that sends datagrams to where something listens.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <variant>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "monitor/listen_address.h"

namespace hale::testing {

class DatagramSender {
 public:
  explicit DatagramSender(const monitor::ListenAddress& address) {
    if (const auto* endpoint = std::get_if<asio::ip::tcp::endpoint>(&address)) {
      fd_ = socket(endpoint->protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
      connected_ = connect(fd_, endpoint->data(), static_cast<socklen_t>(endpoint->size())) == 0;
    } else {
      sockaddr_un unix_address{};
      unix_address.sun_family = AF_UNIX;
      const std::string& path = std::get<monitor::UnixPath>(address).path;
      std::memcpy(unix_address.sun_path, path.data(), path.size());
      fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      connected_ =
          connect(fd_, reinterpret_cast<const sockaddr*>(&unix_address), sizeof(unix_address)) == 0;
    }
  }
  ~DatagramSender() { close(fd_); }
  DatagramSender(const DatagramSender&) = delete;
  DatagramSender& operator=(const DatagramSender&) = delete;

  // A Unix socket that is full makes it wait.
  bool send(std::string_view datagram) const {
    return connected_ && ::send(fd_, datagram.data(), datagram.size(), MSG_NOSIGNAL) ==
                             static_cast<ssize_t>(datagram.size());
  }

 private:
  int fd_ = -1;
  bool connected_ = false;
};

}  // namespace hale::testing
