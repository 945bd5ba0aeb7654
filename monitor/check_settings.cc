#include "monitor/check_settings.h"

#include <array>

namespace hale::monitor {

std::string_view to_string(Severity severity) {
  constexpr std::array<std::string_view, 3> kNames = {"page", "ticket", "info"};
  return kNames[static_cast<std::size_t>(severity)];
}

}  // namespace hale::monitor
