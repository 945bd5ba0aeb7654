// Answers of NTP servers, and of chronyd about itself. The first eight bytes are the nonce, the
// next sixteen the times at which the request left and the answer came; the rest is the packet.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include "checks/clock/chrony_tracking.h"
#include "checks/clock/ntp_packet.h"
#include "checks/clock/ntp_query.h"

namespace {

using namespace hale::checks;

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

std::uint64_t number(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) {
    value = value << 8U | byte;
  }
  return value;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> input(data, size);
  static_cast<void>(parse_ntp_server(std::string_view(reinterpret_cast<const char*>(data), size)));
  if (size < 24) {
    return 0;
  }
  const std::uint64_t nonce = number(input.subspan(0, 8));
  const std::span<const std::uint8_t> packet = input.subspan(24);
  if (const auto tracking = parse_chrony_tracking(packet, static_cast<std::uint32_t>(nonce))) {
    require(std::isfinite(tracking->correction_s) && std::isfinite(tracking->root_delay_s));
  }
  const auto answer = parse_ntp_answer(packet, nonce);
  if (!answer) {
    return 0;
  }
  const auto sample =
      judge_ntp_answer(*answer, number(input.subspan(8, 8)), number(input.subspan(16, 8)));
  if (sample) {
    require(std::isfinite(sample->offset_s) && sample->delay_s >= 0 &&
            sample->root_distance_s >= 0 && sample->root_distance_s < 16 && sample->stratum > 0 &&
            sample->stratum < 16);
  } else {
    require(!sample.error().message.empty());
  }
  return 0;
}
