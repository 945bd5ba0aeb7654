#include "monitor/runtime/listening_socket.h"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace hale::monitor {
namespace {

std::expected<sockaddr_un, int> unix_sockaddr(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return std::unexpected(ENAMETOOLONG);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// A file of a socket that nobody listens on was left behind by a process that is gone.
bool is_abandoned(const sockaddr_un& address, int type) {
  struct stat status{};
  if (lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) {
    return false;
  }
  const int probe = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) {
    return false;
  }
  const bool refused =
      connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
      errno == ECONNREFUSED;
  close(probe);
  return refused;
}

// Binds `fd`; 0, or errno.
int bind_unix(int fd, const std::string& path, int type) {
  const auto address = unix_sockaddr(path);
  if (!address) {
    return address.error();
  }
  if (is_abandoned(*address, type)) {
    unlink(path.c_str());
  }
  if (bind(fd, reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0) {
    return errno;
  }
  // Commands come as connections: not from everyone on the host.
  constexpr mode_t kOwnerAndGroup = 0660;
  constexpr mode_t kEveryone = 0666;
  return chmod(path.c_str(), type == SOCK_STREAM ? kOwnerAndGroup : kEveryone) == 0 ? 0 : errno;
}

int bind_internet(int fd, const asio::ip::tcp::endpoint& endpoint, int type) {
  const int on = 1;
  if (type == SOCK_STREAM) {  // with datagrams it would let two listen on one port
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  }
  if (endpoint.address().is_v6()) {
    // What is listed is what is listened on: [::] does not stand for 0.0.0.0 as well.
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  }
  return bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 ? 0 : errno;
}

asio::ip::tcp::endpoint bound_endpoint(int fd, asio::ip::tcp::endpoint endpoint) {
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (getsockname(fd, endpoint.data(), &size) == 0) {
    endpoint.resize(size);
  }
  return endpoint;
}

}  // namespace

std::expected<ListeningSocket, ListenError> ListeningSocket::open(const ListenAddress& address,
                                                                  Transport transport) {
  const auto failed = [&address](int error) {
    return std::unexpected(ListenError{
        address, error,
        "cannot listen on " + to_string(address) + ": " + std::generic_category().message(error)});
  };
  const auto* endpoint = std::get_if<asio::ip::tcp::endpoint>(&address);
  const int family = endpoint == nullptr ? AF_UNIX : endpoint->protocol().family();
  const int type = transport == Transport::kStream ? SOCK_STREAM : SOCK_DGRAM;
  const int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return failed(errno);
  }
  const int error = endpoint == nullptr ? bind_unix(fd, std::get<UnixPath>(address).path, type)
                                        : bind_internet(fd, *endpoint, type);
  if (error != 0) {
    close(fd);
    return failed(error);
  }
  ListeningSocket bound(
      fd, endpoint == nullptr ? address : ListenAddress(bound_endpoint(fd, *endpoint)));
  constexpr int kBacklog = 511;
  if (type == SOCK_STREAM && listen(fd, kBacklog) != 0) {
    return failed(errno);
  }
  return bound;
}

std::expected<std::vector<ListeningSocket>, ListenError> ListeningSocket::open_all(
    const std::vector<ListenAddress>& addresses, Transport transport) {
  std::vector<ListeningSocket> sockets;
  for (const ListenAddress& address : addresses) {
    auto socket = open(address, transport);
    if (!socket) {
      return std::unexpected(std::move(socket.error()));
    }
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), address_(std::move(other.address_)) {}

ListeningSocket::~ListeningSocket() {
  if (fd_ < 0) {
    return;
  }
  close(fd_);
  if (const auto* path = std::get_if<UnixPath>(&address_)) {
    unlink(path->path.c_str());
  }
}

}  // namespace hale::monitor
