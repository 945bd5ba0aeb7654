#include "monitor/stats/window.h"

namespace hale::monitor {

std::string_view to_string(Window window) {
  constexpr std::array<std::string_view, kWindowCount> kNames = {"1m", "5m", "1h"};
  return kNames[static_cast<std::size_t>(window)];
}

Duration length_of(Window window) {
  constexpr std::array<Duration, kWindowCount> kLengths = {
      std::chrono::minutes(1), std::chrono::minutes(5), std::chrono::hours(1)};
  return kLengths[static_cast<std::size_t>(window)];
}

Window most_telling(const WindowViews& windows) {
  for (std::size_t i = 0; i < kWindowCount; ++i) {
    if (!windows[i].low_confidence()) {
      return static_cast<Window>(i);
    }
  }
  return Window::kHour;
}

}  // namespace hale::monitor
