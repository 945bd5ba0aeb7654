// Echo requests and what comes back (RFC 792, RFC 4443 section 4), as bytes. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "monitor/check_result.h"

namespace hale::checks::icmp {

using Bytes = std::span<const std::uint8_t>;

enum class Version : std::uint8_t { kV4, kV6 };

inline constexpr std::size_t kHeaderBytes = 8;
inline constexpr std::size_t kNonceBytes = 8;       // a payload begins with it: the least one
inline constexpr std::size_t kMostPayload = 65507;  // of IPv4, in 65535 bytes with both headers

// The payload of a request: the nonce, then a pattern.
std::vector<std::uint8_t> make_payload(Bytes nonce, std::size_t size);

// With its checksum; the kernel writes that of IPv6, and the id on a socket of its own for echoes.
std::vector<std::uint8_t> make_request(Version version, std::uint16_t id, std::uint16_t sequence,
                                       Bytes payload);

struct Echo {
  std::uint16_t id = 0;
  std::uint16_t sequence = 0;
  Bytes payload;  // into the packet
};

// Nullopt for any other packet. Without the IP header.
std::optional<Echo> read_reply(Version version, Bytes packet);
// The request that an ICMP error quotes, as far as it does.
std::optional<Echo> read_quoted_request(Version version, Bytes packet);

// What is behind the header of an IPv4 packet; empty where there is none.
Bytes behind_ipv4_header(Bytes packet);

// The checksum of RFC 1071: 0 over a packet that carries the right one.
std::uint16_t checksum(Bytes bytes);

// What a router or host on the way said about a packet.
struct Complaint {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t information = 0;  // the largest packet that fits, where that is the matter
  std::string from;               // who says so, an address; empty: not known
};

// "host unreachable"; in words for everything that RFC 792, RFC 1812 and RFC 4443 list.
std::string explain(Version version, const Complaint& complaint);
std::string complaint_code(const Complaint& complaint);  // "ICMP 3/1"

}  // namespace hale::checks::icmp
