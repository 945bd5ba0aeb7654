// Units and listeners of a host that a test makes up, and what a look at them would see.
#pragma once

#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "checks/conflicts/scene.h"

namespace hale::test {

class ConflictWorld {
 public:
  checks::Unit& add_service(const std::string& name) {
    checks::Unit& unit = units[name];
    unit.name = name;
    unit.load_state = "loaded";
    unit.active_state = "active";
    unit.sub_state = "running";
    unit.file_state = "enabled";
    unit.active_since = now - std::chrono::hours(1);
    unit.service.emplace();
    unit.service->result = "success";
    unit.service->main_pid = 812;
    unit.service->main_started = unit.active_since;
    return unit;
  }

  // A service that crashed and is started again.
  checks::Unit& add_crashing(const std::string& name, int restarts) {
    checks::Unit& unit = add_service(name);
    unit.active_state = "activating";
    unit.sub_state = "auto-restart";
    unit.service->result = "exit-code";
    unit.service->exit_code = CLD_EXITED;
    unit.service->exit_status = 1;
    unit.service->main_pid = 0;
    for (int i = restarts; i > 0; --i) {
      starts[name].push_back(
          {.time = now - i * std::chrono::seconds(10), .planned = false, .end = "exit status 1"});
    }
    return unit;
  }

  checks::Unit& add_socket(const std::string& name, const std::string& listen) {
    checks::Unit& unit = units[name];
    unit.name = name;
    unit.load_state = "loaded";
    unit.active_state = "active";
    unit.sub_state = "listening";
    unit.file_state = "enabled";
    unit.socket.emplace();
    unit.socket->listen = {{"Stream", listen}};
    return unit;
  }

  checks::Listener& listen(const std::string& unit, const std::string& place) {
    checks::Listener listener;
    EXPECT_TRUE(checks::parse_place(place, listener));
    listener.unit = unit;
    listener.inode = 1000 + listeners.size();
    // As a look lists them.
    const auto position =
        std::upper_bound(listeners.begin(), listeners.end(), listener, checks::listed_before);
    return *listeners.insert(position, listener);
  }

  void stop_listening(const std::string& unit) {
    std::erase_if(listeners,
                  [&unit](const checks::Listener& listener) { return listener.unit == unit; });
  }

  // Looks as the check does, every ten seconds.
  void look(int times = 1) {
    for (int i = 0; i < times; ++i) {
      history.look(
          units, [this](const std::string& unit) { return last_job(unit); }, listeners, {}, now);
      now += std::chrono::seconds(10);
    }
  }

  checks::ConflictScene scene() const {
    checks::ConflictScene scene;
    scene.now = now;
    scene.units = &units;
    scene.listeners = &listeners;
    scene.history = &history;
    scene.starts = [this](const std::string& unit) -> const std::vector<checks::UnitStart>& {
      static const std::vector<checks::UnitStart> kNone;
      const auto found = starts.find(unit);
      return found == starts.end() ? kNone : found->second;
    };
    scene.configured = configured;
    scene.journal = journal;
    scene.holders = holders;
    return scene;
  }

  std::optional<monitor::WallTime> last_job(const std::string& unit) const {
    const auto found = jobs.find(unit);
    return found == jobs.end() ? std::nullopt : std::optional(found->second);
  }

  monitor::WallTime now{std::chrono::sys_days(std::chrono::November / 21 / 2026) +
                        std::chrono::hours(10) + std::chrono::minutes(12)};
  checks::Units units;
  checks::Listeners listeners;
  checks::PortHistory history;
  std::map<std::string, std::vector<checks::UnitStart>> starts;
  std::map<std::string, monitor::WallTime> jobs;
  std::vector<checks::PortClaim> configured;
  std::map<std::string, checks::JournalEvidence> journal;
  std::map<std::uint64_t, std::vector<checks::Process>> holders;
};

}  // namespace hale::test
