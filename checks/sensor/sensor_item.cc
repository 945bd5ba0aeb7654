#include "checks/sensor/sensor_item.h"

#include <cerrno>
#include <cmath>
#include <optional>
#include <utility>

#include "checks/os_error.h"
#include "monitor/format.h"

namespace hale::checks {
namespace {

using monitor::ItemResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;

// What a sensor of each kind can read, and which limits make sense for it.
struct Traits {
  std::string_view measurement;
  std::string_view unit;
  double least;
  double most;
  double highest_limit;
};

const Traits& traits_of(SensorKind kind) {
  static constexpr Traits kTemperature{"temperature", "°C", -100, 250, 200};
  static constexpr Traits kFan{"fan", "RPM", 0, 100'000, 20'000};
  static constexpr Traits kVoltage{"voltage", "V", -1000, 1000, 1000};
  static constexpr Traits kCurrent{"current", "A", -10'000, 10'000, 10'000};
  static constexpr Traits kPower{"power", "W", 0, 1e6, 1e6};
  switch (kind) {
    case SensorKind::kFan:
      return kFan;
    case SensorKind::kVoltage:
      return kVoltage;
    case SensorKind::kCurrent:
      return kCurrent;
    case SensorKind::kPower:
      return kPower;
    case SensorKind::kTemperature:
      break;
  }
  return kTemperature;
}

// Those of a reading's limits that count.
struct Limits {
  std::optional<double> lowest;
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::optional<double> critical;

  bool any() const { return lowest || minimum || maximum || critical; }
};

Limits limits_of(const SensorReading& reading) {
  const Traits& traits = traits_of(reading.kind);
  const bool may_be_negative = reading.kind == SensorKind::kVoltage;
  // A temperature's limit below zero says nothing: indoors it is never reached.
  const auto counted = [&](std::optional<double> limit) {
    const bool counts = limit && *limit < traits.highest_limit && *limit > traits.least &&
                        *limit != 0 && (may_be_negative || *limit > 0);
    return counts ? limit : std::nullopt;
  };
  Limits limits{.lowest = counted(reading.lowest),
                .minimum = counted(reading.minimum),
                .maximum = counted(reading.maximum),
                .critical = counted(reading.critical)};
  if (limits.minimum && limits.maximum && *limits.minimum >= *limits.maximum) {
    limits.minimum = limits.maximum = std::nullopt;
  }
  if (limits.lowest && limits.critical && *limits.lowest >= *limits.critical) {
    limits.lowest = limits.critical = std::nullopt;
  }
  return limits;
}

std::string text_of(SensorKind kind, double value) {
  std::string text = monitor::format_value(monitor::Unit::kNone, std::round(value * 1000) / 1000);
  text += ' ';
  text += traits_of(kind).unit;
  return text;
}

Outcome unreadable(int error) {
  const std::string text = "cannot be read: " + errno_text(error);
  switch (error) {
    case EACCES:
    case EPERM:
      return Outcome::unknown(Reason::kPermission, Phase::kRun, text, errno_name(error));
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Outcome::unknown(Reason::kAgent, Phase::kRun, text, errno_name(error));
    case EBADMSG:
      return Outcome::unknown(Reason::kValidation, Phase::kRun, "reads what is no number",
                              errno_name(error));
    default:  // EIO, ENODATA, ENXIO: the chip or its driver has nothing to say
      return Outcome::unknown(Reason::kStatus, Phase::kRun, text, errno_name(error));
  }
}

Outcome judge(const SensorReading& reading, double value, const Limits& limits) {
  const auto told = [&](std::string_view what, double limit) {
    std::string text = text_of(reading.kind, value);
    text += what;
    text += text_of(reading.kind, limit);
    return text;
  };
  if (limits.critical && value >= *limits.critical) {
    return Outcome::fail(Reason::kStatus, Phase::kRun, told(", critical from ", *limits.critical),
                         "critical");
  }
  if (limits.lowest && value <= *limits.lowest) {
    return Outcome::fail(Reason::kStatus, Phase::kRun, told(", critical below ", *limits.lowest),
                         "critically_low");
  }
  if (limits.minimum && reading.kind == SensorKind::kFan && value == 0) {
    return Outcome::fail(Reason::kStatus, Phase::kRun,
                         told(", stands still, at least ", *limits.minimum), "stopped");
  }
  if (limits.maximum && value > *limits.maximum) {
    return Outcome::warn(Reason::kStatus, Phase::kRun, told(", above ", *limits.maximum), "high");
  }
  if (limits.minimum && value < *limits.minimum) {
    return Outcome::warn(Reason::kStatus, Phase::kRun, told(", below ", *limits.minimum), "low");
  }
  // A chip remembers an alarm, some until they are restarted: the value itself is well by now.
  const bool alarmed = (reading.critical_alarm && (limits.critical || limits.lowest)) ||
                       (reading.high_alarm && limits.maximum) ||
                       (reading.low_alarm && limits.minimum) || (reading.alarm && limits.any());
  if (alarmed) {
    return Outcome::warn(Reason::kStatus, Phase::kRun,
                         text_of(reading.kind, value) + ", and the chip reports an alarm", "alarm");
  }
  std::string text = text_of(reading.kind, value);
  if (limits.critical) {
    text += " (critical " + text_of(reading.kind, *limits.critical) + ")";
  }
  return Outcome::pass(std::move(text));
}

void add(ItemResult& item, std::string_view name, double value) {
  monitor::Measurement measurement;
  measurement.name = name;
  measurement.value = value;
  item.measurements.push_back(std::move(measurement));
}

}  // namespace

std::string_view measurement_of(SensorKind kind) {
  return traits_of(kind).measurement;
}

ItemResult sensor_item(std::string name, const SensorReading& reading) {
  ItemResult item;
  item.name = std::move(name);
  if (reading.fault) {
    item.outcome =
        Outcome::unknown(Reason::kStatus, Phase::kRun,
                         "its driver says that the sensor is faulty or not connected", "fault");
    return item;
  }
  if (!reading.value) {
    item.outcome = unreadable(reading.value.error());
    return item;
  }
  const Traits& traits = traits_of(reading.kind);
  const double value = *reading.value;
  if (value < traits.least || value > traits.most) {
    item.outcome = Outcome::unknown(Reason::kValidation, Phase::kRun,
                                    "reads " + text_of(reading.kind, value) + ", which cannot be",
                                    "implausible");
    return item;
  }
  const Limits limits = limits_of(reading);
  item.outcome = judge(reading, value, limits);
  add(item, traits.measurement, value);
  if (reading.kind == SensorKind::kTemperature && limits.critical) {
    add(item, "headroom", *limits.critical - value);
  }
  return item;
}

}  // namespace hale::checks
