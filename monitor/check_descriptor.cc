#include "monitor/check_descriptor.h"

namespace hale::monitor {

const MeasurementDescriptor* CheckDescriptor::measurement(std::string_view measurement_name) const {
  if (measurement_name == duration_measurement().name) {
    return &duration_measurement();
  }
  for (const MeasurementDescriptor& candidate : measurements) {
    if (!candidate.open && candidate.name == measurement_name) {
      return &candidate;
    }
  }
  return nullptr;
}

const MeasurementDescriptor* CheckDescriptor::open_measurement() const {
  for (const MeasurementDescriptor& candidate : measurements) {
    if (candidate.open) {
      return &candidate;
    }
  }
  return nullptr;
}

const MeasurementDescriptor& duration_measurement() {
  static const MeasurementDescriptor kDuration = {
      .name = "duration",
      .metric = "check_last_duration_seconds",
      .unit = Unit::kSeconds,
      .bad = Bad::kHigh,
      .help = "How long the run took.",
  };
  return kDuration;
}

}  // namespace hale::monitor
