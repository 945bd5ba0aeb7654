#include "monitor/metrics_settings.h"

#include <array>

namespace hale::monitor {

std::string_view to_string(HistogramKind kind) {
  constexpr std::array<std::string_view, kHistogramKindCount> kNames = {"off", "classic", "native",
                                                                        "both"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<Window> MetricsSettings::windows_for(std::size_t checks) const {
  if (windows) {
    return *windows;
  }
  if (checks > kMaxChecksWithWindows) {
    return {};
  }
  return {Window::kMinute, Window::kFiveMinutes, Window::kHour};
}

}  // namespace hale::monitor
