#include "checks/icmp/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/system_error.hpp>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checks/net/connect.h"
#include "checks/net/nonce.h"
#include "checks/net/time_limit.h"

namespace hale::checks::icmp {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

constexpr std::size_t kBufferBytes = 65536;

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

socklen_t fill(Address& socket_address, const asio::ip::address& address) {
  socket_address = {};
  if (address.is_v4()) {
    socket_address.v4.sin_family = AF_INET;
    socket_address.v4.sin_addr.s_addr = htonl(address.to_v4().to_uint());
    return sizeof(socket_address.v4);
  }
  const auto bytes = address.to_v6().to_bytes();
  socket_address.v6.sin6_family = AF_INET6;
  std::memcpy(&socket_address.v6.sin6_addr, bytes.data(), bytes.size());
  socket_address.v6.sin6_scope_id = static_cast<std::uint32_t>(address.to_v6().scope_id());
  return sizeof(socket_address.v6);
}

void set(int fd, int level, int option, int value) {
  // None of these is worth a run: without them, less is known.
  static_cast<void>(::setsockopt(fd, level, option, &value, sizeof(value)));
}

Outcome no_right() {
  return Outcome::unknown(Reason::kPermission, Phase::kSend,
                          "the agent may not send echo requests (allow it with `sysctl -w "
                          "net.ipv4.ping_group_range=\"0 "
                          "2147483647\"`, or give it CAP_NET_RAW)",
                          "EPERM");
}

Outcome failure(int error) {
  Outcome outcome = connect_failure({error, asio::system_category()});
  outcome.phase = Phase::kSend;
  return outcome;
}

// The control messages of one recvmsg().
template <class Visit>
void each_control(msghdr& message, Visit visit) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    visit(*control);
  }
}

template <class T>
std::optional<T> data_of(const cmsghdr& control) {
  T value;
  if (control.cmsg_len < CMSG_LEN(sizeof(T))) {
    return std::nullopt;
  }
  std::memcpy(&value, CMSG_DATA(&control), sizeof(T));
  return value;
}

std::string address_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* const bytes = address.any.sa_family == AF_INET
                                ? static_cast<const void*>(&address.v4.sin_addr)
                                : static_cast<const void*>(&address.v6.sin6_addr);
  const bool known = address.any.sa_family == AF_INET || address.any.sa_family == AF_INET6;
  return known && ::inet_ntop(address.any.sa_family, bytes, text.data(), text.size()) != nullptr
             ? text.data()
             : "";
}

// Who an extended error says sent it: its address follows the structure (SO_EE_OFFENDER).
std::string offender_of(const cmsghdr& control) {
  Address address{};
  const std::size_t begin = CMSG_LEN(sizeof(sock_extended_err));
  if (control.cmsg_len < begin + sizeof(sockaddr_in)) {
    return "";
  }
  const std::size_t size = std::min<std::size_t>(control.cmsg_len - begin, sizeof(address));
  std::memcpy(&address, CMSG_DATA(&control) + sizeof(sock_extended_err), size);
  return address_text(address);
}

struct Control {
  alignas(cmsghdr) std::array<std::uint8_t, 512> bytes;
};

msghdr message_into(iovec& part, Control& control) {
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  return message;
}

}  // namespace

EchoSocket::EchoSocket(monitor::Executor executor, int fd, Version version, bool raw)
    : descriptor_(executor, fd),
      version_(version),
      raw_(raw),
      buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(kBufferBytes)) {}

std::expected<std::unique_ptr<EchoSocket>, Outcome> EchoSocket::open(
    monitor::Executor executor, const asio::ip::address& address, const SocketOptions& options) {
  const Version version = address.is_v4() ? Version::kV4 : Version::kV6;
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  const int protocol =
      address.is_v4() ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
  constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  int fd = ::socket(family, SOCK_DGRAM | kFlags, protocol);
  const bool raw = fd < 0 && errno != EMFILE && errno != ENFILE && errno != EAFNOSUPPORT;
  if (raw) {
    fd = ::socket(family, SOCK_RAW | kFlags, protocol);
  }
  if (fd < 0) {
    return std::unexpected(errno == EPERM || errno == EACCES ? no_right() : failure(errno));
  }
  std::unique_ptr<EchoSocket> socket(new EchoSocket(executor, fd, version, raw));
  socket->configure(options);
  Address peer;
  const socklen_t size = fill(peer, address);
  if (::connect(fd, &peer.any, size) != 0) {
    return std::unexpected(failure(errno));
  }
  return socket;
}

void EchoSocket::configure(const SocketOptions& options) {
  const int fd = descriptor_.native_handle();
  if (raw_) {
    id_ = nonce16();
    filter_replies(fd);
  }
  set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  if (version_ == Version::kV4) {
    set(fd, IPPROTO_IP, IP_RECVERR, 1);
    set(fd, IPPROTO_IP, IP_RECVTTL, 1);
    if (options.ttl > 0) {
      set(fd, IPPROTO_IP, IP_TTL, options.ttl);
    }
    if (options.dont_fragment) {  // what an earlier packet learned about the path does not count
      set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    }
    return;
  }
  set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
  set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
  if (options.ttl > 0) {
    set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, options.ttl);
  }
  if (options.dont_fragment) {
    set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    set(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
  }
}

// A raw socket sees every ICMP packet of the host, those of all other checks included: the kernel
// is told to keep only replies with this socket's id. IPv4 packets come with their header.
void EchoSocket::filter_replies(int fd) const {
  const bool v4 = version_ == Version::kV4;
  const std::uint32_t reply = v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;
  const auto mode = static_cast<std::uint16_t>(v4 ? BPF_IND : BPF_ABS);
  std::array<sock_filter, 7> program = {{
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),  // X: the length of an IPv4 header
      BPF_STMT(static_cast<std::uint16_t>(BPF_LD | BPF_B | mode), 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, reply, 0, 3),
      BPF_STMT(static_cast<std::uint16_t>(BPF_LD | BPF_H | mode), 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id_, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xFFFFFFFFU),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const std::size_t first = v4 ? 0 : 1;
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size() - first),
                          .filter = program.data() + first};
  static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)));
}

asio::error_code EchoSocket::send(std::uint16_t sequence, Bytes payload) {
  const std::vector<std::uint8_t> packet = make_request(version_, id_, sequence, payload);
  // An error of an earlier packet, which next() reads in full, may stand in the way once.
  for (int left = 2; left > 0; --left) {
    if (::send(descriptor_.native_handle(), packet.data(), packet.size(), MSG_DONTWAIT) >= 0) {
      return {};
    }
    if (errno == EAGAIN) {
      return {ENOBUFS, asio::system_category()};
    }
  }
  return {errno, asio::system_category()};
}

monitor::Task<> EchoSocket::wait(monitor::Clock& clock, monitor::TimePoint until) {
  asio::error_code error;
  const TimeLimit limit(clock, until, [this] {
    asio::error_code ignored;
    descriptor_.cancel(ignored);
  });
  co_await descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                                  asio::redirect_error(monitor::kUseTask, error));
  if (error == asio::error::operation_aborted && !limit.reached()) {
    throw asio::system_error(error);
  }
}

std::optional<Objection> EchoSocket::next_objection() {
  for (;;) {
    Control control;
    iovec part{.iov_base = buffer_.get(), .iov_len = kBufferBytes};
    msghdr message = message_into(part, control);
    const ssize_t size =
        ::recvmsg(descriptor_.native_handle(), &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (size < 0) {
      return std::nullopt;
    }
    std::optional<Complaint> complaint;
    each_control(message, [&complaint](const cmsghdr& entry) {
      const bool v4 = entry.cmsg_level == IPPROTO_IP && entry.cmsg_type == IP_RECVERR;
      const bool v6 = entry.cmsg_level == IPPROTO_IPV6 && entry.cmsg_type == IPV6_RECVERR;
      const auto error = v4 || v6 ? data_of<sock_extended_err>(entry) : std::nullopt;
      if (error &&
          (error->ee_origin == SO_EE_ORIGIN_ICMP || error->ee_origin == SO_EE_ORIGIN_ICMP6)) {
        complaint = Complaint{error->ee_type, error->ee_code, error->ee_info, offender_of(entry)};
      }
    });
    const Bytes quoted(buffer_.get(), static_cast<std::size_t>(size));
    const std::optional<Echo> echo = read_quoted_request(version_, quoted);
    // A raw socket is told of everybody's packets to this address.
    if (complaint && echo && (!raw_ || echo->id == id_)) {
      return Objection{echo->sequence, std::move(*complaint)};
    }
  }
}

std::optional<Arrival> EchoSocket::next_arrival(const monitor::Clock& clock) {
  for (;;) {
    Control control;
    iovec part{.iov_base = buffer_.get(), .iov_len = kBufferBytes};
    msghdr message = message_into(part, control);
    const ssize_t size = ::recvmsg(descriptor_.native_handle(), &message, MSG_DONTWAIT);
    if (size < 0) {
      return std::nullopt;  // an error is told in full by the error queue
    }
    Arrival arrival;
    each_control(message, [&arrival, &clock](const cmsghdr& entry) {
      const bool v4 = entry.cmsg_level == IPPROTO_IP && entry.cmsg_type == IP_TTL;
      const bool v6 = entry.cmsg_level == IPPROTO_IPV6 && entry.cmsg_type == IPV6_HOPLIMIT;
      if (v4 || v6) {
        arrival.ttl = data_of<int>(entry).value_or(-1);
      }
      const bool stamp = entry.cmsg_level == SOL_SOCKET && entry.cmsg_type == SCM_TIMESTAMPNS;
      const auto time = stamp ? data_of<timespec>(entry) : std::nullopt;
      if (time) {
        const auto since_epoch =
            std::chrono::seconds(time->tv_sec) + std::chrono::nanoseconds(time->tv_nsec);
        arrival.queued = std::chrono::duration_cast<monitor::Duration>(
            clock.wall_now().time_since_epoch() - since_epoch);
      }
    });
    Bytes packet(buffer_.get(), static_cast<std::size_t>(size));
    if (raw_ && version_ == Version::kV4) {
      packet = behind_ipv4_header(packet);
    }
    const std::optional<Echo> echo = read_reply(version_, packet);
    if (echo && (!raw_ || echo->id == id_)) {
      arrival.sequence = echo->sequence;
      arrival.payload = echo->payload;
      return arrival;
    }
  }
}

std::optional<std::variant<Arrival, Objection>> EchoSocket::next(const monitor::Clock& clock) {
  if (auto objection = next_objection()) {
    return std::move(*objection);
  }
  if (const auto arrival = next_arrival(clock)) {
    return *arrival;
  }
  return std::nullopt;
}

}  // namespace hale::checks::icmp
