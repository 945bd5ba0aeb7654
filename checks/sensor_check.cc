#include "checks/sensor_check.h"

#include <algorithm>
#include <array>
#include <expected>
#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "checks/patience.h"
#include "checks/pool_failure.h"
#include "checks/sensor/sensor_item.h"
#include "checks/sys/attribute.h"
#include "monitor/format.h"
#include "monitor/runtime/all_of.h"
#include "monitor/runtime/blocking_pool.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::ItemResult;
using monitor::Outcome;
using monitor::ParameterError;
using monitor::Parameters;
using monitor::Phase;
using monitor::PoolFailure;
using monitor::Reason;
using monitor::RunContext;
using monitor::Task;
using monitor::TimePoint;

using Readings = std::vector<SensorReading>;
using PlacesReply = std::expected<std::vector<SensorPlace>, PoolFailure>;
using ReadingsReply = std::expected<Readings, PoolFailure>;

constexpr std::array<SensorKind, 5> kKinds = {SensorKind::kTemperature, SensorKind::kFan,
                                              SensorKind::kVoltage, SensorKind::kCurrent,
                                              SensorKind::kPower};

std::expected<std::unique_ptr<monitor::Check>, ParameterError> make(const Parameters& parameters) {
  std::vector<SensorKind> kinds;
  for (const std::string& text : parameters.list("kinds")) {
    const auto* const found = std::find_if(kKinds.begin(), kKinds.end(), [&text](SensorKind kind) {
      return measurement_of(kind) == text;
    });
    if (found == kKinds.end()) {
      return std::unexpected(ParameterError{
          .key = "kinds",
          .message = "\"" + plain_name(text) +
                     "\" is no kind of sensor (write \"temperature\", \"fan\", \"voltage\", "
                     "\"current\" or \"power\")"});
    }
    kinds.push_back(*found);
  }
  NamePatterns patterns{.include = parameters.list("sensors"),
                        .exclude = parameters.list("exclude")};
  return std::make_unique<SensorCheck>(std::move(patterns), std::move(kinds));
}

monitor::CheckDescriptor describe() {
  using monitor::Bad;
  using monitor::KeyType;
  const std::vector<std::string> none;
  monitor::CheckDescriptor type;
  type.name = "sensor";
  type.summary =
      "Temperatures, fans, voltages and power of the hardware, by their drivers' limits.";
  type.item_label = "sensor";
  type.keys = {
      {.name = "sensors",
       .type = KeyType::kStringList,
       .help = "Names and globs of CHIP/LABEL, as in \"coretemp/Package id 0\" or \"nvme*\"; in a "
               "glob, `*` also matches `/`. One that is listed by its name fails where it is "
               "missing. Default: all.",
       .default_value = none},
      {.name = "exclude",
       .type = KeyType::kStringList,
       .help = "Sensors to leave out, names and globs; wins over `sensors`.",
       .default_value = none},
      {.name = "kinds",
       .type = KeyType::kStringList,
       .help = "Which kinds to look at: temperature, fan, voltage, current, power. Default: all.",
       .default_value = none},
  };
  type.measurements = {
      {.name = "temperature", .metric = "sensor_temperature_celsius", .help = "Degrees Celsius."},
      {.name = "headroom",
       .metric = "sensor_headroom_celsius",
       .bad = Bad::kLow,
       .help = "Degrees left to the temperature that the driver calls critical. Absent where it "
               "names none."},
      {.name = "fan", .metric = "sensor_fan_rpm", .bad = Bad::kLow, .help = "Turns in a minute."},
      {.name = "voltage",
       .metric = "sensor_voltage_volts",
       .help = "Volts; a limit below is written with an operator: \"< 11.4\"."},
      {.name = "current", .metric = "sensor_current_amperes", .help = "Amperes that flow."},
      {.name = "power", .metric = "sensor_power_watts", .help = "Watts that are drawn."},
  };
  type.reasons = {Reason::kTimeout,    Reason::kStatus, Reason::kValidation,
                  Reason::kMissing,    Reason::kStuck,  Reason::kUnsupported,
                  Reason::kPermission, Reason::kAgent,  Reason::kInternal};
  type.example =
      "[checks.sensors]\n"
      "type = \"sensor\"\n"
      "kinds = [\"temperature\", \"fan\"]\n"
      "exclude = [\"iwlwifi*\"]\n"
      "warn = { headroom = 10 }\n"
      "\n"
      "[checks.sensors.items.\"nct6775/fan1\"]\n"
      "fail = { fan = \"< 400\" }\n";
  type.make = &make;
  return type;
}

// Asks all chips at once, each by a call of its own: one that hangs does not hide the others.
Task<std::vector<ReadingsReply>> read_all(RunContext& context, std::vector<SensorPlace> places,
                                          TimePoint give_up) {
  std::vector<ReadingsReply> replies(places.size(),
                                     ReadingsReply(std::unexpect, PoolFailure::kFailed));
  std::vector<Task<ReadingsReply>> calls;
  for (const SensorPlace& place : places) {
    std::string key = "sensor:" + place.path.string() + ":" + place.zone_label;
    std::function<Readings()> read = [place] { return read_sensors(place); };
    calls.push_back(
        context.services().files.call<Readings>(std::move(key), give_up, std::move(read)));
  }
  auto ends = co_await monitor::all_of<ReadingsReply>(context.executor(), std::move(calls));
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (ends[i]) {
      replies[i] = std::move(*ends[i]);
    }
  }
  co_return replies;
}

// "12 sensors, hottest coretemp/Package id 0: 54 °C (critical 100 °C)"
std::string summary(const std::vector<ItemResult>& items) {
  const ItemResult* hottest = nullptr;
  double most = 0;
  for (const ItemResult& item : items) {
    for (const monitor::Measurement& measurement : item.measurements) {
      if (measurement.name == "temperature" && (hottest == nullptr || measurement.value > most)) {
        hottest = &item;
        most = measurement.value;
      }
    }
  }
  std::string text = std::to_string(items.size()) + (items.size() == 1 ? " sensor" : " sensors");
  if (hottest != nullptr) {
    text += ", hottest " + hottest->name + ": " + hottest->outcome.message;
  }
  return text;
}

}  // namespace

const monitor::CheckDescriptor& sensor_descriptor() {
  static const monitor::CheckDescriptor kDescriptor = describe();
  return kDescriptor;
}

SensorCheck::SensorCheck(NamePatterns patterns, std::vector<SensorKind> kinds)
    : patterns_(std::move(patterns)), kinds_(std::move(kinds)) {}

bool SensorCheck::wanted(const std::string& name) const {
  return (patterns_.include.empty() || listed(patterns_, name) != Listed::kNot) &&
         !excluded(patterns_, name);
}

bool SensorCheck::wanted(SensorKind kind) const {
  return kinds_.empty() || std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end();
}

std::vector<ItemResult> SensorCheck::items_of(const SensorPlace& place, const Readings& readings) {
  std::vector<ItemResult> items;
  std::vector<std::string> names;
  for (const SensorReading& reading : readings) {
    std::string name = place.chip + "/" + reading.label;
    if (wanted(reading.kind) && wanted(name)) {
      names.push_back(name);
      items.push_back(sensor_item(std::move(name), reading));
    }
  }
  known_[place.path] = std::move(names);
  return items;
}

std::vector<ItemResult> SensorCheck::items_of(const SensorPlace& place,
                                              const Outcome& failure) const {
  const auto known = known_.find(place.path);
  std::vector<std::string> names;
  if (known != known_.end()) {
    names = known->second;
  } else if (patterns_.include.empty() && !excluded(patterns_, place.chip)) {
    names = {place.chip};  // its sensors are not known yet
  }
  std::vector<ItemResult> items;
  for (std::string& name : names) {
    items.push_back({.name = std::move(name), .outcome = failure, .measurements = {}});
  }
  return items;
}

Task<CheckResult> SensorCheck::run(RunContext& context) {
  context.enter(Phase::kRun);
  const TimePoint give_up = patience_ends(context);
  CheckResult result;
  const std::filesystem::path root = context.services().sys_root;
  std::string key = "sensor:" + root.string();
  std::function<std::vector<SensorPlace>()> list = [root] { return list_sensors(root); };
  const PlacesReply places =
      co_await context.services().files.call(std::move(key), give_up, std::move(list));
  if (!places) {
    if (places.error() == PoolFailure::kCancelled) {
      throw asio::system_error(asio::error::operation_aborted);
    }
    result.outcome = not_looked(places.error(), "the list of sensors");
    co_return result;
  }
  std::vector<SensorPlace> asked = *places;
  const std::vector<ReadingsReply> replies = co_await read_all(context, std::move(asked), give_up);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < places->size(); ++i) {
    const SensorPlace& place = (*places)[i];
    std::vector<ItemResult> items =
        replies[i] ? items_of(place, *replies[i])
                   : items_of(place, not_looked(replies[i].error(), "the chip " + place.chip));
    for (ItemResult& item : items) {
      if (seen.insert(item.name).second) {
        result.items.push_back(std::move(item));
      }
    }
  }
  for (const std::string& name : plain_names(patterns_)) {
    if (seen.insert(name).second) {
      result.items.push_back(
          {.name = name,
           .outcome = Outcome::fail(Reason::kMissing, Phase::kRun, "there is no such sensor"),
           .measurements = {}});
    }
  }
  result.outcome = result.items.empty()
                       ? Outcome::unknown(Reason::kUnsupported, Phase::kRun,
                                          "the kernel shows no such sensors; virtual machines have "
                                          "none")
                       : Outcome::pass(summary(result.items));
  co_return result;
}

}  // namespace hale::checks
