// The check against the kernel's own interfaces: pairs, bridges and cables that are pulled, in a
// network namespace that the test makes for itself. And cpu on the machine as it is.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include "checks/cpu_check.h"
#include "checks/network_check.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_world.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::ItemResult;
using monitor::Reason;
using monitor::Result;
using std::chrono::seconds;
using test::ProbeFolder;
using test::ProbeWorld;

// The folders of /proc and /sys as a thread with a network of its own sees them. sysfs belongs to
// the namespace in which it was mounted: it needs a mount of its own.
class PrivateNetwork {
 public:
  PrivateNetwork() {
    made_ = ::unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 &&
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
            ::mount("sysfs", folder_.make("sys").c_str(), "sysfs", 0, nullptr) == 0 &&
            command("link set lo up");
  }
  ~PrivateNetwork() { ::umount2((folder_.path() / "sys").c_str(), MNT_DETACH); }
  PrivateNetwork(const PrivateNetwork&) = delete;
  PrivateNetwork& operator=(const PrivateNetwork&) = delete;

  bool made() const { return made_; }
  // A child of this thread lives in the same namespaces.
  static bool command(const std::string& arguments) {
    const std::string line = "ip " + arguments + " >/dev/null 2>&1";
    return std::system(line.c_str()) == 0;
  }
  void enter(ProbeWorld& world) const {
    world.services().proc_root = "/proc/thread-self";
    world.services().sys_root = folder_.path() / "sys";
  }

 private:
  ProbeFolder folder_;
  bool made_ = false;
};

bool in_private_network(const std::function<void(const PrivateNetwork&)>& body) {
  bool made = false;
  std::thread thread([&] {
    const PrivateNetwork network;
    made = network.made();
    if (made) {
      body(network);
    }
  });
  thread.join();
  return made;
}

constexpr const char* kNoNetwork =
    "SKIPPED LOUDLY: no right to make a network namespace with a sysfs of its own, or no `ip`";

const ItemResult* find(const CheckResult& result, std::string_view name) {
  for (const ItemResult& item : result.items) {
    if (item.name == name) {
      return &item;
    }
  }
  return nullptr;
}

double value_of(const ItemResult& item, std::string_view name) {
  for (const monitor::Measurement& measurement : item.measurements) {
    if (measurement.name == name) {
      return measurement.value;
    }
  }
  return -1;
}

TEST(NetworkCheckTest, FollowsAPairOfInterfaces) {
  const bool ran = in_private_network([](const PrivateNetwork& network) {
    ProbeWorld world;
    network.enter(world);
    NetworkCheck by_default({});
    EXPECT_EQ(world.run(by_default, seconds(5)).result.outcome.message,
              "no interface but the loopback is in use");

    ASSERT_TRUE(PrivateNetwork::command("link add left type veth peer name right"));
    NetworkCheck listed({.include = {"left", "nowhere"}});
    CheckResult result = world.run(listed, seconds(5)).result;
    ASSERT_EQ(result.items.size(), 2U);
    EXPECT_EQ(find(result, "left")->outcome.code, "down");
    EXPECT_EQ(find(result, "left")->outcome.reason, Reason::kStatus);
    EXPECT_EQ(find(result, "nowhere")->outcome.reason, Reason::kMissing);

    ASSERT_TRUE(PrivateNetwork::command("link set left up"));
    result = world.run(listed, seconds(5)).result;
    EXPECT_EQ(find(result, "left")->outcome.code, "lowerlayerdown") << "the other end is off";

    ASSERT_TRUE(PrivateNetwork::command("link set right up"));
    ASSERT_TRUE(PrivateNetwork::command("addr add 192.0.2.1/24 dev left"));
    result = world.run(listed, seconds(5)).result;
    EXPECT_EQ(find(result, "left")->outcome.result, Result::kPass)
        << find(result, "left")->outcome.message;
    EXPECT_GE(value_of(*find(result, "left"), "carrier_changes"), 1);
    EXPECT_EQ(value_of(*find(result, "left"), "speed"), 10e9 / 8);
    EXPECT_GE(value_of(*find(result, "left"), "send_rate"), 0);

    result = world.run(by_default, seconds(5)).result;
    ASSERT_EQ(result.items.size(), 1U) << "the end with a route";
    EXPECT_EQ(result.items[0].name, "left");
    ASSERT_TRUE(PrivateNetwork::command("link set right down"));
    result = world.run(by_default, seconds(5)).result;
    ASSERT_EQ(result.items.size(), 1U);
    EXPECT_EQ(result.items[0].outcome.code, "lowerlayerdown");

    // Made anew under the same name, its counters say nothing about the old one.
    ASSERT_TRUE(PrivateNetwork::command("link del left"));
    ASSERT_TRUE(PrivateNetwork::command("link add left type veth peer name right"));
    ASSERT_TRUE(PrivateNetwork::command("link set left up"));
    result = world.run(listed, seconds(5)).result;
    EXPECT_EQ(value_of(*find(result, "left"), "send_rate"), -1);
    EXPECT_EQ(value_of(*find(result, "left"), "carrier_changes"), -1);
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

TEST(NetworkCheckTest, DoesNotMissABridgeThatHasNoPorts) {
  const bool ran = in_private_network([](const PrivateNetwork& network) {
    ProbeWorld world;
    network.enter(world);
    ASSERT_TRUE(PrivateNetwork::command("link add docker0 type bridge"));
    ASSERT_TRUE(PrivateNetwork::command("addr add 172.17.0.1/16 dev docker0"));
    ASSERT_TRUE(PrivateNetwork::command("link set docker0 up"));
    ASSERT_TRUE(PrivateNetwork::command("link add port type veth peer name inside"));
    ASSERT_TRUE(PrivateNetwork::command("link set inside up"));
    ASSERT_TRUE(PrivateNetwork::command("link set port master docker0 up"));
    NetworkCheck check({});
    CheckResult result = world.run(check, seconds(5)).result;
    ASSERT_EQ(result.items.size(), 1U);
    EXPECT_EQ(result.items[0].name, "docker0");
    EXPECT_EQ(result.items[0].outcome.result, Result::kPass) << result.items[0].outcome.message;
    ASSERT_TRUE(PrivateNetwork::command("link del port"));
    result = world.run(check, seconds(5)).result;
    EXPECT_TRUE(result.items.empty());
    ASSERT_TRUE(PrivateNetwork::command("route add default via 172.17.0.2"));
    result = world.run(check, seconds(5)).result;
    ASSERT_EQ(result.items.size(), 1U) << "the way out leads through it";
    EXPECT_EQ(result.items[0].outcome.result, Result::kFail);
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

TEST(NetworkCheckTest, WorksOnThisMachine) {
  ProbeWorld world;
  NetworkCheck check({.include = {"lo"}});
  const CheckResult result = world.run(check, seconds(5)).result;
  ASSERT_EQ(result.outcome.result, Result::kPass) << result.outcome.message;
  ASSERT_EQ(result.items.size(), 1U);
  EXPECT_EQ(result.items[0].outcome.result, Result::kPass) << result.items[0].outcome.message;
  EXPECT_GE(value_of(result.items[0], "receive_rate"), 0);
  for (const monitor::Measurement& measurement : result.measurements) {
    EXPECT_GE(measurement.value, 0) << measurement.name;
    EXPECT_LE(measurement.value, measurement.total.value_or(1e9)) << measurement.name;
  }
}

TEST(CpuCheckTest, SeesAThreadThatSpins) {
  ProbeWorld world;
  CpuCheck check;
  ASSERT_EQ(world.run(check, seconds(5)).result.outcome.result, Result::kPass);
  std::atomic<bool> stop = false;
  std::thread spinner([&stop] {
    while (!stop) {
    }
  });
  const CheckResult result = world.run(check, seconds(5)).result;
  stop = true;
  spinner.join();
  ASSERT_EQ(result.outcome.result, Result::kPass);
  for (const monitor::Measurement& measurement : result.measurements) {
    if (measurement.name == "busiest") {
      EXPECT_GT(measurement.value, 0.3) << result.outcome.message;
    }
  }
}

}  // namespace
}  // namespace hale::checks
