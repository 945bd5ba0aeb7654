// What a command costs as a check, beside posix_spawn and waitpid alone; how late such checks
// start; and what starting a program costs an agent whose memory has grown.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <expected>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks/exec_check.h"
#include "checks/process/spawn.h"
#include "monitor/assert.h"
#include "tests/bench/cpu_comparison.h"
#include "tests/bench/lateness.h"

namespace hale::bench {
namespace {

using namespace std::chrono_literals;

constexpr const char* kProgram = "/bin/true";
constexpr monitor::Duration kWarmUp = 2500ms;  // first runs come within 2 s, off the grid
constexpr monitor::Duration kMeasured = 6s;
constexpr monitor::Duration kWatched = 20s;

void wait_for_end(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  HALE_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

pid_t start_by_posix_spawn() {
  const char* const arguments[] = {kProgram, nullptr};
  pid_t pid = 0;
  HALE_ASSERT(
      ::posix_spawn(&pid, kProgram, nullptr, nullptr, const_cast<char**>(arguments), environ) == 0);
  return pid;
}

pid_t start_by_fork() {
  const pid_t pid = ::fork();
  HALE_ASSERT(pid >= 0);
  if (pid == 0) {
    ::execl(kProgram, kProgram, nullptr);
    ::_exit(127);
  }
  return pid;
}

Targets thousand() {
  Targets targets;
  targets.checks = 1'000;
  targets.interval = 10s;
  targets.timeout = 5s;
  return targets;
}

// At the pace of the checks, one after the other.
CpuTime measure_bare_spawns() {
  const Targets targets = thousand();
  const monitor::Duration pause = targets.interval / static_cast<std::int64_t>(targets.checks);
  const CpuTime before = process_cpu();
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t started = 0;
  for (auto due = began; due - began < kMeasured; due += pause) {
    const auto left = due - std::chrono::steady_clock::now();
    ::poll(nullptr, 0, std::max(0, static_cast<int>(left / 1ms)));
    wait_for_end(start_by_posix_spawn());
    ++started;
  }
  return per_check(before, process_cpu(), started);
}

void add_checks(CheckEngine& engine) {
  const Targets targets = thousand();
  const monitor::CheckDescriptor& type = checks::exec_descriptor();
  for (std::size_t i = 0; i < targets.checks; ++i) {
    const monitor::TextList command = {{.value = kProgram}};
    engine.add(settings_of(fmt::format("exec-{}", i), type, targets),
               make_check(type, test::check_parameters(type.keys, {{"command", command}})));
  }
  engine.start();
  engine.run_for(kWarmUp);
}

CpuTime measure_checks() {
  CheckEngine engine;
  add_checks(engine);
  const std::uint64_t started = engine.started();
  const CpuTime before = process_cpu();
  engine.run_for(kMeasured);
  const CpuTime after = process_cpu();
  const std::uint64_t checks = engine.started() - started;
  for (const auto& check : engine.board().view()->checks) {
    HALE_ASSERT(check->status == monitor::Status::kHealthy);
  }
  return per_check(before, after, checks);
}

void compare_cpu() {
  compare({.title = "CPU of one exec check",
           .about = fmt::format("1000 checks of `{}` at 10 s, all threads of the agent, without "
                                "the program itself; in turns of {} s each.",
                                kProgram, kMeasured / 1s),
           .rounds = 3,
           .contenders = {{"posix_spawn and waitpid alone", &measure_bare_spawns, ""},
                          {"engine with `exec`", &measure_checks, ""}},
           .ratios = {{.to = 0, .wanted = ""}}});
}

void watch_starts() {
  CheckEngine engine;
  add_checks(engine);
  const Lateness lateness = watch_lateness(engine, kWatched);
  fmt::print(
      "### Start lateness of exec checks\n\n1000 checks of `{}` at 10 s; every run of {} "
      "s.\n\n",
      kProgram, kWatched / 1s);
  print_lateness(lateness, "at most 5 ms");
}

// Memory of the agent's that was written to, in pages of the usual size as a heap that grew by
// small allocations has them.
class Heap {
 public:
  explicit Heap(std::size_t megabytes) : size_(megabytes * 1'000'000) {
    if (size_ == 0) {
      return;
    }
    memory_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    HALE_ASSERT(memory_ != MAP_FAILED);
    ::madvise(memory_, size_, MADV_NOHUGEPAGE);
    std::memset(memory_, 1, size_);
  }
  ~Heap() {
    if (size_ != 0) {
      ::munmap(memory_, size_);
    }
  }
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

 private:
  void* memory_ = nullptr;
  std::size_t size_;
};

// The time until the caller may go on, in microseconds.
template <class Start, class End>
double median_start_us(Start start, End end) {
  constexpr int kStarts = 41;
  std::vector<double> times;
  for (int i = 0; i < kStarts; ++i) {
    const auto began = std::chrono::steady_clock::now();
    auto started = start();
    const auto took = std::chrono::steady_clock::now() - began;
    times.push_back(monitor::to_seconds(took) * 1e6);
    end(started);
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

double median_spawn_us() {
  checks::SpawnSettings settings;
  settings.command = {kProgram};
  settings.environment = {"PATH=/bin"};
  return median_start_us([&settings] { return checks::spawn(settings); },
                         [](std::expected<checks::Spawned, checks::SpawnError>& spawned) {
                           HALE_ASSERT(spawned.has_value());
                           pollfd ended{
                               .fd = spawned->child.pidfd(), .events = POLLIN, .revents = 0};
                           ::poll(&ended, 1, -1);
                           HALE_ASSERT(spawned->child.reap().has_value());
                         });
}

void compare_starts() {
  fmt::print(
      "### Starting a program from a process with much memory\n\nUntil the caller goes on; "
      "medians. `checks::spawn` makes two pipes, a process group and limits besides.\n\n"
      "| memory written to | fork and exec | posix_spawn | `checks::spawn` |\n|---|---|---|---|\n");
  for (const std::size_t megabytes : {0U, 100U, 400U, 1600U}) {
    const Heap heap(megabytes);
    fmt::print("| {} MB | {:.0f} µs | {:.0f} µs | {:.0f} µs |\n", megabytes,
               median_start_us(&start_by_fork, &wait_for_end),
               median_start_us(&start_by_posix_spawn, &wait_for_end), median_spawn_us());
    std::fflush(stdout);
  }
  fmt::print("\n");
}

}  // namespace
}  // namespace hale::bench

int main() {
  hale::bench::compare_cpu();
  hale::bench::watch_starts();
  hale::bench::compare_starts();
  return 0;
}
