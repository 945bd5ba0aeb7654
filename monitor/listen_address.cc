#include "monitor/listen_address.h"

#include <charconv>
#include <cstdint>

#include <sys/un.h>

namespace hale::monitor {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

Parsed<ListenAddress> parse_unix_path(std::string_view path) {
  if (!path.starts_with('/') || path.ends_with('/') || path.find('\0') != std::string_view::npos) {
    return std::unexpected(
        "is not the absolute path of a socket (write \"unix:/run/hale/hale.sock\")");
  }
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return std::unexpected("is longer than the " +
                           std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                           " bytes that the kernel takes for the path of a socket");
  }
  return UnixPath{std::string(path)};
}

}  // namespace

Parsed<ListenAddress> parse_listen_address(std::string_view text) {
  const std::unexpected<std::string> wrong(
      "is not an address to listen on (write \"127.0.0.1:4253\", \"[::1]:4253\" or "
      "\"unix:/run/hale/hale.sock\")");
  if (text.starts_with(kUnixPrefix)) {
    return parse_unix_path(text.substr(kUnixPrefix.size()));
  }
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return wrong;
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  asio::error_code not_numeric;
  const auto address =
      asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, not_numeric);
  if (not_numeric || bracketed != address.is_v6()) {
    return wrong;
  }
  std::uint16_t port = 0;
  const auto [end, error] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error == std::errc::result_out_of_range) {
    return std::unexpected("has a port above 65535 (write \"127.0.0.1:4253\")");
  }
  if (error != std::errc() || end != port_text.data() + port_text.size()) {
    return wrong;
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

asio::ip::tcp::endpoint reachable(asio::ip::tcp::endpoint endpoint) {
  if (endpoint.address().is_unspecified()) {
    endpoint.address(endpoint.address().is_v6()
                         ? asio::ip::address(asio::ip::address_v6::loopback())
                         : asio::ip::address(asio::ip::address_v4::loopback()));
  }
  return endpoint;
}

}  // namespace hale::monitor
