// A real systemd for a test: a user manager in namespaces of its own (enter.sh), with the units
// that the test writes and nothing else. Starts in a few ten milliseconds, ends with the object,
// and all its services with it.
//
// Everything in a test's process sees that world: /run, the loopback, /sys/fs/cgroup, the journal
// (entries carry _SYSTEMD_UNIT=NAME), and so does a `hale` that it starts (agent_process.h).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/types.h>

#include "monitor/check.h"
#include "tests/support/eventually.h"
#include "tests/support/probe_world.h"

namespace hale::testing {

class SystemdWorld {
 public:
  enum class Bus { kPrivate, kDaemon };  // systemd's own socket; a real dbus-daemon in between

  explicit SystemdWorld(Bus bus = Bus::kPrivate);
  ~SystemdWorld();
  SystemdWorld(const SystemdWorld&) = delete;
  SystemdWorld& operator=(const SystemdWorld&) = delete;

  // Why there can be none on this machine; "" where there can.
  static std::string missing();

  bool running() const;
  pid_t pid() const { return systemd_; }
  // For [systemd].bus and Services::systemd_bus: "unix:path=...".
  const std::string& bus() const { return bus_; }

  // Writes a unit file, and does not tell systemd.
  void write(const std::string& name, const std::string& text);
  void remove(const std::string& name);
  // Writes it and makes it enabled for default.target, and does not tell systemd.
  void enable(const std::string& name, const std::string& text);
  // The same, and reloads.
  void add(const std::string& name, const std::string& text);

  // `systemctl --user ARGUMENTS`: its output, standard error among it. Its exit status is in
  // status().
  std::string systemctl(const std::string& arguments);
  int status() const { return status_; }
  // One property, as `systemctl show` prints it.
  std::string property(const std::string& unit, const std::string& name);

  // What a service's commands may use: a folder that is gone with the world.
  const std::filesystem::path& folder() const { return folder_; }

  void kill_bus();   // the dbus-daemon, by SIGKILL
  void start_bus();  // again, at the same address

 private:
  void start_systemd();

  Bus kind_;
  std::filesystem::path folder_;
  std::filesystem::path home_;
  std::filesystem::path units_;
  std::string cgroup_;
  std::string bus_;
  pid_t systemd_ = -1;
  int status_ = 0;
};

// A test with such a world, skipped loudly where there can be none.
class SystemdTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string missing = SystemdWorld::missing();
    if (!missing.empty()) {
      GTEST_SKIP() << "SKIPPED LOUDLY: no systemd of its own: " << missing;
    }
  }
};

// A program run to its end: what it printed, and its exit status.
struct Ran {
  int status = -1;
  std::string output;
};
Ran run_program(const std::vector<std::string>& words,
                const std::vector<std::string>& environment = {});

}  // namespace hale::testing
