#include "discovery/host.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "discovery/ownership.h"
#include "discovery/survey.h"
#include "tests/discovery/made_picture.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_world.h"
#include "tests/support/test_socket.h"

namespace hale::discovery {
namespace {

checks::Process process(const std::string& name, const std::string& executable) {
  checks::Process made;
  made.name = name;
  made.executable = executable;
  return made;
}

TEST(HostTest, CallsProgramsByTheirOwnNames) {
  struct Case {
    std::string name;
    std::string executable;
    std::string called;
    std::string file;
  };
  const std::vector<Case> cases = {
      {"nginx", "/usr/sbin/nginx", "nginx", "nginx"},
      {"redis-server", "/usr/bin/redis-check-rdb", "redis-server", "redis-check-rdb"},
      {"prometheus-node", "/usr/bin/prometheus-node-exporter", "prometheus-node-exporter",
       "prometheus-node-exporter"},
      {"nginx", "/usr/sbin/nginx (deleted)", "nginx", "nginx"},
      {"sshd", "", "sshd", ""},
      {"abcdefghijklmno", "/opt/other", "abcdefghijklmno", "other"},
  };
  for (const Case& c : cases) {
    const Program program = program_of(process(c.name, c.executable));
    EXPECT_EQ(program.name, c.called);
    EXPECT_EQ(program.file, c.file);
  }
}

TEST(HostTest, FindsNetworkMountsOnce) {
  const std::vector<checks::Mount> mounts = {
      {.point = "/", .device = "8:1", .root = "/", .type = "ext4"},
      {.point = "/mnt/b", .device = "0:50", .root = "/", .type = "nfs4"},
      {.point = "/mnt/a", .device = "0:51", .root = "/", .type = "cifs"},
      {.point = "/mnt/b", .device = "0:52", .root = "/", .type = "nfs4"},
      {.point = "/mnt/*", .device = "0:53", .root = "/", .type = "nfs"},
      {.point = "/proc", .device = "0:4", .root = "/", .type = "proc"}};
  EXPECT_EQ(network_mounts(mounts), (std::vector<std::string>{"/mnt/a", "/mnt/b"}));
}

TEST(HostTest, FindsGraphicsProcessorsAndNoOtherCards) {
  const test::ProbeFolder sys;
  const auto device = [&sys](const std::string& place, const std::string& kind,
                             const std::string& vendor) {
    sys.write("bus/pci/devices/" + place + "/class", kind + "\n");
    sys.write("bus/pci/devices/" + place + "/vendor", vendor + "\n");
  };
  device("0000:c1:00.0", "0x030200", "0x10de");
  device("0000:03:00.0", "0x030000", "0x1002");
  device("0000:00:02.0", "0x030000", "0x1234");  // of a virtual machine
  device("0000:00:1f.0", "0x020000", "0x8086");  // a network card
  const std::vector<Gpu> gpus = list_gpus(sys.path());
  ASSERT_EQ(gpus.size(), 2U);
  EXPECT_EQ(gpus[0].vendor, "AMD");
  EXPECT_EQ(gpus[1].place, "0000:c1:00.0");
  EXPECT_TRUE(list_gpus(sys.path() / "none").empty());
}

TEST(HostTest, SaysWhatItCouldNotRead) {
  const test::ProbeFolder empty;
  const HostFacts facts = read_host(empty.path(), empty.path());
  ASSERT_EQ(facts.unseen.size(), 2U);
  EXPECT_EQ(facts.unseen[0].what, "processes");
  EXPECT_EQ(facts.unseen[1].what, "mounts");
  EXPECT_EQ(facts.first_temporary_port, 32768);
}

HeldListener held(std::uint16_t port, const std::string& address, const std::string& unit,
                  const std::string& program) {
  HeldListener one;
  one.listener.port = port;
  one.listener.address = asio::ip::make_address(address);
  one.listener.unit = unit;
  one.program.name = program;
  return one;
}

TEST(HostTest, PutsTheSocketsOfAnOwnerTogether) {
  const std::vector<Endpoint> endpoints = to_endpoints(
      {held(80, "::", "nginx.service", "nginx"), held(80, "0.0.0.0", "nginx.service", "nginx"),
       held(80, "0.0.0.0", "nginx.service", "nginx"),  // SO_REUSEPORT
       held(80, "10.0.0.5", "caddy.service", "caddy"), held(81, "::", "nginx.service", "nginx")});
  ASSERT_EQ(endpoints.size(), 3U);
  EXPECT_EQ(endpoints[0].unit, "caddy.service");
  EXPECT_EQ(endpoints[1].addresses.size(), 2U);
  EXPECT_TRUE(on_every_address(endpoints[1]));
  EXPECT_EQ(endpoints[2].port, 81);
}

// With a /proc that says nothing and a systemd that is not there.
class Surveying final : public monitor::Check {
 public:
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override {
    picture = co_await survey(context, all_types());
    co_return monitor::CheckResult();
  }
  Picture picture;
};

TEST(HostTest, ASurveyThatSeesNothingSaysSo) {
  const test::ProbeFolder empty;
  test::ProbeWorld world(empty.path());
  world.services().sys_root = empty.path();
  world.services().systemd_bus = "unix:path=" + (empty.path() / "bus").string();
  Surveying look;
  const test::ProbeRun run = world.run(look, std::chrono::seconds(10));
  EXPECT_FALSE(run.threw || run.cancelled);
  EXPECT_FALSE(look.picture.units);
  std::string unseen;
  for (const Unseen& one : look.picture.unseen) {
    unseen += one.what + "\n";
  }
  for (const std::string_view what : {"systemd's units", "processes", "mounts"}) {
    EXPECT_TRUE(unseen.contains(what)) << unseen;
  }
}

TEST(HostTest, ASystemdThatDoesNotAnswerIsNotWaitedForWithTheWholeTime) {
  const test::ProbeFolder empty;
  const std::string bus = (empty.path() / "bus").string();
  const test::TestSocket silent(bus, SOCK_STREAM);
  ASSERT_TRUE(silent.valid());
  test::ProbeWorld world(empty.path());
  world.services().sys_root = empty.path();
  world.services().systemd_bus = "unix:path=" + bus;
  Surveying look;
  const test::ProbeRun run = world.run(look, std::chrono::seconds(10));
  EXPECT_FALSE(run.threw || run.cancelled);
  ASSERT_FALSE(look.picture.unseen.empty());
  EXPECT_EQ(look.picture.unseen.front().what, "systemd's units");
}

}  // namespace
}  // namespace hale::discovery
