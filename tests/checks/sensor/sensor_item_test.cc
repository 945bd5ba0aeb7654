#include "checks/sensor/sensor_item.h"

#include <cerrno>
#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

using monitor::ItemResult;
using monitor::Reason;
using monitor::Result;

SensorReading reading(SensorKind kind, double value) {
  SensorReading made;
  made.kind = kind;
  made.value = value;
  return made;
}

SensorReading temperature(double value, std::optional<double> maximum,
                          std::optional<double> critical) {
  SensorReading made = reading(SensorKind::kTemperature, value);
  made.maximum = maximum;
  made.critical = critical;
  return made;
}

TEST(SensorItemTest, JudgesTemperaturesByTheDriversLimits) {
  struct Case {
    double value;
    std::optional<double> maximum;
    std::optional<double> critical;
    Result result;
    const char* message;
  };
  const Case cases[] = {
      {45, 80, 100, Result::kPass, "45 °C (critical 100 °C)"},
      {80, 80, 100, Result::kPass, "80 °C (critical 100 °C)"},
      {80.5, 80, 100, Result::kWarn, "80.5 °C, above 80 °C"},
      {100, 80, 100, Result::kFail, "100 °C, critical from 100 °C"},
      {100, 100, 100, Result::kFail, "100 °C, critical from 100 °C"},
      {45, std::nullopt, std::nullopt, Result::kPass, "45 °C"},
      {45, 0, 0, Result::kPass, "45 °C"},
      {45, 255, 255, Result::kPass, "45 °C"},
      {45, -128, -1, Result::kPass, "45 °C"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.message);
    const ItemResult item = sensor_item("chip/temp1", temperature(c.value, c.maximum, c.critical));
    EXPECT_EQ(item.outcome.result, c.result);
    EXPECT_EQ(item.outcome.message, c.message);
    EXPECT_EQ(item.measurements.at(0).name, "temperature");
    EXPECT_EQ(item.measurements.at(0).value, c.value);
  }
  const ItemResult item = sensor_item("chip/temp1", temperature(45, 80, 100));
  ASSERT_EQ(item.measurements.size(), 2U);
  EXPECT_EQ(item.measurements[1].name, "headroom");
  EXPECT_EQ(item.measurements[1].value, 55);
}

TEST(SensorItemTest, JudgesFansVoltagesAndPower) {
  struct Case {
    const char* what;
    SensorReading reading;
    std::optional<double> minimum;
    std::optional<double> maximum;
    std::optional<double> critical;
    Result result;
    const char* code;
  };
  const auto fan = [](double v) { return reading(SensorKind::kFan, v); };
  const auto volt = [](double v) { return reading(SensorKind::kVoltage, v); };
  const auto watt = [](double v) { return reading(SensorKind::kPower, v); };
  const auto none = std::nullopt;
  const Case cases[] = {
      {"fan turns", fan(900), 300, none, none, Result::kPass, ""},
      {"fan is slow", fan(200), 300, none, none, Result::kWarn, "low"},
      {"fan stands", fan(0), 300, none, none, Result::kFail, "stopped"},
      {"no fan is connected", fan(0), 0, none, none, Result::kPass, ""},
      {"an odd minimum", fan(0), 84375, none, none, Result::kPass, ""},
      {"voltage is well", volt(12.1), 11.4, 12.6, none, Result::kPass, ""},
      {"voltage is low", volt(11.2), 11.4, 12.6, none, Result::kWarn, "low"},
      {"voltage is high", volt(12.8), 11.4, 12.6, none, Result::kWarn, "high"},
      {"voltage is critical", volt(14), 11.4, 12.6, 13.5, Result::kFail, "critical"},
      {"limits of a voltage that nobody set", volt(1.8), 0, 0, none, Result::kPass, ""},
      {"limits that contradict", volt(1.8), 3, 2, none, Result::kPass, ""},
      {"a negative voltage", volt(-12), -12.6, -11.4, none, Result::kPass, ""},
      {"power is well", watt(95), none, 100, 200, Result::kPass, ""},
      {"power is critical", watt(250), none, 100, 200, Result::kFail, "critical"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    SensorReading limited = c.reading;
    limited.minimum = c.minimum;
    limited.maximum = c.maximum;
    limited.critical = c.critical;
    const ItemResult item = sensor_item("chip/x", limited);
    EXPECT_EQ(item.outcome.result, c.result) << item.outcome.message;
    EXPECT_EQ(item.outcome.code, c.code);
  }
}

TEST(SensorItemTest, WarnsOfAnAlarmOnlyWhereALimitIsBehindIt) {
  SensorReading well = temperature(45, 80, 100);
  well.critical_alarm = true;
  EXPECT_EQ(sensor_item("x", well).outcome.code, "alarm");
  SensorReading unset = reading(SensorKind::kVoltage, 1.1);
  unset.minimum = 0;
  unset.maximum = 0;
  unset.alarm = unset.low_alarm = unset.high_alarm = unset.critical_alarm = true;
  EXPECT_EQ(sensor_item("x", unset).outcome.result, Result::kPass);
}

TEST(SensorItemTest, IsUnknownWhereTheSensorSaysNothing) {
  SensorReading faulty = temperature(45, 80, 100);
  faulty.fault = true;
  SensorReading broken = temperature(0, 80, 100);
  broken.value = std::unexpected(EIO);
  SensorReading forbidden = broken;
  forbidden.value = std::unexpected(EACCES);
  SensorReading garbage = broken;
  garbage.value = std::unexpected(EBADMSG);
  struct Case {
    SensorReading reading;
    Reason reason;
    const char* code;
  };
  const Case cases[] = {
      {faulty, Reason::kStatus, "fault"},
      {broken, Reason::kStatus, "EIO"},
      {forbidden, Reason::kPermission, "EACCES"},
      {garbage, Reason::kValidation, "EBADMSG"},
      {temperature(-128, 80, 100), Reason::kValidation, "implausible"},
      {temperature(255.5, 80, 100), Reason::kValidation, "implausible"},
      {reading(SensorKind::kFan, -1), Reason::kValidation, "implausible"},
      {reading(SensorKind::kPower, 1e12), Reason::kValidation, "implausible"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.code);
    const ItemResult item = sensor_item("x", c.reading);
    EXPECT_EQ(item.outcome.result, Result::kUnknown);
    EXPECT_EQ(item.outcome.reason, c.reason);
    EXPECT_EQ(item.outcome.code, c.code);
    EXPECT_TRUE(item.measurements.empty());
  }
}

}  // namespace
}  // namespace hale::checks
