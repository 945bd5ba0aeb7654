#include "checks/sys/hwmon.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "checks/proc/text.h"
#include "checks/sys/attribute.h"

namespace hale::checks {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostPlaces = 256;

struct Kind {
  SensorKind kind;
  std::string_view prefix;
  double scale;
};
constexpr std::array<Kind, 5> kKinds = {{{SensorKind::kTemperature, "temp", 1e-3},
                                         {SensorKind::kFan, "fan", 1},
                                         {SensorKind::kVoltage, "in", 1e-3},
                                         {SensorKind::kCurrent, "curr", 1e-3},
                                         {SensorKind::kPower, "power", 1e-6}}};

struct Channel {
  const Kind* kind = nullptr;
  std::uint32_t number = 0;
  std::string input;  // "temp1_input"

  std::string name() const { return std::string(kind->prefix) + std::to_string(number); }
};

// "temp1_input", "power1_average"
std::optional<Channel> parse_channel(const std::string& file) {
  const std::size_t underscore = file.find('_');
  const std::string_view name = std::string_view(file).substr(0, underscore);
  const std::string_view rest =
      underscore == std::string::npos ? "" : std::string_view(file).substr(underscore);
  for (const Kind& kind : kKinds) {
    const bool average = kind.kind == SensorKind::kPower && rest == "_average";
    if (!name.starts_with(kind.prefix) || (rest != "_input" && !average)) {
      continue;
    }
    const auto number = to_number<std::uint32_t>(name.substr(kind.prefix.size()));
    if (number) {
      return Channel{.kind = &kind, .number = *number, .input = file};
    }
  }
  return std::nullopt;
}

// One of each; a power's input comes before its average.
std::vector<Channel> channels_in(const fs::path& folder) {
  std::vector<Channel> channels;
  for (const std::string& file : names_in(folder)) {
    if (auto channel = parse_channel(file)) {
      channels.push_back(std::move(*channel));
    }
  }
  std::sort(channels.begin(), channels.end(), [](const Channel& a, const Channel& b) {
    return std::tuple(a.kind->kind, a.number, a.input.ends_with("_average")) <
           std::tuple(b.kind->kind, b.number, b.input.ends_with("_average"));
  });
  const auto same = [](const Channel& a, const Channel& b) {
    return a.kind == b.kind && a.number == b.number;
  };
  channels.erase(std::unique(channels.begin(), channels.end(), same), channels.end());
  return channels;
}

std::optional<double> scaled(const fs::path& path, double scale) {
  const auto value = read_integer(path);
  return value ? std::optional(static_cast<double>(*value) * scale) : std::nullopt;
}

bool is_set(const fs::path& path) {
  return read_integer(path).value_or(0) != 0;
}

SensorReading read_channel(const fs::path& folder, const Channel& channel) {
  const double scale = channel.kind->scale;
  const auto file = [&folder, name = channel.name()](std::string_view attribute) {
    std::string path = name;
    path += '_';
    path += attribute;
    return folder / path;
  };
  SensorReading reading;
  reading.kind = channel.kind->kind;
  reading.label = plain_name(read_attribute(file("label")).value_or(""));
  if (reading.label.empty()) {
    reading.label = channel.name();
  }
  reading.fault = is_set(file("fault"));
  const auto value = read_integer(folder / channel.input);
  if (value) {
    reading.value = static_cast<double>(*value) * scale;
  } else {
    reading.value = std::unexpected(value.error());
  }
  reading.lowest = scaled(file("lcrit"), scale);
  reading.minimum = scaled(file("min"), scale);
  reading.maximum = scaled(file("max"), scale);
  reading.critical = scaled(file("crit"), scale);
  if (!reading.critical) {
    reading.critical = scaled(file("emergency"), scale);
  }
  reading.alarm = is_set(file("alarm"));
  reading.low_alarm = is_set(file("min_alarm"));
  reading.high_alarm = is_set(file("max_alarm"));
  reading.critical_alarm =
      is_set(file("crit_alarm")) || is_set(file("lcrit_alarm")) || is_set(file("emergency_alarm"));
  return reading;
}

SensorReading read_zone(const SensorPlace& place) {
  constexpr double kScale = 1e-3;
  constexpr int kMostTrips = 32;
  SensorReading reading;
  reading.label = place.zone_label;
  const auto value = read_integer(place.path / "temp");
  if (value) {
    reading.value = static_cast<double>(*value) * kScale;
  } else {
    reading.value = std::unexpected(value.error());
  }
  for (int i = 0; i < kMostTrips; ++i) {
    const std::string trip = "trip_point_" + std::to_string(i);
    const auto type = read_attribute(place.path / (trip + "_type"));
    if (!type) {
      break;
    }
    const auto degrees = scaled(place.path / (trip + "_temp"), kScale);
    if (*type == "critical") {
      reading.critical = degrees;
    } else if (*type == "hot") {
      reading.maximum = degrees;
    }
  }
  return reading;
}

// Old drivers keep their attributes with the device.
fs::path folder_of(const fs::path& chip) {
  std::error_code ignored;
  return fs::exists(chip / "name", ignored) ? chip : chip / "device";
}

std::vector<SensorPlace> list_chips(const fs::path& root, bool& has_temperature) {
  std::vector<SensorPlace> places;
  std::map<std::string, int> count;
  for (const std::string& entry : names_in(root, kMostPlaces)) {
    SensorPlace place;
    place.path = folder_of(root / entry);
    place.chip = plain_name(read_attribute(place.path / "name").value_or(""));
    const std::vector<Channel> channels = channels_in(place.path);
    if (place.chip.empty() || channels.empty()) {
      continue;
    }
    has_temperature = has_temperature || channels.front().kind->kind == SensorKind::kTemperature;
    ++count[place.chip];
    places.push_back(std::move(place));
  }
  for (SensorPlace& place : places) {
    if (count[place.chip] < 2) {
      continue;
    }
    // "hwmon3" differs from boot to boot; the device that it belongs to mostly does not.
    std::error_code error;
    const fs::path entry =
        place.path.filename() == "device" ? place.path.parent_path() : place.path;
    const fs::path device = fs::canonical(entry / "device", error);
    place.chip += ":" + plain_name((error ? entry : device).filename().string());
  }
  return places;
}

std::vector<SensorPlace> list_zones(const fs::path& root) {
  std::vector<SensorPlace> places;
  std::map<std::string, int> count;
  for (const std::string& entry : names_in(root, kMostPlaces)) {
    if (!entry.starts_with("thermal_zone") ||
        read_attribute(root / entry / "mode").value_or("enabled") == "disabled") {
      continue;
    }
    SensorPlace place;
    place.path = root / entry;
    place.chip = "thermal";
    place.zone_label = plain_name(read_attribute(place.path / "type").value_or(entry));
    ++count[place.zone_label];
    places.push_back(std::move(place));
  }
  for (SensorPlace& place : places) {
    if (count[place.zone_label] > 1) {
      place.zone_label += " (" + place.path.filename().string() + ")";
    }
  }
  return places;
}

}  // namespace

std::vector<SensorPlace> list_sensors(const fs::path& sys_root) {
  bool has_temperature = false;
  std::vector<SensorPlace> places = list_chips(sys_root / "class/hwmon", has_temperature);
  if (!has_temperature) {
    for (SensorPlace& zone : list_zones(sys_root / "class/thermal")) {
      places.push_back(std::move(zone));
    }
  }
  places.resize(std::min(places.size(), kMostPlaces));
  return places;
}

std::vector<SensorReading> read_sensors(const SensorPlace& place) {
  if (!place.zone_label.empty()) {
    return {read_zone(place)};
  }
  std::vector<SensorReading> readings;
  std::set<std::string> labels;
  for (const Channel& channel : channels_in(place.path)) {
    const std::string enable = channel.name() + "_enable";
    if (read_integer(place.path / enable).value_or(1) == 0) {
      continue;
    }
    SensorReading reading = read_channel(place.path, channel);
    if (!labels.insert(reading.label).second) {
      reading.label += " (" + channel.name() + ")";
      labels.insert(reading.label);
    }
    readings.push_back(std::move(reading));
  }
  return readings;
}

}  // namespace hale::checks
