#include "checks/systemd_check.h"

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "checks/systemd/bus_connection.h"
#include "checks/systemd/bus_outcome.h"
#include "checks/systemd/unit_resources.h"
#include "checks/systemd/unit_selection.h"
#include "tests/support/check_parameters.h"
#include "tests/support/default_parameters.h"
#include "tests/support/probe_folder.h"

namespace hale::checks {
namespace {

using Names = std::vector<std::string>;

std::string made(const std::vector<std::pair<std::string, monitor::ParameterValue>>& set) {
  monitor::Parameters parameters = test::default_parameters(systemd_descriptor().keys);
  for (const auto& [key, value] : set) {
    parameters.set(key, value);
  }
  auto check = systemd_descriptor().make(parameters);
  return check ? (*check)->target() : "error: " + check.error().key + ": " + check.error().message;
}

TEST(SystemdCheckKeysTest, SayWhatIsWrong) {
  struct Case {
    std::vector<std::pair<std::string, monitor::ParameterValue>> set;
    const char* target;
  };
  const std::vector<Case> cases = {
      {{{"unit", std::string("nginx")}}, "nginx.service"},
      {{{"unit", std::string("a@b.timer")}}, "a@b.timer"},
      {{{"units", Names{"*.service", "x.socket", "web-*"}}}, "*.service x.socket web-*.service"},
      {{{"units", Names{"*"}}}, "*"},
      {{}, "error: unit: or `units` is needed"},
      {{{"unit", std::string("a")}, {"units", Names{"b"}}},
       "error: unit: and `units` exclude each other"},
      {{{"unit", std::string("*.service")}}, "error: unit: is a pattern"},
      {{{"units", Names{}}}, "error: units: is empty"},
      {{{"unit", std::string("a b")}}, "error: unit: \"a b.service\" is not the name of a unit"},
      {{{"unit", std::string("../x")}}, "error: unit: \"../x.service\" is not the name of a unit"},
      {{{"unit", std::string("getty@.service")}}, "error: unit: \"getty@.service\" is a template"},
      {{{"unit", std::string("a")}, {"restart_window", monitor::Duration(std::chrono::hours(2))}},
       "error: restart_window: is out of range"},
      {{{"unit", std::string("a")}, {"exclude", Names{"b/c"}}},
       "error: exclude: \"b/c.service\" is not the name of a unit"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.target);
    EXPECT_TRUE(made(one.set).starts_with(one.target)) << made(one.set);
  }
}

TEST(SystemdCheckKeysTest, ALookNeedsNothingConfirmed) {
  EXPECT_EQ(systemd_descriptor().pinned.fall, "1");
  EXPECT_EQ(systemd_descriptor().pinned.rise, "1");
}

TEST(UnitSelectionTest, TakesNamesAlwaysAndOfGlobsWhatIsEnabled) {
  Units units;
  for (const auto& [name, state] : {std::pair("a.service", "enabled"),
                                    {"b.service", "disabled"},
                                    {"c.timer", "enabled"},
                                    {"d.service", "enabled-runtime"},
                                    {"e.service", "static"},
                                    {"f.service", "masked"}}) {
    units[name].name = name;
    units[name].file_state = state;
  }
  const auto names = [&units](NamePatterns patterns) {
    Names list;
    for (const SelectedUnit& one : select_units(units, patterns)) {
      list.push_back((one.by_name ? "=" : "") + one.name);
    }
    return list;
  };
  EXPECT_EQ(names({.include = {"*.service"}}), (Names{"a.service", "d.service"}));
  EXPECT_EQ(names({.include = {"*"}, .exclude = {"a.*"}}), (Names{"c.timer", "d.service"}));
  EXPECT_EQ(names({.include = {"b.service", "gone.service", "a*"}}),
            (Names{"a.service", "=b.service", "=gone.service"}));
}

TEST(BusAddressTest, FollowsTheConfigurationAndTheEnvironment) {
  const auto addresses = [](const std::string& bus, const std::string& system,
                            const std::string& session, const std::string& folder) {
    const auto list = bus_addresses(bus, [&](const char* name) {
      const std::string_view variable = name;
      return variable == "DBUS_SYSTEM_BUS_ADDRESS"    ? system
             : variable == "DBUS_SESSION_BUS_ADDRESS" ? session
             : variable == "XDG_RUNTIME_DIR"          ? folder
                                                      : std::string();
    });
    std::string text = list ? "" : "error " + list.error().message;
    for (const BusAddress& address : list ? *list : std::vector<BusAddress>()) {
      text += (text.empty() ? "" : " ") + address.address + (address.direct ? "!" : "");
    }
    return text;
  };
  EXPECT_EQ(addresses("system", "", "", ""),
            "unix:path=/run/dbus/system_bus_socket unix:path=/run/systemd/private!");
  EXPECT_EQ(addresses("system", "unix:path=/x", "", ""),
            "unix:path=/x unix:path=/run/systemd/private!");
  EXPECT_EQ(addresses("user", "", "unix:path=/s", "/run/user/1"),
            "unix:path=/s unix:path=/run/user/1/systemd/private!");
  EXPECT_EQ(addresses("user", "", "", "/a b"),
            "unix:path=/a%20b/bus unix:path=/a%20b/systemd/private!");
  EXPECT_TRUE(addresses("user", "", "", "").contains("names no user bus"));
  EXPECT_EQ(addresses("unix:path=/p/systemd/private", "", "", ""), "unix:path=/p/systemd/private!");
  for (const char* const bad : {"tcp:host=example.org,port=1", "unixexec:path=/bin/sh", "nonsense",
                                "unix:path=/a;unixexec:path=/bin/sh"}) {
    EXPECT_TRUE(addresses(bad, "", "", "").contains("is not the address of one Unix socket"))
        << bad;
  }
}

TEST(BusOutcomeTest, NeverFailsNorPasses) {
  using Kind = BusError::Kind;
  using monitor::Reason;
  for (const auto& [kind, reason] : {std::pair(Kind::kAbsent, Reason::kUnsupported),
                                     {Kind::kDenied, Reason::kPermission},
                                     {Kind::kRefused, Reason::kAgent},
                                     {Kind::kLost, Reason::kReset},
                                     {Kind::kTimeout, Reason::kTimeout},
                                     {Kind::kGarbage, Reason::kProtocol},
                                     {Kind::kAgent, Reason::kAgent}}) {
    const monitor::Outcome outcome =
        bus_outcome({.kind = kind, .name = "org.x.Y", .message = "said\nso"}, "ListUnits",
                    monitor::Phase::kQuery);
    EXPECT_EQ(outcome.result, monitor::Result::kUnknown);
    EXPECT_EQ(outcome.reason, reason);
    EXPECT_TRUE(outcome.message.contains("(said\\nso)")) << outcome.message;
    EXPECT_EQ(outcome.code, "org.x.Y");
  }
}

TEST(UnitResourcesTest, ReadsACgroup) {
  test::ProbeFolder sys;
  const std::string group = "fs/cgroup/system.slice/web.service/";
  sys.write(group + "memory.current", "1000000\n");
  sys.write(group + "memory.stat", "anon 5\ninactive_file 400000\nactive_file 9\n");
  sys.write(group + "memory.max", "max\n");
  sys.write(group + "memory.high", "2000000\n");
  sys.write(group + "memory.events", "low 0\noom 3\noom_kill 2\n");
  sys.write(group + "pids.current", "7\n");
  sys.write(group + "pids.max", "max\n");
  sys.write(group + "cpu.stat", "usage_usec 123456\nuser_usec 1\n");
  const auto found = read_resources(
      sys.path(), {"/system.slice/web.service", "/system.slice/gone.service", "/../../../etc"});
  ASSERT_EQ(found.size(), 2U);
  const UnitResources& web = found.at("/system.slice/web.service");
  EXPECT_EQ(web.memory, 600'000U);
  EXPECT_EQ(web.memory_limit, 2'000'000U);
  EXPECT_EQ(web.tasks, 7U);
  EXPECT_EQ(web.tasks_limit, std::nullopt);
  EXPECT_EQ(web.cpu_us, 123'456U);
  EXPECT_EQ(web.oom_kills, 2U);
  EXPECT_EQ(found.at("/system.slice/gone.service").memory, std::nullopt);
}

}  // namespace
}  // namespace hale::checks
