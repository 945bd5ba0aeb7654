// What outlives the agent: the real program, real files, kill -9 and a full disk.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "monitor/runtime/random.h"
#include "monitor/state/state_fields.h"
#include "monitor/state/state_file.h"
#include "monitor/state/state_text.h"
#include "tests/integration/agent_process.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_fuse.h"

extern char** environ;

namespace hale::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using monitor::StateFile;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class StateTest : public ::testing::Test {
 protected:
  // One check that passes, and state in the folder of the test.
  std::string configuration() const {
    return "[agent]\nstate_dir = \"" + folder_ + "\"\n[checks.a]\ntype = \"exec\"\n" +
           "command = [\"/bin/true\"]\n";
  }
  static bool answers(const AgentProcess& agent, const std::string& path,
                      const std::string& wanted) {
    return http(agent.port(), "GET", path).body.find(wanted) != std::string::npos;
  }
  static bool eventually_answers(const AgentProcess& agent, const std::string& path,
                                 const std::string& wanted) {
    return eventually([&] { return answers(agent, path, wanted); });
  }
  std::string file() const { return folder_ + "/state"; }

  test::ProbeFolder parent_;
  std::string folder_ = parent_.path().string() + "/state";
};

constexpr const char* kUp = "hale_component_up{component=\"state\"} 1\n";
constexpr const char* kDown = "hale_component_up{component=\"state\"} 0\n";

TEST_F(StateTest, APauseOutlivesAKill) {
  {
    AgentProcess agent(configuration());
    ASSERT_TRUE(agent.listening()) << agent.log();
    ASSERT_TRUE(eventually_answers(agent, "/metrics", kUp));
    const std::string body = R"({"for": "1h", "reason": "a release", "by": "ann"})";
    ASSERT_EQ(http(agent.port(), "POST", "/api/v1/checks/a/pause", body).status, 200);
    ASSERT_TRUE(
        eventually([this] { return text_of(file()).find("a release") != std::string::npos; }));
    ::kill(agent.pid(), SIGKILL);
  }
  AgentProcess agent(configuration());
  ASSERT_TRUE(agent.listening()) << agent.log();
  EXPECT_TRUE(eventually_answers(agent, "/api/v1/checks/a", R"("status":"paused")"));
  EXPECT_TRUE(answers(agent, "/api/v1/checks/a", R"("reason":"a release","by":"ann")"));
  ASSERT_EQ(http(agent.port(), "POST", "/api/v1/checks/a/resume").status, 200);
  EXPECT_EQ(agent.stop(), 0);
  EXPECT_EQ(text_of(file()), monitor::state_text({})) << "written at the end, however short before";
}

TEST_F(StateTest, WhatAJobReportedOutlivesARestart) {
  const std::string configuration =
      "[agent]\nstate_dir = \"" + folder_ + "\"\n[checks.backup]\ntype = \"heartbeat\"\n";
  double expected = 0;
  const auto expected_by = [](const AgentProcess& agent) {
    const std::string body = http(agent.port(), "GET", "/api/v1/checks/backup").body;
    const std::string key = "\"expected\":";
    return std::stod(body.substr(body.find(key) + key.size()));
  };
  {
    AgentProcess agent(configuration);
    ASSERT_TRUE(agent.listening()) << agent.log();
    ASSERT_EQ(http(agent.port(), "POST", "/api/v1/checks/backup/heartbeat").status, 200);
    expected = expected_by(agent);
    EXPECT_EQ(agent.stop(), 0);
  }
  AgentProcess agent(configuration);
  ASSERT_TRUE(agent.listening()) << agent.log();
  EXPECT_TRUE(answers(agent, "/api/v1/checks/backup", R"("status":"healthy")"));
  EXPECT_NEAR(expected_by(agent), expected, 0.5);
}

TEST_F(StateTest, AFileThatCannotBeTrustedIsSetAsideAndTold) {
  fs::create_directories(folder_);
  std::ofstream(file()) << "nonsense";
  AgentProcess agent(configuration());
  ASSERT_TRUE(agent.listening()) << agent.log();
  EXPECT_TRUE(eventually_answers(agent, "/api/v1/events", "is not what was written"));
  EXPECT_TRUE(answers(agent, "/metrics", kUp));
  EXPECT_NE(agent.log().find("is not what was written"), std::string::npos);
  EXPECT_EQ(text_of(folder_ + "/state.bad"), "nonsense");
}

TEST_F(StateTest, ASecondAgentSaysThatItRunsWithout) {
  AgentProcess first(configuration());
  ASSERT_TRUE(eventually_answers(first, "/metrics", kUp));
  AgentProcess second(configuration());
  EXPECT_TRUE(eventually_answers(second, "/metrics", kDown));
  EXPECT_TRUE(answers(second, "/api/v1/events", "belongs to another agent that is running"));
  EXPECT_TRUE(answers(second, "/api/v1/status", R"("state":"failed")"));
  EXPECT_EQ(second.stop(), 0);
  EXPECT_EQ(first.stop(), 0);
}

TEST_F(StateTest, AOneShotCommandNeverTouchesIt) {
  const std::string path = parent_.write("hale.toml", configuration());
  EXPECT_EQ(run_hale({"check", "-c", path}).status, 0);
  EXPECT_EQ(run_hale({"validate", "-c", path}).status, 0);
  EXPECT_FALSE(fs::exists(folder_));
}

pid_t spawn_writer(const std::string& folder) {
  std::string program = HALE_STATE_WRITER;
  std::string argument = folder;
  char* argv[] = {program.data(), argument.data(), nullptr};
  pid_t pid = -1;
  return ::posix_spawn(&pid, HALE_STATE_WRITER, nullptr, nullptr, argv, environ) == 0 ? pid : -1;
}

ino_t inode_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

// Each time the file is replaced it becomes another one.
bool is_replaced(const std::string& path, std::uint64_t times) {
  ino_t last = inode_of(path);
  std::uint64_t seen = 0;
  return eventually([&] {
    const ino_t now = inode_of(path);
    seen += now != last ? 1 : 0;
    last = now;
    return seen >= times;
  });
}

TEST_F(StateTest, IsWholeWheneverItsWriterIsKilled) {
  constexpr int kKills = 50;
  monitor::Random random(5);
  std::uint64_t count = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    SCOPED_TRACE(kill);
    const pid_t writer = spawn_writer(folder_);
    ASSERT_GT(writer, 0);
    EXPECT_TRUE(is_replaced(file(), 1 + random.below(3)));
    // Then somewhere between two of its steps.
    for (std::uint64_t spin = random.below(20'000); spin > 0; --spin) {
      (void)random.next();
    }
    ::kill(writer, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(writer, &status, 0), writer);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it has ended by itself: " << WEXITSTATUS(status);

    auto state = StateFile::open(folder_);
    ASSERT_TRUE(state) << state.error().message;
    const auto content = state->read();
    ASSERT_TRUE(content) << content.error().message;
    ASSERT_EQ(content->problem, "");
    const auto& section = content->sections.at("s");
    const std::uint64_t now = monitor::state_number(section.at("counter").at(0)).value_or(0);
    EXPECT_GT(now, count) << "nothing that was written is lost";
    count = now;
  }
}

// A small disk of its own, seen by this process and its children alone.
class FullDiskTest : public StateTest {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    if (!test::enter_private_mounts() ||
        ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=64k") != 0) {
      GTEST_SKIP() << "SKIPPED LOUDLY: no right to mount";
    }
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) {
      ::umount2(folder_.c_str(), MNT_DETACH);
    }
  }
  void fill() {
    std::ofstream filling(folder_ + "/filling", std::ios::binary);
    while (filling << std::string(1024, 'x') << std::flush) {
    }
    filling.close();
    std::ofstream more(folder_ + "/filling", std::ios::binary | std::ios::app);
    while (more << 'x' << std::flush) {
    }
  }
  void make_room() { fs::remove(folder_ + "/filling"); }

 private:
  bool mounted_ = false;
};

TEST_F(FullDiskTest, LeavesTheOldFileWhole) {
  auto file = StateFile::open(folder_);
  ASSERT_TRUE(file) << file.error().message;
  const std::string old = monitor::state_text({{"s", {{"k", {"old"}}}}});
  ASSERT_TRUE(file->write(old));
  fill();
  const std::string large = monitor::state_text({{"s", {{"k", {std::string(10'000, 'y')}}}}});
  for (int i = 0; i < 3; ++i) {
    const auto written = file->write(large);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().message,
              "cannot write " + folder_ + "/state.tmp: No space left on device");
    EXPECT_EQ(text_of(folder_ + "/state"), old);
  }
  make_room();
  ASSERT_TRUE(file->write(large));
  EXPECT_EQ(text_of(folder_ + "/state"), large);
}

TEST_F(FullDiskTest, IsToldAndForgottenWhenThereIsRoomAgain) {
  AgentProcess agent(configuration());
  ASSERT_TRUE(agent.listening()) << agent.log();
  ASSERT_TRUE(eventually_answers(agent, "/metrics", kUp));
  fill();
  ASSERT_EQ(http(agent.port(), "POST", "/api/v1/checks/a/pause").status, 200);
  ASSERT_TRUE(eventually_answers(agent, "/metrics", kDown));
  EXPECT_TRUE(answers(agent, "/api/v1/events", "No space left on device"));
  make_room();
  ASSERT_TRUE(eventually([&] { return answers(agent, "/metrics", kUp); }, 20s));
  EXPECT_TRUE(answers(agent, "/api/v1/events", "state is kept again"));
  EXPECT_EQ(agent.stop(), 0);
  EXPECT_NE(text_of(file()).find("pauses"), std::string::npos);
}

}  // namespace
}  // namespace hale::testing
