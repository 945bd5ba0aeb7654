#include "checks/clock/ntp_packet.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

constexpr std::size_t kOriginAt = 24;
constexpr std::size_t kReceivedAt = 32;
constexpr std::size_t kSentAt = 40;
constexpr std::uint8_t kVersion = 4;
constexpr std::uint8_t kClientMode = 3;
constexpr std::uint8_t kServerMode = 4;
constexpr int kNotSynchronised = 3;  // leap indicator
constexpr int kWorstStratum = 16;
constexpr double kWorstDistance = 16;  // MAXDISP: what a server says that knows nothing

std::uint64_t big_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) {
    value = value << 8U | byte;
  }
  return value;
}

double short_format(std::span<const std::uint8_t> bytes) {  // 16 bits of seconds, 16 of fraction
  return static_cast<double>(big_endian(bytes)) / 65536;
}

// "RATE": four letters or fewer, filled up with zeros.
std::optional<std::string> kiss_code(const NtpAnswer& answer) {
  std::string code;
  for (const std::uint8_t byte : answer.reference) {
    if (byte == 0) {
      break;
    }
    if (byte < 'A' || byte > 'Z') {
      return std::nullopt;
    }
    code += static_cast<char>(byte);
  }
  return code.empty() ? std::nullopt : std::optional(std::move(code));
}

Outcome kissed(std::string code) {
  if (code == "RATE") {
    return Outcome::unknown(Reason::kRateLimited, Phase::kEvaluate,
                            "asks to be asked less often (kiss-o'-death RATE)", std::move(code));
  }
  if (code == "DENY" || code == "RSTR") {
    std::string message = "refuses to serve this host (kiss-o'-death " + code + ")";
    return Outcome::fail(Reason::kAuth, Phase::kEvaluate, std::move(message), std::move(code));
  }
  std::string message = "has no time to give (kiss-o'-death " + code + ")";
  return Outcome::fail(Reason::kStatus, Phase::kEvaluate, std::move(message), std::move(code));
}

}  // namespace

NtpTime to_ntp(monitor::WallTime time) {
  constexpr std::int64_t kFrom1900To1970 = 2'208'988'800;
  const auto since_1970 = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_1970);
  const auto ns = static_cast<std::uint64_t>((since_1970 - seconds).count());
  const auto whole = static_cast<std::uint64_t>(seconds.count() + kFrom1900To1970);
  return (whole << 32U) + (ns << 32U) / 1'000'000'000;
}

double seconds_between(NtpTime a, NtpTime b) {
  constexpr double kUnitsPerSecond = 4294967296.0;
  return static_cast<double>(static_cast<std::int64_t>(a - b)) / kUnitsPerSecond;
}

std::array<std::uint8_t, kNtpPacketSize> ntp_request(std::uint64_t nonce) {
  std::array<std::uint8_t, kNtpPacketSize> packet{};
  packet[0] = static_cast<std::uint8_t>(kVersion << 3U | kClientMode);
  for (std::size_t i = 0; i < 8; ++i) {
    packet[kSentAt + i] = static_cast<std::uint8_t>(nonce >> (56 - 8 * i));
  }
  return packet;
}

std::expected<NtpAnswer, NtpMismatch> parse_ntp_answer(std::span<const std::uint8_t> packet,
                                                       std::uint64_t nonce) {
  if (packet.size() < kNtpPacketSize) {
    return std::unexpected(NtpMismatch::kShort);
  }
  const unsigned version = packet[0] >> 3U & 7U;
  if ((packet[0] & 7U) != kServerMode || version == 0 || version > kVersion) {
    return std::unexpected(NtpMismatch::kMode);
  }
  if (big_endian(packet.subspan(kOriginAt, 8)) != nonce) {
    return std::unexpected(NtpMismatch::kOrigin);
  }
  NtpAnswer answer;
  answer.leap = packet[0] >> 6U;
  answer.stratum = packet[1];
  answer.root_delay_s = short_format(packet.subspan(4, 4));
  answer.root_dispersion_s = short_format(packet.subspan(8, 4));
  std::copy_n(packet.begin() + 12, answer.reference.size(), answer.reference.begin());
  answer.received = big_endian(packet.subspan(kReceivedAt, 8));
  answer.sent = big_endian(packet.subspan(kSentAt, 8));
  return answer;
}

std::expected<NtpSample, Outcome> judge_ntp_answer(const NtpAnswer& answer, NtpTime sent,
                                                   NtpTime received) {
  if (answer.stratum == 0) {
    if (auto code = kiss_code(answer)) {
      return std::unexpected(kissed(std::move(*code)));
    }
  }
  if (answer.leap == kNotSynchronised || answer.stratum == 0 || answer.stratum >= kWorstStratum) {
    return std::unexpected(Outcome::fail(Reason::kStatus, Phase::kEvaluate,
                                         "says that it is not synchronised itself",
                                         "unsynchronised"));
  }
  const double away = seconds_between(received, sent);
  const double at_server = seconds_between(answer.sent, answer.received);
  // A little may be rounded off, or be the step of a clock that ticks by the millisecond.
  constexpr double kTolerance = 0.01;
  if (answer.received == 0 || answer.sent == 0 || at_server < -kTolerance ||
      at_server > away + kTolerance) {
    return std::unexpected(Outcome::fail(Reason::kProtocol, Phase::kEvaluate,
                                         "answers with times that cannot be", "times"));
  }
  NtpSample sample;
  sample.delay_s = std::max(0.0, away - at_server);
  sample.offset_s =
      (seconds_between(answer.received, sent) + seconds_between(answer.sent, received)) / 2;
  sample.root_distance_s = (answer.root_delay_s + sample.delay_s) / 2 + answer.root_dispersion_s;
  sample.stratum = answer.stratum;
  sample.leap = answer.leap;
  if (sample.root_distance_s >= kWorstDistance) {
    return std::unexpected(Outcome::fail(
        Reason::kStatus, Phase::kEvaluate,
        "may be off by " + monitor::format_value(monitor::Unit::kSeconds, sample.root_distance_s) +
            " by its own account",
        "distance"));
  }
  return sample;
}

}  // namespace hale::checks
