// What a sensor's reading means, by the limits that its driver brings along. Pure.
#pragma once

#include <string>
#include <string_view>

#include "checks/sys/hwmon.h"
#include "monitor/check_result.h"

namespace hale::checks {

// Above critical: fail; above the maximum or below the minimum: warn; an alarm that the chip still
// remembers: warn. A sensor that is faulty, cannot be read or reads what cannot be is unknown.
// Limits that no manufacturer would set (0 °C, a minimum above the maximum) do not count.
monitor::ItemResult sensor_item(std::string name, const SensorReading& reading);

// The measurement that a kind of sensor has: "temperature", "fan", "voltage", "current", "power".
std::string_view measurement_of(SensorKind kind);

}  // namespace hale::checks
