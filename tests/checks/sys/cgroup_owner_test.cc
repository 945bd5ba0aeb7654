#include "checks/sys/cgroup_owner.h"

#include <string>

#include <gtest/gtest.h>

namespace hale::checks {
namespace {

const std::string kId(64, 'a');

TEST(CgroupOwnerTest, TellsUnitAndContainerByThePath) {
  struct Case {
    std::string path;
    std::string unit;
    std::string container;
  };
  const Case cases[] = {
      {"", "", ""},
      {"/", "", ""},
      {"nonsense", "", ""},
      {"/init.scope", "init.scope", ""},
      {"/system.slice", "", ""},
      {"/system.slice/nginx.service", "nginx.service", ""},
      {"/system.slice/ssh.socket", "ssh.socket", ""},
      {"/system.slice/system-postgresql.slice/postgresql@15-main.service",
       "postgresql@15-main.service", ""},
      {"/system.slice/_cpu.service", "cpu.service", ""},
      {"/system.slice/a\\x2db.service", "a\\x2db.service", ""},
      {"/system.slice/delegated.service/worker/3", "delegated.service", ""},
      {"/user.slice/user-1000.slice/session-3.scope", "session-3.scope", ""},
      {"/user.slice/user-1000.slice/user@1000.service/app.slice/web.service", "web.service", ""},
      {"/user.slice/user-1000.slice/user@1000.service/init.scope", "user@1000.service", ""},
      {"/system.slice/docker-" + kId + ".scope", "docker-" + kId + ".scope", kId},
      // What runs inside of a container is no unit of this host.
      {"/system.slice/docker-" + kId + ".scope/system.slice/nginx.service",
       "docker-" + kId + ".scope", kId},
      {"/docker/" + kId, "", kId},
      {"/machine.slice/libpod-" + kId + ".scope/container", "libpod-" + kId + ".scope", kId},
      {"/machine.slice/libpod-conmon-" + kId + ".scope", "libpod-conmon-" + kId + ".scope", ""},
      {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope",
       "libpod-" + kId + ".scope", kId},
      {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-" +
           kId + ".scope",
       "cri-containerd-" + kId + ".scope", kId},
      {"/kubepods/burstable/pod12/" + kId, "", kId},
      {"/machine.slice/machine-web\\x2d1.scope", "machine-web\\x2d1.scope", "web-1"},
      {"/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service",
       "systemd-nspawn@web.service", "web"},
      {"/lxc.payload.db/system.slice/mariadb.service", "", "db"},
      {"/lxc/db/init.scope", "", "db"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.path);
    const CgroupOwner owner = cgroup_owner(c.path);
    EXPECT_EQ(owner.unit, c.unit);
    EXPECT_EQ(owner.container, c.container);
  }
}

TEST(CgroupOwnerTest, ReadsTheGroupOfAProcess) {
  struct Case {
    std::string text;
    std::string path;
  };
  const Case cases[] = {
      {"0::/system.slice/x.service\n", "/system.slice/x.service"},
      {"12:pids:/a\n1:name=systemd:/system.slice/x.service\n0::/system.slice/x.service\n",
       "/system.slice/x.service"},
      // Only systemd's own tree has units on a host without the unified one.
      {"3:cpu,cpuacct:/\n1:name=systemd:/system.slice/x.service\n", "/system.slice/x.service"},
      {"1:name=systemd:/system.slice/x.service\n0::/\n", "/system.slice/x.service"},
      {"0::/\n", "/"},
      {"0::/a:b\n", "/a:b"},
      {"", ""},
      {"nonsense", ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_process_cgroup(c.text), c.path);
  }
}

TEST(CgroupOwnerTest, ASocketUnitCountsAsItsService) {
  EXPECT_TRUE(unit_matches("ssh.service", "ssh.service"));
  EXPECT_TRUE(unit_matches("ssh.socket", "ssh.service"));
  EXPECT_FALSE(unit_matches("ssh.service", "ssh.socket"));
  EXPECT_FALSE(unit_matches("sshd.socket", "ssh.service"));
  EXPECT_FALSE(unit_matches("", ""));
}

}  // namespace
}  // namespace hale::checks
