// The messages of sock_diag(7): requests for dumps, and what the kernel answers, as bytes. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "checks/sockets/listener.h"

namespace hale::checks {

// What one dump is about.
enum class DiagTable : std::uint8_t { kTcp4, kTcp6, kUdp4, kUdp6, kUnix };
inline constexpr int kDiagTableCount = 5;

// A request for all sockets of the table that wait for peers.
std::vector<std::byte> diag_request(DiagTable table, std::uint32_t sequence);

// A socket as the kernel describes it. The names of control groups and units are not filled in.
struct DiagSocket {
  Listener listener;
  std::optional<std::uint64_t> cgroup_id;  // absent: the kernel is too old, or keeps none
};

struct DiagReply {
  bool done = false;         // the dump is complete
  bool interrupted = false;  // the table changed meanwhile: what was read may have holes
  std::optional<int> error;  // errno, in place of the dump
  bool malformed = false;    // not what the kernel documents
};

// Takes one datagram apart and appends its sockets. Messages with another sequence number, of a
// dump that was given up, are passed over.
DiagReply parse_diag(DiagTable table, std::span<const std::byte> datagram, std::uint32_t sequence,
                     std::vector<DiagSocket>& sockets);

}  // namespace hale::checks
