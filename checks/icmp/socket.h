// A socket for echoes to one address: the kernel's own kind for everybody who is in
// net.ipv4.ping_group_range, else a raw one, which needs CAP_NET_RAW. Loop thread only.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include <asio/error_code.hpp>
#include <asio/ip/address.hpp>
#include <asio/posix/basic_stream_descriptor.hpp>

#include "checks/icmp/packet.h"
#include "monitor/check_result.h"
#include "monitor/runtime/clock.h"
#include "monitor/runtime/task.h"

namespace hale::checks::icmp {

struct SocketOptions {
  int ttl = 0;  // 0: the system's
  bool dont_fragment = false;
};

// A reply, before it is known whether it belongs to this run.
struct Arrival {
  std::uint16_t sequence = 0;
  Bytes payload;               // valid until the next call of next()
  int ttl = -1;                // -1: the kernel did not say
  monitor::Duration queued{};  // how long it had lain in the kernel
};

struct Objection {
  std::uint16_t sequence = 0;
  Complaint complaint;
};

class EchoSocket {
 public:
  // Connected to the address, so that the errors of its packets come back to it. The outcome says
  // why there is none: no right (and what would give it), no route, no such protocol.
  static std::expected<std::unique_ptr<EchoSocket>, monitor::Outcome> open(
      monitor::Executor executor, const asio::ip::address& address, const SocketOptions& options);

  Version version() const { return version_; }
  bool raw() const { return raw_; }

  // Does not wait. EMSGSIZE where the packet does not fit and may not be cut.
  asio::error_code send(std::uint16_t sequence, Bytes payload);

  // Until something came or the time has; cancelled: throws operation_aborted.
  monitor::Task<> wait(monitor::Clock& clock, monitor::TimePoint until);

  // What came, one at a time; nullopt: nothing more for now.
  std::optional<std::variant<Arrival, Objection>> next(const monitor::Clock& clock);

 private:
  EchoSocket(monitor::Executor executor, int fd, Version version, bool raw);
  void configure(const SocketOptions& options);
  void filter_replies(int fd) const;
  std::optional<Objection> next_objection();
  std::optional<Arrival> next_arrival(const monitor::Clock& clock);

  asio::posix::basic_stream_descriptor<monitor::Executor> descriptor_;
  Version version_;
  bool raw_;
  std::uint16_t id_ = 0;
  std::unique_ptr<std::uint8_t[]> buffer_;  // of kBufferBytes
};

}  // namespace hale::checks::icmp
