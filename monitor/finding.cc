#include "monitor/finding.h"

#include <array>

namespace hale::monitor {

std::string_view to_string(Severity severity) {
  constexpr std::array<std::string_view, kSeverityCount> kNames = {"page", "ticket", "info"};
  return kNames[static_cast<std::size_t>(severity)];
}

std::string_view to_string(Confidence confidence) {
  return confidence == Confidence::kHigh ? "high" : "low";
}

}  // namespace hale::monitor
