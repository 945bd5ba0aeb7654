// The packets of NTP between a client that only asks and a server: RFC 5905 section 7.3 (header),
// section 8 (offset and delay), section 7.4 (kiss-o'-death). Pure.
//
// A request says nothing about this host: all fields but version and mode are zero, and the
// transmit timestamp is a random number (draft-ietf-ntp-data-minimization). The server sends that
// number back as the origin timestamp, which shows that it has seen the request.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "monitor/check_result.h"
#include "monitor/time.h"

namespace hale::checks {

inline constexpr std::size_t kNtpPacketSize = 48;

// Seconds since 1900, modulo 2^32, in units of 2^-32 s.
using NtpTime = std::uint64_t;
NtpTime to_ntp(monitor::WallTime time);

// a - b in seconds. Right across the turn of an era (2036), while both lie within 68 years.
double seconds_between(NtpTime a, NtpTime b);

std::array<std::uint8_t, kNtpPacketSize> ntp_request(std::uint64_t nonce);

struct NtpAnswer {
  int leap = 0;                  // 0 none, 1 a second more, 2 one less, 3 not synchronised
  int stratum = 0;               // 0: a kiss, or not synchronised
  double root_delay_s = 0;       // to the reference clock and back
  double root_dispersion_s = 0;  // how far off the server may be besides
  std::array<std::uint8_t, 4> reference{};
  NtpTime received = 0;  // the request, by the server's clock
  NtpTime sent = 0;      // this answer, by the server's clock
};

enum class NtpMismatch {
  kShort,   // no NTP packet
  kMode,    // not an answer, or of a version that there is not
  kOrigin,  // not an answer to this request
};

// What came from the server's address and port may still be forged or late: a mismatch is to be
// ignored, and waiting goes on.
std::expected<NtpAnswer, NtpMismatch> parse_ntp_answer(std::span<const std::uint8_t> packet,
                                                       std::uint64_t nonce);

// What one exchange says about this host's clock.
struct NtpSample {
  double offset_s = 0;         // the server's clock minus ours: positive, ours is behind
  double delay_s = 0;          // there and back
  double root_distance_s = 0;  // how far off the offset may be, at most, as the server sees it
  int stratum = 0;             // of the server
  int leap = 0;
};

// The sample of an answer to a request that left at `sent` and was answered at `received`, by this
// host's clock; or why this server's word does not count: not synchronised, a kiss (rate_limited
// for RATE, auth for DENY and RSTR, else status), numbers that contradict each other.
std::expected<NtpSample, monitor::Outcome> judge_ntp_answer(const NtpAnswer& answer, NtpTime sent,
                                                            NtpTime received);

}  // namespace hale::checks
