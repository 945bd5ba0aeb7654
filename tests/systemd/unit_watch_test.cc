#include "checks/systemd/unit_watch.h"

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/probe_world.h"
#include "tests/systemd/systemd_world.h"

namespace hale::checks {
namespace {

using monitor::Outcome;
using testing::eventually;
using testing::SystemdTest;
using testing::SystemdWorld;

// A check that only looks.
class Look final : public monitor::Check {
 public:
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override {
    auto& watch = context.services().shared<UnitWatch>();
    const auto looked = co_await watch.look(context);
    monitor::CheckResult result;
    result.outcome = looked ? Outcome::pass("") : looked.error();
    co_return result;
  }
};

class UnitWatchTest : public SystemdTest {
 protected:
  // After a look that has to succeed.
  const UnitWatch& look() {
    if (!world_) {
      world_.emplace();
      world_->services().systemd_bus = systemd().bus();
    }
    Look look;
    const Outcome outcome = world_->run(look, std::chrono::seconds(10)).result.outcome;
    EXPECT_EQ(outcome.message, "");
    return world_->services().shared<UnitWatch>();
  }
  SystemdWorld& systemd() { return systemd_ ? *systemd_ : systemd_.emplace(kind_); }
  // Looks until `condition` holds of the unit.
  bool comes_to(const std::string& name, const std::function<bool(const Unit&)>& condition) {
    return eventually(
        [&] {
          const Unit* const unit = look().find(name);
          return unit != nullptr && condition(*unit);
        },
        std::chrono::seconds(20));
  }

  SystemdWorld::Bus kind_ = SystemdWorld::Bus::kPrivate;
  std::optional<SystemdWorld> systemd_;
  std::optional<test::ProbeWorld> world_;
};

TEST_F(UnitWatchTest, SeesWhatIsLoadedAndWhatIsEnabled) {
  systemd().add("web.service", "[Service]\nExecStart=sleep 1000\n");
  systemd().write("other.service", "[Service]\nExecStart=sleep 1000\n");
  systemd().systemctl("start web.service");
  const UnitWatch& watch = look();
  const Unit* const web = watch.find("web.service");
  ASSERT_NE(web, nullptr);
  EXPECT_EQ(web->load_state, "loaded");
  EXPECT_EQ(web->active_state, "active");
  EXPECT_EQ(web->sub_state, "running");
  EXPECT_EQ(web->file_state, "enabled");
  EXPECT_TRUE(web->control_group.ends_with("/web.service")) << web->control_group;
  ASSERT_TRUE(web->service.has_value());
  EXPECT_EQ(std::to_string(web->service->main_pid), systemd().property("web.service", "MainPID"));
  EXPECT_EQ(web->service->command, (std::vector<std::string>{"sleep", "1000"}));
  EXPECT_EQ(watch.find("other.service"), nullptr) << "neither loaded nor enabled";
}

TEST_F(UnitWatchTest, SeesWhatBecomesEnabledAndWhatIsEnabledNoMore) {
  look();
  systemd().add("web.service", "[Service]\nExecStart=sleep 1000\n");
  EXPECT_TRUE(
      comes_to("web.service", [](const Unit& unit) { return unit.file_state == "enabled"; }));
  systemd().systemctl("start web.service");
  EXPECT_TRUE(
      comes_to("web.service", [](const Unit& unit) { return unit.active_state == "active"; }));
  systemd().systemctl("disable web.service");
  EXPECT_TRUE(
      comes_to("web.service", [](const Unit& unit) { return unit.file_state == "disabled"; }));
  systemd().systemctl("stop web.service");
  EXPECT_TRUE(eventually([this] { return look().find("web.service") == nullptr; }));
}

TEST_F(UnitWatchTest, FollowsSignals) {
  systemd().add("web.service", "[Service]\nExecStart=sleep 1000\n");
  look();
  EXPECT_TRUE(
      comes_to("web.service", [](const Unit& unit) { return unit.active_state == "inactive"; }));
  systemd().systemctl("start web.service");
  EXPECT_TRUE(
      comes_to("web.service", [](const Unit& unit) { return unit.active_state == "active"; }));
  systemd().systemctl("kill -s KILL web.service");
  EXPECT_TRUE(comes_to("web.service", [](const Unit& unit) {
    return unit.active_state == "failed" && unit.service->result == "signal" &&
           unit.service->exit_status == SIGKILL;
  }));
}

TEST_F(UnitWatchTest, CountsCrashesAndPlannedStartsApart) {
  systemd().add("web.service",
                "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=sleep 1000\nRestart=always\n"
                "RestartSec=50ms\n");
  systemd().systemctl("start web.service");
  EXPECT_TRUE(look().starts("web.service").empty());
  for (int i = 1; i <= 3; ++i) {
    systemd().systemctl("kill -s KILL web.service");
    EXPECT_TRUE(comes_to("web.service", [i](const Unit& unit) {
      return unit.service->restarts == static_cast<unsigned>(i) && unit.active_state == "active";
    }));
  }
  systemd().systemctl("restart web.service");
  EXPECT_TRUE(eventually([&] { return look().starts("web.service").size() == 4; }));
  const std::vector<UnitStart>& starts = look().starts("web.service");
  ASSERT_EQ(starts.size(), 4U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(starts[static_cast<std::size_t>(i)].planned);
    EXPECT_EQ(starts[static_cast<std::size_t>(i)].end, "killed by SIGKILL");
  }
  EXPECT_TRUE(starts[3].planned);
}

}  // namespace
}  // namespace hale::checks
