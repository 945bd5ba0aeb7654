// The checks exec and file where a mount is dead: a FUSE file system that never says what is in it.
// Whoever waits there cannot be killed.
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "checks/exec_check.h"
#include "checks/file_check.h"
#include "tests/support/concurrent_runs.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_fuse.h"
#include "tests/support/type_probe.h"

namespace hale::checks {
namespace {

using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::ProbeFuse;
using test::ProbeRun;
using test::ProbeWorld;
using test::TypeProbe;

// Neither one that runs nor a zombie.
bool has_no_child() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD;
}

std::size_t count_threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

class HangingMountTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::enter_private_mounts()) {
      GTEST_SKIP() << "SKIPPED LOUDLY: no right to make a mount namespace (unshare(CLONE_NEWNS))";
    }
    dead_ = folder_.make("dead");
    fuse_ = ProbeFuse::mount(dead_);
    if (!fuse_) {
      GTEST_SKIP() << "SKIPPED LOUDLY: no FUSE here (/dev/fuse)";
    }
    world_.emplace();
  }
  void TearDown() override {
    if (world_) {
      fuse_->wake_up();
      EXPECT_TRUE(
          world_->wait_for([this] { return world_->files().stats().stuck == 0; }, seconds(20)));
      EXPECT_TRUE(world_->wait_for(has_no_child, seconds(20)));
    }
  }

  static TypeProbe command(const std::string& program) {
    return {exec_descriptor(), {{"command", monitor::TextList{{.value = program}}}}};
  }
  static TypeProbe file(const std::string& path) { return {file_descriptor(), {{"path", path}}}; }

  // The first look has to wait out its time, the next ones do not, and no second one is made.
  void expect_hangs_once(monitor::Check& check, const test::Expected& late,
                         const test::Expected& stuck) {
    const ProbeRun first = world_->run_and_cancel(check, kTimeout, kTimeout);
    test::expect_run(first, late);
    EXPECT_LT(first.took, kTimeout + seconds(1)) << "it cannot be tried twice";
    for (int i = 0; i < 5; ++i) {
      const ProbeRun run = world_->run(check, seconds(20));
      test::expect_run(run, stuck);
      EXPECT_LT(run.took, seconds(10)) << "what is known to hang is not waited for";
    }
    EXPECT_EQ(fuse_->lookup_requests(), 1);
    EXPECT_EQ(world_->files().stats().stuck, 1U);
  }

  void expect_others_are_well() {
    const std::string good = folder_.write("good", "fine\n");
    const ProbeRun run = command("/bin/true").run(*world_, seconds(20));
    test::expect_run(run, {.result = Result::kPass});
    EXPECT_LT(run.took, seconds(10));
    test::expect_run(file(good).run(*world_, seconds(20)), {.result = Result::kPass});
  }

  void wake_up() {
    fuse_->wake_up();
    ASSERT_TRUE(
        world_->wait_for([this] { return world_->files().stats().stuck == 0; }, seconds(20)));
  }

  static constexpr monitor::Duration kTimeout = milliseconds(500);

  test::ProbeFolder folder_;
  std::string dead_;
  std::unique_ptr<ProbeFuse> fuse_;
  std::optional<ProbeWorld> world_;  // goes before what it looks at
};

TEST_F(HangingMountTest, ACommandOnItIsLoadedOnce) {
  const auto check = command(dead_ + "/plugin").make();
  expect_hangs_once(*check,
                    {.result = Result::kUnknown,
                     .reason = Reason::kTimeout,
                     .phase = Phase::kSpawn,
                     .message = "/plugin\" could not be loaded within "},
                    {.result = Result::kUnknown,
                     .reason = Reason::kStuck,
                     .phase = Phase::kSpawn,
                     .message = "an earlier attempt to load "});
  expect_others_are_well();
  wake_up();
  test::expect_run(world_->run(*check, seconds(20)), {.result = Result::kUnknown,
                                                      .reason = Reason::kMissing,
                                                      .phase = Phase::kSpawn,
                                                      .message = "/plugin\" does not exist",
                                                      .code = "ENOENT"});
}

TEST_F(HangingMountTest, ACommandWhoseFolderIsOnItIsLoadedOnce) {
  const auto check = command("/bin/true").with("directory", dead_ + "/folder").make();
  expect_hangs_once(
      *check, {.result = Result::kUnknown, .reason = Reason::kTimeout, .phase = Phase::kSpawn},
      {.result = Result::kUnknown, .reason = Reason::kStuck, .phase = Phase::kSpawn});
  expect_others_are_well();
  wake_up();
  test::expect_run(world_->run(*check, seconds(20)),
                   {.result = Result::kUnknown,
                    .reason = Reason::kMissing,
                    .phase = Phase::kSpawn,
                    .message = "/folder\" could not be entered: No such file or directory"});
}

TEST_F(HangingMountTest, AFileOnItIsLookedForOnce) {
  const auto check = file(dead_ + "/backup").make();
  expect_hangs_once(*check,
                    {.result = Result::kFail,
                     .reason = Reason::kTimeout,
                     .phase = Phase::kRun,
                     .message = "the file system gave no answer within "},
                    {.result = Result::kFail, .reason = Reason::kStuck, .phase = Phase::kRun});
  expect_others_are_well();
  wake_up();
  test::expect_run(world_->run(*check, seconds(20)),
                   {.result = Result::kFail, .reason = Reason::kMissing, .phase = Phase::kRun});
}

TEST_F(HangingMountTest, ACommandIsNotWaitedForWhenItsRunIsCancelled) {
  const auto check = command(dead_ + "/plugin").make();
  const ProbeRun run = world_->run_and_cancel(*check, seconds(60), milliseconds(100));
  EXPECT_TRUE(run.threw);
  EXPECT_LT(run.took, seconds(10));
  wake_up();
}

// Far more of them than the pool has threads, each something else.
TEST_F(HangingMountTest, FiftyOnItKeepNobodyElseFromTheirTurn) {
  const std::size_t threads = count_threads();
  const std::string good = folder_.write("good", "fine\n");
  {
    test::ConcurrentRuns runs(*world_);
    std::vector<const test::ConcurrentRun*> hanging;
    for (int i = 0; i < 25; ++i) {
      const std::string name = dead_ + "/" + std::to_string(i);
      hanging.push_back(&runs.start(command(name).make(), kTimeout));
      hanging.push_back(&runs.start(file(name + "f").make(), kTimeout));
    }
    int others = 0;
    while (runs.active() > 0 && others < 1000) {
      for (const TypeProbe& probe : {command("/bin/true"), file(good)}) {
        const test::ConcurrentRun& run = runs.start(probe.make(), seconds(10));
        ASSERT_TRUE(runs.wait_for(run, seconds(10)));
        EXPECT_EQ(to_string(run.result.outcome.result), to_string(Result::kPass))
            << run.result.outcome.message;
        ++others;
      }
    }
    EXPECT_GT(others, 2) << "they had their turn while the others hung";
    ASSERT_TRUE(runs.wait_for_all(seconds(10)));
    for (const test::ConcurrentRun* run : hanging) {
      EXPECT_EQ(to_string(run->result.outcome.reason), to_string(Reason::kTimeout))
          << run->result.outcome.message;
    }
  }
  wake_up();
  constexpr std::size_t kPool = 4;
  EXPECT_TRUE(world_->wait_for([&] { return count_threads() <= threads + kPool; }, seconds(20)))
      << count_threads();
}

// What cannot be killed is left behind.
TEST_F(HangingMountTest, DoesNotKeepTheAgentFromStopping) {
  const auto command_check = command(dead_ + "/plugin").make();
  const auto file_check = file(dead_ + "/backup").make();
  EXPECT_EQ(world_->run_and_cancel(*command_check, kTimeout, kTimeout).result.outcome.reason,
            Reason::kTimeout);
  EXPECT_EQ(world_->run_and_cancel(*file_check, kTimeout, kTimeout).result.outcome.reason,
            Reason::kTimeout);
  const auto began = std::chrono::steady_clock::now();
  world_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(2));
  fuse_->wake_up();
  world_.emplace();
  EXPECT_TRUE(world_->wait_for(has_no_child, seconds(20))) << "it is reaped when it ends";
}

}  // namespace
}  // namespace hale::checks
