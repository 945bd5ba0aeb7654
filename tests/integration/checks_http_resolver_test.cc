// A resolver that never answers: what depends on it times out by itself, and nothing else notices.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/task_group.h"
#include "tests/support/concurrent_runs.h"
#include "tests/support/http_probe.h"
#include "tests/support/scripted_server.h"

namespace hale::checks {
namespace {

using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::HttpProbe;
using test::ProbeWorld;
using test::ScriptedPeer;
using test::ScriptedServer;

std::string name(int i) {
  return "name-" + std::to_string(i) + ".invalid";
}

// Begins the look-up of each of the names, which then hangs until this is destroyed: whoever asks
// for such a name waits for that look-up.
class HangingResolver {
 public:
  HangingResolver(ProbeWorld& world, int names) : world_(world), group_(world.services().executor) {
    for (int i = 0; i < names; ++i) {
      std::function<int()> work = [gate = gate_] {
        std::unique_lock lock(gate->mutex);
        gate->opened.wait(lock, [&] { return gate->open; });
        return 0;
      };
      const monitor::TimePoint late = world.services().clock.now() + seconds(60);
      auto call = world.services().resolver.call("resolve:" + name(i), late, std::move(work));
      group_.spawn(std::move(call), [](const std::exception_ptr&,
                                       const std::expected<int, monitor::PoolFailure>&) {});
    }
  }
  ~HangingResolver() {
    {
      const std::lock_guard lock(gate_->mutex);
      gate_->open = true;
      gate_->opened.notify_all();
    }
    EXPECT_TRUE(world_.wait_for([this] { return group_.active() == 0; }, seconds(10)));
  }
  HangingResolver(const HangingResolver&) = delete;
  HangingResolver& operator=(const HangingResolver&) = delete;

 private:
  struct Gate {
    std::mutex mutex;
    std::condition_variable opened;
    bool open = false;
  };
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  ProbeWorld& world_;
  monitor::TaskGroup group_;
};

TEST(HttpResolverTest, FiftyQuestionsWithoutAnAnswerDelayNobodyElse) {
  const ScriptedServer server([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(test::http_answer("hello"));
  });
  ProbeWorld world;
  constexpr int kNames = 50;
  const HangingResolver hangs(world, kNames);
  test::ConcurrentRuns runs(world);
  std::vector<const test::ConcurrentRun*> waiting;
  for (int i = 0; i < kNames; ++i) {
    waiting.push_back(&runs.start(HttpProbe("http://" + name(i) + "/").make(), milliseconds(500)));
  }
  // Meanwhile others, one after the other.
  std::vector<monitor::Duration> times;
  while (runs.active() > 0 && times.size() < 1000) {
    const test::ConcurrentRun& run = runs.start(HttpProbe(server.url()).make(), seconds(5));
    ASSERT_TRUE(runs.wait_for(run, seconds(5)));
    EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
    times.push_back(run.took);
  }
  for (const test::ConcurrentRun* run : waiting) {
    EXPECT_TRUE(run->ended);
    EXPECT_EQ(run->result.outcome.phase, Phase::kResolve);
    EXPECT_EQ(run->result.outcome.reason, Reason::kTimeout) << run->result.outcome.message;
    EXPECT_LT(run->took, milliseconds(550));
    EXPECT_GE(run->took, milliseconds(400));
  }
  ASSERT_GT(times.size(), 5U);
  std::ranges::sort(times);
  EXPECT_LT(times[times.size() / 2], milliseconds(50));
}

}  // namespace
}  // namespace hale::checks
