#include "checks/local_time.h"

#include <array>
#include <chrono>
#include <ctime>

namespace hale::checks {

std::string local_time(monitor::WallTime time, monitor::WallTime now) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  if (::localtime_r(&seconds, &parts) == nullptr) {
    return std::to_string(seconds);
  }
  const bool is_today = time <= now && now - time < std::chrono::hours(24);
  std::array<char, 32> text{};
  const std::size_t size =
      std::strftime(text.data(), text.size(), is_today ? "%H:%M" : "%Y-%m-%d %H:%M", &parts);
  return std::string(text.data(), size);
}

}  // namespace hale::checks
