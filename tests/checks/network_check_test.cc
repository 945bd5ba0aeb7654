#include "checks/network_check.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/probe_folder.h"
#include "tests/support/probe_world.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Measurement;
using monitor::Reason;
using monitor::Result;
using std::chrono::seconds;
using test::ProbeFolder;
using test::ProbeRun;
using test::ProbeWorld;

constexpr const char* kDev =
    "Inter-|   Receive  |  Transmit\n face |bytes packets |bytes packets\n"
    " lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
    " eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n"
    " veth9: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n";

// A host of files: a card, the loopback and a container's end of a pair.
class NetworkFolder : public ProbeFolder {
 public:
  NetworkFolder() {
    write("net/dev", kDev);
    interface("lo", "0x9");
    interface("eth0", "0x1003");
    interface("veth9", "0x1003");
    make("class/net/eth0/device");
  }
  void interface(const std::string& name, const char* flags, const char* carrier = "1") const {
    write("class/net/" + name + "/flags", flags);
    write("class/net/" + name + "/carrier", carrier);
    write("class/net/" + name + "/operstate", carrier == std::string("1") ? "up" : "down");
    write("class/net/" + name + "/ifindex", "2");
  }
};

const Measurement* find(const CheckResult& result, std::string_view name) {
  for (const Measurement& measurement : result.measurements) {
    if (measurement.name == name) {
      return &measurement;
    }
  }
  return nullptr;
}

TEST(NetworkCheckTest, LooksAtTheFilesOfProcAndSys) {
  const NetworkFolder folder;
  ProbeWorld world(folder.path());
  world.services().sys_root = folder.path();
  NetworkCheck check({});
  folder.write("sys/net/netfilter/nf_conntrack_count", "90\n");
  folder.write("sys/net/netfilter/nf_conntrack_max", "100\n");
  folder.write("net/snmp", "Tcp: OutSegs RetransSegs\nTcp: 100 5\n");
  folder.write("net/netstat", "TcpExt: ListenDrops\nTcpExt: 7\n");
  CheckResult result = world.run(check, seconds(20)).result;
  EXPECT_EQ(result.outcome.message,
            "eth0: up, in 0 B/s, out 0 B/s; 90.0 % of the connection table used");
  ASSERT_EQ(result.items.size(), 1U);
  const Measurement* tracked = find(result, "conntrack_used");
  ASSERT_NE(tracked, nullptr);
  EXPECT_EQ(tracked->value, 90);
  EXPECT_EQ(tracked->total, 100);
  folder.write("net/snmp", "Tcp: OutSegs RetransSegs\nTcp: 115 10\n");
  folder.write("net/netstat", "TcpExt: ListenDrops\nTcpExt: 17\n");
  result = world.run(check, seconds(20)).result;
  ASSERT_NE(find(result, "retransmits"), nullptr);
  EXPECT_DOUBLE_EQ(find(result, "retransmits")->value, 0.25);
  EXPECT_GT(find(result, "listen_drops_per_second")->value, 0);
  folder.write("net/snmp", "Tcp: OutSegs RetransSegs\nTcp: 5 1\n");
  result = world.run(check, seconds(20)).result;
  EXPECT_EQ(find(result, "retransmits"), nullptr) << "set back";

  folder.interface("eth0", "0x1003", "0");
  result = world.run(check, seconds(20)).result;
  ASSERT_EQ(result.items.size(), 1U) << "it had a link before";
  EXPECT_EQ(result.items[0].outcome.code, "no_carrier");
  folder.interface("eth0", "0x1002", "0");
  result = world.run(check, seconds(20)).result;
  EXPECT_EQ(result.outcome.result, Result::kFail) << "switched off: nothing is left";
  EXPECT_EQ(result.outcome.reason, Reason::kMissing);
  NetworkCheck fresh({});
  EXPECT_EQ(world.run(fresh, seconds(20)).result.outcome.result, Result::kPass);
  NetworkCheck listed({.include = {"wlan*"}});
  EXPECT_EQ(world.run(listed, seconds(20)).result.outcome.reason, Reason::kMissing);
}

TEST(NetworkCheckTest, FailsWhereAListedOneIsNotThere) {
  const NetworkFolder folder;
  ProbeWorld world(folder.path());
  world.services().sys_root = folder.path();
  NetworkCheck check({.include = {"eth0", "eth1", "veth*"}});
  EXPECT_EQ(check.target(), "eth0 eth1 veth*");
  const CheckResult result = world.run(check, seconds(20)).result;
  EXPECT_EQ(result.outcome.result, Result::kPass);
  ASSERT_EQ(result.items.size(), 3U);
  EXPECT_EQ(result.items[0].outcome.result, Result::kPass);
  EXPECT_EQ(result.items[1].outcome.reason, Reason::kMissing);
  EXPECT_EQ(result.items[2].name, "veth9");
}

TEST(NetworkCheckTest, IsUnknownWhereItCannotLook) {
  const ProbeFolder folder;
  ProbeWorld world(folder.path());
  NetworkCheck check({});
  EXPECT_EQ(world.run(check, seconds(20)).result.outcome.reason, Reason::kUnsupported);
  folder.write("net/dev", "one\ntwo bytes\nthree\n");
  const CheckResult result = world.run(check, seconds(20)).result;
  EXPECT_EQ(result.outcome.result, Result::kUnknown);
  EXPECT_EQ(result.outcome.reason, Reason::kInternal);
  EXPECT_TRUE(result.outcome.message.contains("\"three\"")) << result.outcome.message;
}

TEST(NetworkCheckTest, RefusesWhatIsNoInterface) {
  const auto made = [](std::vector<std::string> interfaces, std::vector<std::string> exclude) {
    monitor::Parameters parameters;
    parameters.set("interfaces", std::move(interfaces));
    parameters.set("exclude", std::move(exclude));
    return network_descriptor().make(parameters);
  };
  EXPECT_TRUE(made({"eth0", "en*"}, {"veth*"}).has_value());
  EXPECT_EQ(made({"/sys/class/net/eth0"}, {}).error().key, "interfaces");
  EXPECT_EQ(made({}, {"eth0 eth1"}).error().key, "exclude");
  EXPECT_EQ(made({""}, {}).error().key, "interfaces");
}

TEST(NetworkCheckTest, HoldsItsDeadline) {
  const NetworkFolder folder;
  ProbeWorld world(folder.path());
  world.services().sys_root = folder.path();
  NetworkCheck check({});
  const ProbeRun run = world.run(check, std::chrono::milliseconds(100));
  EXPECT_FALSE(run.cancelled);
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  NetworkCheck other({});
  const ProbeRun paused = world.run_and_cancel(other, seconds(20), std::chrono::milliseconds(20));
  EXPECT_TRUE(paused.threw);
  EXPECT_LT(paused.took, std::chrono::milliseconds(200));
}

}  // namespace
}  // namespace hale::checks
