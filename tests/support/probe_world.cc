#include "tests/support/probe_world.h"

#include <chrono>
#include <exception>
#include <filesystem>
#include <iterator>
#include <memory>
#include <utility>

#include <asio/cancellation_signal.hpp>
#include <gtest/gtest.h>
#include <poll.h>

#include "monitor/runtime/task_group.h"

namespace hale::test {

#if defined(__SANITIZE_ADDRESS__)
namespace {

// Threads of a pool end by themselves, a moment after the pool. What a library keeps for a thread
// (OpenSSL its errors) looks like a leak to whoever counts in between.
class ThreadsEnd final : public ::testing::Environment {
 public:
  void TearDown() override {
    constexpr int kRounds = 100;  // a stuck one is not waited for longer than a second
    for (int round = 0; round < kRounds && threads() > 1; ++round) {
      ::poll(nullptr, 0, 10);  // nothing tells that a thread is gone
    }
  }

 private:
  static std::ptrdiff_t threads() {
    const std::filesystem::directory_iterator tasks("/proc/self/task");
    return std::distance(begin(tasks), end(tasks));
  }
};

const ::testing::Environment* const kThreadsEnd =
    ::testing::AddGlobalTestEnvironment(new ThreadsEnd);

}  // namespace
#endif

ProbeWorld::ProbeWorld(std::filesystem::path proc_root)
    : clock_(loop_),
      random_(1),
      resolver_(loop_.get_executor(), clock_, {.name = "resolver"}),
      files_(loop_.get_executor(), clock_, {.name = "files"}),
      services_{.executor = loop_.get_executor(),
                .clock = clock_,
                .random = random_,
                .resolver = resolver_,
                .files = files_,
                .proc_root = std::move(proc_root)} {}

ProbeRun ProbeWorld::run(monitor::Check& check, monitor::Duration timeout) {
  constexpr int kChances = 5;
  constexpr monitor::Duration kLate = std::chrono::milliseconds(50);
  ProbeRun run;
  for (int chance = 0; chance < kChances; ++chance) {
    run = run_and_cancel(check, timeout, timeout);
    if (!run.cancelled && run.took < timeout + kLate) {
      break;
    }
  }
  return run;
}

ProbeRun ProbeWorld::run_and_cancel(monitor::Check& check, monitor::Duration timeout,
                                    monitor::Duration after) {
  const monitor::TimePoint started = clock_.now();
  monitor::RunContext context(services_, started, started + timeout);
  ProbeRun run;
  bool done = false;
  asio::cancellation_signal signal;
  monitor::TaskGroup group(loop_.get_executor());
  group.spawn(
      check.run(context),
      [&](const std::exception_ptr& error, monitor::CheckResult result) {
        run.threw = error != nullptr;
        run.result = std::move(result);
        done = true;
      },
      signal.slot());
  const auto alarm = clock_.make_alarm([&] {
    run.cancelled = true;
    signal.emit(asio::cancellation_type::terminal);
  });
  alarm->arm(started + after);
  loop_.restart();
  while (!done) {
    loop_.run_one();
  }
  run.took = clock_.now() - started;
  run.phases = context.finish(clock_.now());
  run.peer = context.peer();
  return run;
}

bool ProbeWorld::wait_for(const std::function<bool()>& done, monitor::Duration patience) {
  bool late = false;
  const auto alarm = clock_.make_alarm([&late] { late = true; });
  alarm->arm(clock_.now() + patience);
  // A pool's thread posts to the loop when its call is back; look again now and then besides, for
  // conditions that no handler announces.
  const monitor::Duration step = std::chrono::milliseconds(5);
  std::unique_ptr<monitor::Alarm> tick;
  tick = clock_.make_alarm([&] { tick->arm(clock_.now() + step); });
  tick->arm(clock_.now() + step);
  loop_.restart();
  while (!done() && !late) {
    loop_.run_one();
  }
  return done();
}

}  // namespace hale::test
