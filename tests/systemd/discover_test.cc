// `hale discover` on a host that systemd runs: a real systemd, real servers.
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/integration/agent_process.h"
#include "tests/support/server_process.h"
#include "tests/systemd/systemd_world.h"

namespace hale::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

constexpr std::string_view kInstall = "[Install]\nWantedBy=default.target\n";

// Debian's, installed or taken out of its package.
std::string program(const std::string& path) {
  return test::program_at({HALE_SOURCE_DIR "/build/tools" + path, path});
}

class DiscoverWithSystemdTest : public SystemdTest {
 protected:
  void SetUp() override {
    SystemdTest::SetUp();
    for (const char* const path :
         {"/usr/sbin/nginx", "/usr/bin/redis-server", "/usr/lib/postgresql/15/bin/postgres"}) {
      if (!IsSkipped() && program(path).empty()) {
        GTEST_SKIP() << "SKIPPED LOUDLY: " << path << " is not here (packaging/setup test)";
      }
    }
    if (!IsSkipped()) {
      systemd_.emplace();
      ASSERT_TRUE(systemd_->running());
    }
  }

  fs::path folder(const std::string& name) const {
    const fs::path path = systemd_->folder() / name;
    fs::create_directories(path);
    return path;
  }

  void add_nginx() {
    const fs::path home = folder("nginx");
    std::ofstream(home / "index.html") << "hello";
    std::ofstream(home / "nginx.conf")
        << "user root; daemon off; pid nginx.pid; events { worker_connections 64; }\n"
           "http { access_log off; root .; client_body_temp_path t1; proxy_temp_path t2;\n"
           "fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;\n"
           "server { listen 80; listen [::]:80; } }\n";
    systemd_->add("nginx.service", "[Service]\nExecStart=" + program("/usr/sbin/nginx") + " -p " +
                                       home.string() + " -c " + (home / "nginx.conf").string() +
                                       " -e " + (home / "error.log").string() + "\n");
  }

  void add_redis() {
    systemd_->add("redis-server.service",
                  "[Service]\nExecStart=" + program("/usr/bin/redis-server") +
                      " --bind 127.0.0.1 --save \"\" --dir " + folder("redis").string() + "\n");
  }

  // Refuses to run as root.
  void add_postgres() {
    const std::string bin =
        fs::path(program("/usr/lib/postgresql/15/bin/postgres")).parent_path().string();
    const std::string data = folder("postgres").string();
    const std::string as_nobody =
        "/usr/bin/setpriv --reuid=nobody --regid=nogroup --clear-groups " + bin;
    fs::permissions(systemd_->folder(), fs::perms::others_exec | fs::perms::others_read,
                    fs::perm_options::add);
    const Ran made = run_program(
        {"/bin/sh", "-c",
         "chown nobody " + data + " && " + as_nobody +
             "/initdb --username=hale --auth=trust --no-sync --no-locale --pgdata=" + data});
    ASSERT_EQ(made.status, 0) << made.output;
    systemd_->add("postgresql@15-main.service",
                  "[Service]\nExecStart=" + as_nobody + "/postgres -D " + data +
                      " -c listen_addresses=127.0.0.1 -c unix_socket_directories=\n");
  }

  bool listens(const std::string& port) const {
    return eventually([&port] {
      return run_program({"/bin/sh", "-c", "ss -Hltn sport = :" + port}).output.contains(port);
    });
  }

  Finished discover() const { return run_hale({"discover", "--bus", systemd_->bus()}); }

  std::optional<SystemdWorld> systemd_;
};

TEST_F(DiscoverWithSystemdTest, AConfigurationThatNeedsNoEditWithTheOwnersOfPorts) {
  add_nginx();
  add_redis();
  add_postgres();
  if (HasFatalFailure()) {
    return;
  }
  systemd_->systemctl("start nginx redis-server postgresql@15-main");
  ASSERT_TRUE(listens("80") && listens("6379") && listens("5432"))
      << systemd_->systemctl("status --no-pager");

  const Finished found = discover();
  ASSERT_EQ(found.status, 0) << found.err;
  for (const std::string_view expected :
       {"[checks.nginx-80]", "owner    = { unit = \"nginx.service\" }", "[checks.redis-6379]",
        "owner    = { unit = \"redis-server.service\" }", "[checks.postgresql-5432]",
        "owner    = { unit = \"postgresql@15-main.service\" }"}) {
    EXPECT_TRUE(found.out.contains(expected)) << expected << "\n" << found.out;
  }
  EXPECT_FALSE(found.out.contains("Risks found")) << found.out;
  EXPECT_EQ(discover().out, found.out);

  const std::string file = (systemd_->folder() / "hale.toml").string();
  std::ofstream(file) << found.out;
  std::vector<std::string> words = {"check", "-c", file};
  for (const std::string name : {"nginx-80", "redis-6379", "postgresql-5432"}) {
    words.push_back(name);
    words.push_back(name + "-owner");
  }
  if (found.out.contains("[checks.services]")) {
    words.emplace_back("services");
  }
  const Finished checked = run_hale(words);
  EXPECT_EQ(checked.status, 0) << checked.out << checked.err << found.out;

  // Another program that answers in its place is none.
  systemd_->systemctl("stop redis-server");
  systemd_->add("impostor.service", "[Service]\nExecStart=" + program("/usr/bin/redis-server") +
                                        " --bind 127.0.0.1 --save \"\" --dir " +
                                        folder("impostor").string() + "\n");
  systemd_->systemctl("start impostor");
  ASSERT_TRUE(listens("6379"));
  EXPECT_EQ(run_hale({"check", "-c", file, "redis-6379"}).status, 0);
  const Finished wrong = run_hale({"check", "-c", file, "redis-6379-owner"});
  EXPECT_EQ(wrong.status, 1) << wrong.out;
  EXPECT_TRUE(wrong.out.contains("impostor.service")) << wrong.out;
}

TEST_F(DiscoverWithSystemdTest, TellsWhatWillNotSurviveAndWhatHasFailed) {
  systemd_->write("redis-server.service",
                  "[Service]\nExecStart=" + program("/usr/bin/redis-server") +
                      " --bind 127.0.0.1 --save \"\" --dir " + folder("redis").string() + "\n" +
                      std::string(kInstall));
  systemd_->add("broken.service", "[Service]\nExecStart=/bin/false\n");
  systemd_->systemctl("daemon-reload");
  systemd_->systemctl("start redis-server broken");
  ASSERT_TRUE(listens("6379"));
  ASSERT_TRUE(eventually(
      [this] { return systemd_->property("broken.service", "ActiveState") == "failed"; }));
  const Finished found = discover();
  EXPECT_TRUE(
      found.err.contains("risk: Redis (redis-server in redis-server.service) runs and is "
                         "not enabled: it will be gone after a reboot"))
      << found.err;
  EXPECT_TRUE(found.err.contains("risk: broken.service has failed: exit-code")) << found.err;
  EXPECT_TRUE(found.out.contains("broken.service has failed: exit-code")) << found.out;
}

// The story that hale exists for, seen by somebody who looks for the first time.
TEST_F(DiscoverWithSystemdTest, TellsTwoServicesThatWantOnePort) {
  const auto dashboard = [](const std::string& folder) {
    return "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/usr/bin/python3 -m http.server "
           "9100 --bind 127.0.0.1 --directory " +
           folder + "\nRestart=always\nRestartSec=200ms\n";
  };
  systemd_->add("athena-dashboard.service", dashboard(folder("athena").string()));
  systemd_->systemctl("start athena-dashboard");
  ASSERT_TRUE(listens("9100"));
  systemd_->add("nelson-dashboard.service", dashboard(folder("nelson").string()));
  systemd_->systemctl("start nelson-dashboard");
  ASSERT_TRUE(eventually([this] {
    const std::string restarts = systemd_->property("nelson-dashboard.service", "NRestarts");
    return restarts.size() > 1 || restarts > "5";
  }));
  const Finished found = discover();
  EXPECT_TRUE(found.err.contains("nelson-dashboard.service")) << found.err;
  EXPECT_TRUE(found.err.contains("conflict: ")) << found.err;
  EXPECT_TRUE(found.err.contains("athena-dashboard.service")) << found.err;
  EXPECT_TRUE(found.out.contains("# Conflicts found.")) << found.out;
  EXPECT_EQ(discover().out, found.out);
}

}  // namespace
}  // namespace hale::testing
