#include "checks/sockets/listener.h"

#include <tuple>

#include "checks/sys/attribute.h"

namespace hale::checks {
namespace {

// Whether what comes for `other` would come to `wildcard` as well.
bool includes(const Listener& wildcard, const Listener& other) {
  if (!wildcard.address.is_unspecified()) {
    return false;
  }
  return wildcard.address.is_v6() == other.address.is_v6() ||
         (wildcard.dual_stack && other.address.is_v4());
}

}  // namespace

std::string_view to_string(SocketProtocol protocol) {
  switch (protocol) {
    case SocketProtocol::kTcp:
      return "tcp";
    case SocketProtocol::kUdp:
      return "udp";
    case SocketProtocol::kUnix:
      return "unix";
  }
  return "";
}

std::string to_string(const Listener& listener) {
  if (listener.protocol == SocketProtocol::kUnix) {
    return plain_name(listener.path);
  }
  const std::string port = ":" + std::to_string(listener.port);
  if (listener.dual_stack && listener.address.is_unspecified()) {
    return "*" + port;
  }
  const std::string address = listener.address.to_string();
  return listener.address.is_v6() ? "[" + address + "]" + port : address + port;
}

bool overlap(const Listener& a, const Listener& b) {
  if (a.protocol != b.protocol) {
    return false;
  }
  if (a.protocol == SocketProtocol::kUnix) {
    return a.path == b.path;
  }
  if (a.port != b.port || (a.interface != 0 && b.interface != 0 && a.interface != b.interface)) {
    return false;
  }
  return a.address == b.address || includes(a, b) || includes(b, a);
}

bool listed_before(const Listener& a, const Listener& b) {
  return std::tie(a.protocol, a.port, a.address, a.path, a.inode) <
         std::tie(b.protocol, b.port, b.address, b.path, b.inode);
}

}  // namespace hale::checks
