// What looking at 1,000 services costs, the agent and systemd: the first look, a look where nothing
// changed, one after a restart; beside `systemctl show` of them all, which is how scripts look.
// With a real systemd in namespaces of its own (tests/systemd/enter.sh).
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <sys/resource.h>
#include <unistd.h>

#include "checks/systemd_check.h"
#include "monitor/time.h"
#include "tests/support/eventually.h"
#include "tests/support/probe_world.h"
#include "tests/systemd/systemd_world.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;
using testing::SystemdWorld;

constexpr int kUnits = 1'000;
constexpr int kLooks = 50;

struct Cost {
  double wall_ms = 0;
  double agent_ms = 0;    // CPU
  double systemd_ms = 0;  // CPU
  double others_ms = 0;   // CPU of programs that were started for it
};

double cpu_ms(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto milliseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
}

// In nanoseconds, where the kernel's ticks of 10 ms would hide a look.
double cpu_ms_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/schedstat");
  double nanoseconds = 0;
  file >> nanoseconds;
  return nanoseconds / 1e6;
}

Cost cost_of(pid_t systemd, int times, const std::function<void()>& work) {
  const double agent = cpu_ms(RUSAGE_SELF);
  const double others = cpu_ms(RUSAGE_CHILDREN);
  const double manager = cpu_ms_of(systemd);
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) {
    work();
  }
  const monitor::Duration took = std::chrono::steady_clock::now() - began;
  const double share = 1.0 / times;
  return {.wall_ms = monitor::to_seconds(took) * 1e3 * share,
          .agent_ms = (cpu_ms(RUSAGE_SELF) - agent) * share,
          .systemd_ms = (cpu_ms_of(systemd) - manager) * share,
          .others_ms = (cpu_ms(RUSAGE_CHILDREN) - others) * share};
}

void print(const char* what, const Cost& cost) {
  fmt::print("| {} | {:.2f} ms | {:.2f} ms | {:.2f} ms | {:.1f} ms |\n", what, cost.agent_ms,
             cost.systemd_ms, cost.others_ms, cost.wall_ms);
}

void add_units(SystemdWorld& world) {
  const std::string service = "[Service]\nExecStart=sleep 10000\n";
  for (int i = 0; i < kUnits; ++i) {
    world.enable("s" + std::to_string(i) + ".service", service);
  }
  world.systemctl("daemon-reload");
  world.systemctl("start default.target");
  const std::string last = "s" + std::to_string(kUnits - 1) + ".service";
  testing::eventually([&] { return world.property(last, "ActiveState") == "active"; });
}

int measure() {
  const std::string missing = SystemdWorld::missing();
  fmt::print("## systemd: {} services\n\n", kUnits);
  if (!missing.empty()) {
    fmt::print("Not measured: {}.\n\n", missing);
    return 0;
  }
  SystemdWorld world;
  add_units(world);
  test::ProbeWorld agent;
  agent.services().systemd_bus = world.bus();
  checks::SystemdCheck check({.patterns = {.include = {"*.service"}}, .judgement = {}});
  const auto look = [&] {
    const test::ProbeRun run = agent.run(check, 30s);
    if (run.result.items.size() != kUnits) {
      fmt::print("A look failed: {}\n", run.result.outcome.message);
      std::exit(1);
    }
  };
  fmt::print(
      "| | the agent's CPU | systemd's CPU | CPU of other programs | time "
      "|\n|---|---|---|---|---|\n");
  const pid_t systemd = world.pid();
  const auto show = [&] {
    world.systemctl("show -p ActiveState,NRestarts 's*.service' > /dev/null");
  };
  print("`systemctl show` of all", cost_of(systemd, 3, show));
  const auto files = [&] { world.systemctl("list-unit-files > /dev/null"); };
  print("`systemctl list-unit-files`, a part of the first look", cost_of(systemd, 3, files));
  print("first look", cost_of(systemd, 1, look));
  print("a look, nothing changed", cost_of(systemd, kLooks, look));
  const auto crash = [&] {
    world.systemctl("restart s1.service");
    look();
  };
  print("a restart by `systemctl`, and a look", cost_of(systemd, 10, crash));
  fmt::print("\n");
  return 0;
}

}  // namespace
}  // namespace hale::bench

int main() {
  if (::getenv("HALE_SYSTEMD_WORLD") == nullptr && ::getenv("HALE_NO_SYSTEMD") == nullptr) {
    char script[] = HALE_SOURCE_DIR "/tests/systemd/enter.sh";
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
    std::string program = self.string();
    char* const command[] = {script, program.data(), nullptr};
    ::setenv("HALE_SYSTEMD_LIMIT", "300", 1);
    ::execv(script, command);
    ::setenv("HALE_NO_SYSTEMD", "tests/systemd/enter.sh does not start", 1);
  }
  return hale::bench::measure();
}
