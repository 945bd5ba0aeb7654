#include "checks/sockets/diag_message.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace hale::checks {
namespace {

using Bytes = std::span<const std::byte>;

// States as in include/net/tcp_states.h: a bound UDP socket is "closed" until it is connected, and
// a Unix datagram socket likewise.
constexpr std::uint32_t kListen = 10;
constexpr std::uint32_t kClosed = 7;

// Rounded up to a multiple of four, as NLMSG_ALIGN and NLA_ALIGN do.
std::size_t aligned(std::size_t size) {
  return (size + 3) & ~std::size_t{3};
}

template <class T>
std::optional<T> read(Bytes bytes) {
  if (bytes.size() < sizeof(T)) {
    return std::nullopt;
  }
  T value{};
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

// Calls `take(type, content)` for each attribute; false where one does not fit.
template <class Take>
bool each_attribute(Bytes bytes, Take take) {
  while (bytes.size() >= sizeof(nlattr)) {
    const nlattr head = read<nlattr>(bytes).value_or(nlattr{});
    if (head.nla_len < sizeof(nlattr) || head.nla_len > bytes.size()) {
      return false;
    }
    take(static_cast<std::uint16_t>(head.nla_type & NLA_TYPE_MASK),
         bytes.subspan(sizeof(nlattr), head.nla_len - sizeof(nlattr)));
    bytes = bytes.subspan(std::min(aligned(head.nla_len), bytes.size()));
  }
  return true;
}

bool is_v6(DiagTable table) {
  return table == DiagTable::kTcp6 || table == DiagTable::kUdp6;
}
bool is_udp(DiagTable table) {
  return table == DiagTable::kUdp4 || table == DiagTable::kUdp6;
}

asio::ip::address address_of(const inet_diag_sockid& id, DiagTable table) {
  if (is_v6(table)) {
    asio::ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), id.idiag_src, bytes.size());
    const asio::ip::address_v6 address(bytes);
    if (address.is_v4_mapped()) {  // takes IPv4 alone
      return asio::ip::make_address_v4(asio::ip::v4_mapped, address);
    }
    return address.is_link_local() ? asio::ip::address_v6(bytes, id.idiag_if) : address;
  }
  asio::ip::address_v4::bytes_type bytes{};
  std::memcpy(bytes.data(), id.idiag_src, bytes.size());
  return asio::ip::address_v4(bytes);
}

std::optional<DiagSocket> parse_inet(DiagTable table, Bytes payload) {
  const auto message = read<inet_diag_msg>(payload);
  if (!message || message->idiag_family != (is_v6(table) ? AF_INET6 : AF_INET)) {
    return std::nullopt;
  }
  DiagSocket socket;
  Listener& listener = socket.listener;
  listener.protocol = is_udp(table) ? SocketProtocol::kUdp : SocketProtocol::kTcp;
  listener.address = address_of(message->id, table);
  listener.port = ntohs(message->id.idiag_sport);
  listener.interface = message->id.idiag_if;
  listener.inode = message->idiag_inode;
  listener.uid = message->idiag_uid;
  if (!is_udp(table)) {
    listener.queued = message->idiag_rqueue;
    listener.backlog = message->idiag_wqueue;
  }
  bool only_v6 = false;
  const bool whole =
      each_attribute(payload.subspan(sizeof(inet_diag_msg)), [&](std::uint16_t type, Bytes bytes) {
        if (type == INET_DIAG_SKV6ONLY) {
          only_v6 = read<std::uint8_t>(bytes).value_or(0) != 0;
        } else if (type == INET_DIAG_CGROUP_ID) {
          socket.cgroup_id = read<std::uint64_t>(bytes);
        }
      });
  listener.dual_stack = is_v6(table) && !only_v6 && listener.address.is_unspecified();
  return whole ? std::optional(std::move(socket)) : std::nullopt;
}

// "/run/x.sock", or "@name" of an abstract one, whose name begins with a zero byte.
std::string unix_path(Bytes bytes) {
  std::string path(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (path.starts_with('\0')) {
    path.front() = '@';
    return path;
  }
  return path.substr(0, path.find('\0'));
}

std::optional<DiagSocket> parse_unix(Bytes payload) {
  const auto message = read<unix_diag_msg>(payload);
  if (!message || message->udiag_family != AF_UNIX) {
    return std::nullopt;
  }
  DiagSocket socket;
  Listener& listener = socket.listener;
  listener.protocol = SocketProtocol::kUnix;
  listener.inode = message->udiag_ino;
  listener.datagram = message->udiag_type == SOCK_DGRAM;
  if (!listener.datagram && message->udiag_state != kListen) {
    return socket;  // bound, and waits for nobody yet: left without a path
  }
  const bool whole =
      each_attribute(payload.subspan(sizeof(unix_diag_msg)), [&](std::uint16_t type, Bytes bytes) {
        if (type == UNIX_DIAG_NAME) {
          listener.path = unix_path(bytes);
        } else if (type == UNIX_DIAG_VFS) {
          listener.file_inode = read<unix_diag_vfs>(bytes).value_or(unix_diag_vfs{}).udiag_vfs_ino;
        } else if (type == UNIX_DIAG_RQLEN && !listener.datagram) {
          const auto queue = read<unix_diag_rqlen>(bytes).value_or(unix_diag_rqlen{});
          listener.queued = queue.udiag_rqueue;
          listener.backlog = queue.udiag_wqueue;
        } else if (type == UNIX_DIAG_UID) {
          listener.uid = read<std::uint32_t>(bytes).value_or(kUnknownUser);
        }
      });
  return whole ? std::optional(std::move(socket)) : std::nullopt;
}

// The kernel names a datagram socket that binds itself before it sends "@" and five digits: it
// waits for nobody.
bool named_by_kernel(const std::string& path) {
  return path.size() == 6 && path.starts_with('@') &&
         path.find_first_not_of("0123456789abcdef", 1) == std::string::npos;
}

bool waits_for_peers(const Listener& listener) {
  if (listener.protocol != SocketProtocol::kUnix) {
    return listener.port != 0;
  }
  return !listener.path.empty() && !(listener.datagram && named_by_kernel(listener.path));
}

template <class Request>
std::vector<std::byte> message_of(const Request& request, std::uint32_t sequence) {
  std::vector<std::byte> bytes(sizeof(nlmsghdr) + sizeof(Request));
  nlmsghdr head{};
  head.nlmsg_len = static_cast<std::uint32_t>(bytes.size());
  head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  head.nlmsg_seq = sequence;
  std::memcpy(bytes.data(), &head, sizeof(head));
  std::memcpy(bytes.data() + sizeof(head), &request, sizeof(request));
  return bytes;
}

}  // namespace

std::vector<std::byte> diag_request(DiagTable table, std::uint32_t sequence) {
  if (table == DiagTable::kUnix) {
    unix_diag_req request{};
    request.sdiag_family = AF_UNIX;
    request.udiag_states = (1U << kListen) | (1U << kClosed);
    request.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID;
    return message_of(request, sequence);
  }
  inet_diag_req_v2 request{};
  request.sdiag_family = is_v6(table) ? AF_INET6 : AF_INET;
  request.sdiag_protocol = is_udp(table) ? IPPROTO_UDP : IPPROTO_TCP;
  request.idiag_states = 1U << (is_udp(table) ? kClosed : kListen);
  return message_of(request, sequence);
}

DiagReply parse_diag(DiagTable table, std::span<const std::byte> datagram, std::uint32_t sequence,
                     std::vector<DiagSocket>& sockets) {
  DiagReply reply;
  while (!datagram.empty()) {
    const auto head = read<nlmsghdr>(datagram);
    if (!head || head->nlmsg_len < sizeof(nlmsghdr) || head->nlmsg_len > datagram.size()) {
      reply.malformed = true;
      return reply;
    }
    const Bytes payload = datagram.subspan(sizeof(nlmsghdr), head->nlmsg_len - sizeof(nlmsghdr));
    datagram = datagram.subspan(std::min(aligned(head->nlmsg_len), datagram.size()));
    if (head->nlmsg_seq != sequence) {
      continue;
    }
    reply.interrupted = reply.interrupted || (head->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    if (head->nlmsg_type == NLMSG_DONE || head->nlmsg_type == NLMSG_ERROR) {
      // Both may carry an error, a negative errno.
      const int error = -read<std::int32_t>(payload).value_or(0);
      reply.done = true;
      if (error != 0) {
        reply.error = error;
      }
      return reply;
    }
    if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY) {
      continue;
    }
    auto socket = table == DiagTable::kUnix ? parse_unix(payload) : parse_inet(table, payload);
    if (!socket) {
      reply.malformed = true;
      return reply;
    }
    if (waits_for_peers(socket->listener)) {
      sockets.push_back(std::move(*socket));
    }
  }
  return reply;
}

}  // namespace hale::checks
