#include "monitor/state/state_keeper.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/runtime/blocking_pool.h"
#include "monitor/runtime/random.h"
#include "tests/support/probe_folder.h"

namespace hale::monitor {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Health = StateKeeper::Health;

// A loop of its own, on which a keeper lives for a while.
class KeeperWorld {
 public:
  explicit KeeperWorld(StateKeeper::Options options)
      : keeper_(services, std::move(options), [this](Health now, std::string message) {
          health = now;
          messages.push_back(std::move(message));
        }) {}

  bool run_until(const std::function<bool()>& done) {
    const TimePoint end = clock_.now() + 20s;
    while (!done() && clock_.now() < end) {
      loop_.restart();
      loop_.run_for(1ms);
    }
    return done();
  }
  void begin() {
    bool ready = false;
    keeper_.begin([&ready] { ready = true; });
    ASSERT_TRUE(run_until([&ready] { return ready; }));
  }
  void stop() {
    bool stopped = false;
    keeper_.stop([&stopped] { stopped = true; });
    ASSERT_TRUE(run_until([&stopped] { return stopped; }));
  }
  StateKeeper& keeper() { return keeper_; }

 private:
  asio::io_context loop_{1};
  RealClock clock_{loop_};
  Random random_{1};
  BlockingPool resolver_{loop_.get_executor(), clock_, {.name = "resolver"}};
  BlockingPool files_{loop_.get_executor(), clock_, {.name = "files"}};

 public:
  Services services{.executor = loop_.get_executor(),
                    .clock = clock_,
                    .random = random_,
                    .resolver = resolver_,
                    .files = files_};
  std::optional<Health> health;
  std::vector<std::string> messages;

 private:
  StateKeeper keeper_;
};

class StateKeeperTest : public testing::Test {
 protected:
  StateKeeper::Options options() const {
    return {.folder = folder_, .every = 1ms, .by_default = false};
  }

  test::ProbeFolder parent_;
  std::string folder_ = parent_.path().string() + "/state";
};

using Texts = std::vector<std::string>;

TEST_F(StateKeeperTest, BringsTheStateToTheNextRun) {
  {
    KeeperWorld world(options());
    world.begin();
    EXPECT_EQ(world.health, Health::kOn);
    world.services.state.put("s", "k", {"v"});
    ASSERT_TRUE(world.run_until([this] { return fs::exists(folder_ + "/state"); }));
    world.services.state.put("s", "k", {"last"});
    world.stop();
    EXPECT_EQ(world.messages, Texts{""});
  }
  KeeperWorld world(options());
  world.begin();
  EXPECT_EQ(world.services.state.section("s"), (StateSection{{"k", {"last"}}}));
  world.stop();
}

TEST_F(StateKeeperTest, WritesNothingWhereNothingChanges) {
  KeeperWorld world(options());
  world.begin();
  world.stop();
  EXPECT_FALSE(fs::exists(folder_ + "/state"));
}

TEST_F(StateKeeperTest, KeepsNothingWhereItIsNotAskedTo) {
  KeeperWorld world({.folder = ""});
  world.begin();
  world.services.state.put("s", "k", {"v"});
  world.stop();
  EXPECT_EQ(world.health, std::nullopt);
}

TEST_F(StateKeeperTest, StopsBeforeItBeganAndWhileItReads) {
  KeeperWorld never(options());
  never.stop();
  KeeperWorld reading(options());
  bool ready = false;
  bool stopped = false;
  reading.keeper().begin([&ready] { ready = true; });
  reading.keeper().stop([&stopped] { stopped = true; });
  EXPECT_TRUE(reading.run_until([&stopped] { return stopped; }));
  EXPECT_TRUE(ready) << "whoever waits is told";
}

TEST_F(StateKeeperTest, SaysWhatWasWrongWithTheFileAndGoesOnWithoutIt) {
  fs::create_directories(folder_);
  std::ofstream(folder_ + "/state") << "nonsense";
  KeeperWorld world(options());
  world.begin();
  EXPECT_EQ(world.health, Health::kOn);
  EXPECT_EQ(world.messages,
            Texts{folder_ + "/state is not what was written (it is not a state file of hale); it "
                            "is now state.bad"});
  world.services.state.put("s", "k", {"v"});
  world.stop();
  EXPECT_TRUE(fs::exists(folder_ + "/state"));
  EXPECT_TRUE(fs::exists(folder_ + "/state.bad"));
}

TEST_F(StateKeeperTest, ASecondAgentRunsWithoutAState) {
  KeeperWorld first(options());
  first.begin();
  first.services.state.put("s", "k", {"first"});
  KeeperWorld second(options());
  second.begin();
  EXPECT_EQ(second.health, Health::kFailed);
  EXPECT_EQ(second.messages,
            Texts{folder_ + " belongs to another agent that is running; nothing is kept from this "
                            "run to the next"});
  second.services.state.put("s", "k", {"second"});
  second.stop();
  first.stop();
  KeeperWorld third(options());
  third.begin();
  EXPECT_EQ(third.services.state.section("s"), (StateSection{{"k", {"first"}}}));
  third.stop();
}

TEST_F(StateKeeperTest, TellsOnceThatItCannotWriteAndOnceThatItCanAgain) {
  KeeperWorld world(options());
  world.begin();
  fs::create_directory(folder_ + "/state.tmp");
  world.services.state.put("s", "k", {"v"});
  ASSERT_TRUE(world.run_until([&world] { return world.keeper().failures() >= 3; }));
  EXPECT_EQ(world.health, Health::kFailed);
  fs::remove(folder_ + "/state.tmp");
  ASSERT_TRUE(world.run_until([this] { return fs::exists(folder_ + "/state"); }));
  world.stop();
  EXPECT_EQ(world.health, Health::kOn);
  EXPECT_EQ(world.messages, (Texts{"",
                                   "cannot make " + folder_ +
                                       "/state.tmp: Is a directory; it "
                                       "is tried again",
                                   "state is kept again"}));
}

}  // namespace
}  // namespace hale::monitor
