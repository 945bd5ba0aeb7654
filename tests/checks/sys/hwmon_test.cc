#include "checks/sys/hwmon.h"

#include <cerrno>
#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/probe_folder.h"

namespace hale::checks {
namespace {

using test::ProbeFolder;

class Sys : public ProbeFolder {
 public:
  using Files = std::map<std::string, std::string>;

  void add(const std::string& folder, const Files& files) const {
    for (const auto& [name, text] : files) {
      write(folder + "/" + name, text + "\n");
    }
  }
  void chip(int number, const std::string& device, const Files& files) const {
    const std::string folder = "class/hwmon/hwmon" + std::to_string(number);
    add(folder, files);
    if (!device.empty()) {
      make("devices/" + device);
      std::filesystem::create_directory_symlink(path() / "devices" / device,
                                                path() / folder / "device");
    }
  }
  std::vector<std::string> chips() const {
    std::vector<std::string> names;
    for (const SensorPlace& place : list_sensors(path())) {
      names.push_back(place.chip + (place.zone_label.empty() ? "" : "/" + place.zone_label));
    }
    return names;
  }
};

using Names = std::vector<std::string>;

TEST(HwmonTest, ReadsACoretemp) {
  const Sys sys;
  sys.chip(0, "coretemp.0",
           {{"name", "coretemp"},
            {"temp1_input", "54000"},
            {"temp1_label", "Package id 0"},
            {"temp1_max", "80000"},
            {"temp1_crit", "100000"},
            {"temp1_crit_alarm", "1"},
            {"temp10_input", "50000"},
            {"temp10_label", "Core 8"},
            {"temp2_input", "51000"},
            {"temp2_label", "Core 0"},
            {"uevent", ""}});
  const auto places = list_sensors(sys.path());
  ASSERT_EQ(places.size(), 1U);
  EXPECT_EQ(places[0].chip, "coretemp");
  const auto readings = read_sensors(places[0]);
  ASSERT_EQ(readings.size(), 3U);
  EXPECT_EQ(readings[0].label, "Package id 0");
  EXPECT_EQ(readings[0].value.value_or(0), 54);
  EXPECT_EQ(readings[0].maximum, 80);
  EXPECT_EQ(readings[0].critical, 100);
  EXPECT_TRUE(readings[0].critical_alarm);
  EXPECT_EQ(readings[1].label, "Core 0") << "by number, not by letter";
  EXPECT_EQ(readings[2].label, "Core 8");
}

TEST(HwmonTest, ReadsABoardWithEverything) {
  const Sys sys;
  sys.chip(3, "nct6775.656",
           {{"name", "nct6775"},
            {"in0_input", "888"},
            {"in0_min", "0"},
            {"in0_max", "1744"},
            {"in0_alarm", "1"},
            {"fan1_input", "1250"},
            {"fan1_min", "300"},
            {"fan1_min_alarm", "1"},
            {"temp1_input", "36000"},
            {"temp1_label", "SYSTIN"},
            {"temp2_input", "-62000"},
            {"temp2_label", "SYSTIN"},
            {"temp2_fault", "1"},
            {"temp3_input", "40000"},
            {"temp3_enable", "0"},
            {"power1_input", "15000000"},
            {"power1_average", "14000000"},
            {"power2_average", "500000"},
            {"power2_cap", "1"},
            {"curr1_input", "1500"},
            {"intrusion0_alarm", "1"},
            {"tempx_input", "1"},
            {"temp_input", "1"}});
  const auto readings = read_sensors(list_sensors(sys.path()).at(0));
  Names labels;
  for (const SensorReading& reading : readings) {
    labels.push_back(reading.label);
  }
  EXPECT_EQ(labels,
            (Names{"SYSTIN", "SYSTIN (temp2)", "fan1", "in0", "curr1", "power1", "power2"}));
  EXPECT_TRUE(readings[1].fault);
  EXPECT_EQ(readings[2].value.value_or(0), 1250);
  EXPECT_TRUE(readings[2].low_alarm);
  EXPECT_DOUBLE_EQ(readings[3].value.value_or(0), 0.888);
  EXPECT_TRUE(readings[3].alarm);
  EXPECT_DOUBLE_EQ(readings[4].value.value_or(0), 1.5);
  EXPECT_DOUBLE_EQ(readings[5].value.value_or(0), 15);
  EXPECT_DOUBLE_EQ(readings[6].value.value_or(0), 0.5);
}

TEST(HwmonTest, TellsChipsOfOneNameApartByTheirDevices) {
  const Sys sys;
  const Sys::Files files = {{"name", "nvme"}, {"temp1_input", "40000"}};
  sys.chip(1, "nvme0", files);
  sys.chip(2, "nvme1", files);
  sys.chip(4, "", files);
  sys.chip(5, "0000:00:18.3", {{"name", "k10temp"}, {"temp1_input", "40000"}});
  EXPECT_EQ(sys.chips(), (Names{"nvme:nvme0", "nvme:nvme1", "nvme:hwmon4", "k10temp"}));
}

TEST(HwmonTest, FindsTheAttributesOfOldDriversWithTheDevice) {
  const Sys sys;
  sys.add("class/hwmon/hwmon0/device", {{"name", "w83627hf"}, {"temp1_input", "31000"}});
  const auto places = list_sensors(sys.path());
  ASSERT_EQ(places.size(), 1U);
  EXPECT_EQ(read_sensors(places[0]).at(0).value.value_or(0), 31);
}

TEST(HwmonTest, LeavesOutWhatIsNoChip) {
  const Sys sys;
  sys.chip(0, "", {{"name", ""}, {"temp1_input", "1"}});
  sys.chip(1, "", {{"name", "AC"}});
  sys.chip(2, "", {{"temp1_input", "1"}});
  EXPECT_EQ(sys.chips(), Names{});
  EXPECT_EQ(list_sensors("/nowhere").size(), 0U);
}

TEST(HwmonTest, TakesThermalZonesWhereNoChipMeasuresATemperature) {
  const Sys sys;
  sys.add("class/thermal/thermal_zone0", {{"type", "acpitz"},
                                          {"temp", "27800"},
                                          {"trip_point_0_type", "critical"},
                                          {"trip_point_0_temp", "119000"},
                                          {"trip_point_1_type", "hot"},
                                          {"trip_point_1_temp", "99000"},
                                          {"trip_point_2_type", "passive"},
                                          {"trip_point_2_temp", "50000"}});
  sys.add("class/thermal/thermal_zone1", {{"type", "acpitz"}, {"temp", "30000"}});
  sys.add("class/thermal/thermal_zone2", {{"type", "cpu-thermal"}, {"temp", "oops"}});
  sys.add("class/thermal/thermal_zone3", {{"type", "off"}, {"temp", "1"}, {"mode", "disabled"}});
  sys.add("class/thermal/cooling_device0", {{"type", "Fan"}});
  EXPECT_EQ(sys.chips(), (Names{"thermal/acpitz (thermal_zone0)", "thermal/acpitz (thermal_zone1)",
                                "thermal/cpu-thermal"}));
  const auto places = list_sensors(sys.path());
  const SensorReading zone = read_sensors(places[0]).at(0);
  EXPECT_DOUBLE_EQ(zone.value.value_or(0), 27.8);
  EXPECT_EQ(zone.critical, 119);
  EXPECT_EQ(zone.maximum, 99);
  EXPECT_EQ(read_sensors(places[2]).at(0).value.error(), EBADMSG);

  sys.chip(0, "", {{"name", "fans"}, {"fan1_input", "900"}});
  EXPECT_EQ(sys.chips().size(), 4U) << "a fan is no temperature";
  sys.chip(1, "", {{"name", "k10temp"}, {"temp1_input", "40000"}});
  EXPECT_EQ(sys.chips(), (Names{"fans", "k10temp"}));
}

TEST(HwmonTest, TakesHostileNamesAndValuesAsTheyCome) {
  const Sys sys;
  sys.chip(0, "",
           {{"name", "evil\n\x01name"},
            {"temp1_input", "99999999999999999999"},
            {"temp2_input", ""},
            {"temp2_label", "a\nb"},
            {"temp3_max", "1"},
            {"temp4294967296_input", "1"}});
  const auto places = list_sensors(sys.path());
  ASSERT_EQ(places.size(), 1U);
  EXPECT_EQ(places[0].chip, "evil??name");
  const auto readings = read_sensors(places[0]);
  ASSERT_EQ(readings.size(), 2U);
  EXPECT_EQ(readings[0].value.error(), EBADMSG);
  EXPECT_EQ(readings[1].label, "a?b");
  sys.make("class/hwmon/hwmon0/temp5_input");  // reading a folder: EISDIR
  EXPECT_EQ(read_sensors(places[0]).at(2).value.error(), EISDIR);
}

}  // namespace
}  // namespace hale::checks
