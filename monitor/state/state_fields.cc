#include "monitor/state/state_fields.h"

#include <charconv>

namespace hale::monitor {
namespace {

// Far from what nanoseconds in 64 bits can say.
constexpr std::uint64_t kLatest = 7'258'118'400'000;  // 2200-01-01, in milliseconds

}  // namespace

std::string state_field(WallTime time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

std::string state_field(std::optional<WallTime> time) {
  return time ? state_field(*time) : "";
}

std::optional<std::uint64_t> state_number(std::string_view field) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(field.begin(), field.end(), value);
  if (error != std::errc() || end != field.end()) {
    return std::nullopt;
  }
  return value;
}

std::optional<WallTime> state_time(std::string_view field) {
  const std::optional<std::uint64_t> value = state_number(field);
  if (!value || *value > kLatest) {
    return std::nullopt;
  }
  return WallTime(std::chrono::milliseconds(*value));
}

}  // namespace hale::monitor
