#include "exporters/http/listen_address.h"

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace hale::exporters {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

std::string not_an_address(std::string_view text) {
  return "\"" + std::string(text) +
         "\" is not an address to listen on (write \"127.0.0.1:4253\", \"[::1]:4253\" or "
         "\"unix:/run/hale/hale.sock\")";
}

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
bool is_abandoned(const sockaddr_un& address) {
  struct stat status{};
  if (lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) {
    return false;
  }
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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
int bind_unix(int fd, const std::string& path) {
  const auto address = unix_sockaddr(path);
  if (!address) {
    return address.error();
  }
  if (is_abandoned(*address)) {
    unlink(path.c_str());
  }
  if (bind(fd, reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0) {
    return errno;
  }
  // Commands come through here: not for everyone on the host.
  constexpr mode_t kOwnerAndGroup = 0660;
  return chmod(path.c_str(), kOwnerAndGroup) == 0 ? 0 : errno;
}

int bind_tcp(int fd, const asio::ip::tcp::endpoint& endpoint) {
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
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

std::expected<ListenAddress, std::string> parse_listen_address(std::string_view text) {
  if (text.starts_with(kUnixPrefix)) {
    const std::string_view path = text.substr(kUnixPrefix.size());
    if (path.empty() || path.front() != '/' || path.find('\0') != std::string_view::npos) {
      return std::unexpected(not_an_address(text));
    }
    return UnixPath{std::string(path)};
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::unexpected(not_an_address(text));
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  asio::error_code not_numeric;
  const auto address =
      asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, not_numeric);
  if (port_text.empty() || error != std::errc() || end != port_text.data() + port_text.size() ||
      not_numeric || bracketed != address.is_v6()) {
    return std::unexpected(not_an_address(text));
  }
  return asio::ip::tcp::endpoint(address, port);
}

std::string to_string(const ListenAddress& address) {
  if (const auto* path = std::get_if<UnixPath>(&address)) {
    return std::string(kUnixPrefix) + path->path;
  }
  const auto& endpoint = std::get<asio::ip::tcp::endpoint>(address);
  const std::string host = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

std::expected<ListeningSocket, ListenError> ListeningSocket::open(std::string_view text) {
  auto address = parse_listen_address(text);
  if (!address) {
    return std::unexpected(ListenError{std::string(text), 0, std::move(address.error())});
  }
  const auto failed = [text](int error) {
    return std::unexpected(ListenError{
        std::string(text), error,
        "cannot listen on " + std::string(text) + ": " + std::generic_category().message(error)});
  };
  const auto* endpoint = std::get_if<asio::ip::tcp::endpoint>(&*address);
  const int family = endpoint == nullptr ? AF_UNIX : endpoint->protocol().family();
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    return failed(errno);
  }
  const int error = endpoint == nullptr ? bind_unix(fd, std::get<UnixPath>(*address).path)
                                        : bind_tcp(fd, *endpoint);
  if (error != 0) {
    close(fd);
    return failed(error);
  }
  if (endpoint != nullptr) {
    address = bound_endpoint(fd, *endpoint);
  }
  ListeningSocket bound(fd, std::move(*address));
  constexpr int kBacklog = 511;
  if (listen(fd, kBacklog) != 0) {
    return failed(errno);
  }
  return bound;
}

std::expected<std::vector<ListeningSocket>, ListenError> ListeningSocket::open_all(
    const std::vector<std::string>& addresses) {
  std::vector<ListeningSocket> sockets;
  for (const std::string& address : addresses) {
    auto socket = open(address);
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

}  // namespace hale::exporters
