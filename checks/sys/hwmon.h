// The sensors of the hardware: /sys/class/hwmon (Documentation/hwmon/sysfs-interface.rst) and,
// where no chip there measures a temperature, /sys/class/thermal. Reading one may ask a slow bus or
// a firmware that hangs: call all of this in a BlockingPool.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hale::checks {

enum class SensorKind { kTemperature, kFan, kVoltage, kCurrent, kPower };

// One sensor, in degrees Celsius, revolutions a minute, volts, amperes or watts. The limits are the
// driver's, set or not: some chips come up with nonsense.
struct SensorReading {
  SensorKind kind = SensorKind::kTemperature;
  std::string label;  // "Package id 0"; the channel, "temp1", where the driver gives none
  std::expected<double, int> value = 0.0;       // else errno
  bool fault = false;                           // not connected, or broken
  std::optional<double> lowest = std::nullopt;  // critically low
  std::optional<double> minimum = std::nullopt;
  std::optional<double> maximum = std::nullopt;
  std::optional<double> critical = std::nullopt;
  bool low_alarm = false;
  bool high_alarm = false;
  bool alarm = false;
  bool critical_alarm = false;
};

// A chip or a thermal zone, to be read by a call of its own.
struct SensorPlace {
  std::filesystem::path path;
  std::string chip;        // "coretemp"; with its device where several have that name
  std::string zone_label;  // of a thermal zone; else empty

  bool operator==(const SensorPlace&) const = default;
};

// Bounded: at most 256.
std::vector<SensorPlace> list_sensors(const std::filesystem::path& sys_root);

// In the order of kind and channel; labels are unique within the place.
std::vector<SensorReading> read_sensors(const SensorPlace& place);

}  // namespace hale::checks
