// `hale discover` as a new user runs it: on a host with nginx, PostgreSQL and Redis, of which it
// makes a configuration that needs no edit. The host is a network of the test's own.
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/integration/agent_process.h"
#include "tests/integration/name_server.h"
#include "tests/support/certificates.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/server_process.h"

namespace hale::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using test::program_at;
using test::ServerProcess;

constexpr const char* kTools = HALE_SOURCE_DIR "/build/tools";

std::string at(const std::string& path) {
  return program_at({kTools + path, path});
}

// Runs `body` on a thread with a network of its own, in which nobody listens yet.
bool on_a_host_of_its_own(const std::function<void()>& body) {
  bool entered = false;
  std::thread thread([&] {
    entered = test::enter_private_network(32768, 60999);
    if (entered) {
      body();
    }
  });
  thread.join();
  return entered;
}

constexpr const char* kNoNetwork =
    "SKIPPED LOUDLY: no right to make a network namespace (unshare(CLONE_NEWNET))";

class DiscoverTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  static std::vector<std::string> as_nobody(std::vector<std::string> words) {
    std::vector<std::string> all;
    if (::geteuid() == 0) {
      all = {"/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"};
    }
    all.insert(all.end(), words.begin(), words.end());
    return all;
  }

  void start_nginx(const std::string& more = "") {
    folder_.write("www/index.html", "hello");
    const std::string temporary =
        "client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; "
        "scgi_temp_path t5;\n";
    const std::string file = folder_.write(
        "nginx.conf", (::geteuid() == 0 ? "user root;\n"s : ""s) +
                          "daemon off; pid nginx.pid; worker_processes 2;\n"
                          "events { worker_connections 64; }\n"
                          "http { access_log off; root www;\n" +
                          temporary + "server { listen 80; listen [::]:80; }\n" + more + "\n}\n");
    nginx_ = std::make_unique<ServerProcess>(std::vector{at("/usr/sbin/nginx"), "-p"s,
                                                         folder_.path().string(), "-c"s, file,
                                                         "-e"s, path("error.log")});
    ASSERT_TRUE(nginx_->wait_for(80));
  }

  void start_redis(std::vector<std::string> more = {}) {
    std::vector<std::string> words = {
        at("/usr/bin/redis-server"), "--port", "6379", "--bind", "127.0.0.1", "--save", "", "--dir",
        folder_.make("redis")};
    words.insert(words.end(), more.begin(), more.end());
    redis_ = std::make_unique<ServerProcess>(words);
    ASSERT_TRUE(redis_->wait_for(6379));
  }

  void start_postgres() {
    const std::string bin = fs::path(at("/usr/lib/postgresql/15/bin/postgres")).parent_path();
    const std::string data = folder_.make("data");
    if (::geteuid() == 0) {
      fs::permissions(folder_.path(), fs::perms::others_exec | fs::perms::others_read,
                      fs::perm_options::add);
      constexpr uid_t kNobody = 65534;
      ASSERT_EQ(::chown(data.c_str(), kNobody, kNobody), 0);
    }
    ServerProcess initdb(as_nobody({bin + "/initdb", "--username=hale", "--auth=trust", "--no-sync",
                                    "--no-instructions", "--no-locale", "--pgdata=" + data}));
    ASSERT_TRUE(initdb.ends_well());
    postgres_ = std::make_unique<ServerProcess>(
        as_nobody({bin + "/postgres", "-D", data, "-c", "listen_addresses=127.0.0.1", "-c",
                   "unix_socket_directories=", "-c", "fsync=off", "-c", "shared_buffers=1MB"}));
    ASSERT_TRUE(postgres_->wait_for(5432));
  }

  // "" where all three servers are here.
  static std::string missing() {
    for (const char* const program :
         {"/usr/sbin/nginx", "/usr/bin/redis-server", "/usr/lib/postgresql/15/bin/postgres"}) {
      if (at(program).empty()) {
        return "SKIPPED LOUDLY: "s + program + " is not here (packaging/setup test)";
      }
    }
    return "";
  }

  test::ProbeFolder folder_;
  std::unique_ptr<ServerProcess> nginx_;
  std::unique_ptr<ServerProcess> redis_;
  std::unique_ptr<ServerProcess> postgres_;
};

TEST_F(DiscoverTest, AConfigurationThatNeedsNoEdit) {
  if (const std::string why = missing(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const bool ran = on_a_host_of_its_own([this] {
    start_nginx();
    start_redis();
    start_postgres();
    if (HasFatalFailure()) {
      return;
    }
    const Finished found = run_hale({"discover"});
    ASSERT_EQ(found.status, 0) << found.err;
    EXPECT_TRUE(found.out.contains("[checks.nginx-80]\ntype             = \"http\"")) << found.out;
    EXPECT_TRUE(found.out.contains("It answered +PONG to PING.")) << found.out;
    EXPECT_TRUE(found.out.contains("[checks.postgresql-5432]")) << found.out;
    EXPECT_EQ(run_hale({"discover"}).out, found.out);

    const std::string file = folder_.write("hale.toml", found.out);
    EXPECT_EQ(run_hale({"validate", "-c", file}).status, 0);
    const Finished checked =
        run_hale({"check", "-c", file, "nginx-80", "redis-6379", "postgresql-5432"});
    EXPECT_EQ(checked.status, 0) << checked.out << checked.err << found.out;

    // That it looks at the servers, and not at something that is always well.
    redis_.reset();
    EXPECT_EQ(run_hale({"check", "-c", file, "redis-6379"}).status, 1);
    nginx_.reset();
    EXPECT_EQ(run_hale({"check", "-c", file, "nginx-80"}).status, 2);
    EXPECT_FALSE(run_hale({"discover"}).out.contains("nginx"));
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

TEST_F(DiscoverTest, ARedisThatIsOpenToAllIsARiskAndItsPasswordIsNotTold) {
  if (at("/usr/bin/redis-server").empty()) {
    GTEST_SKIP() << "SKIPPED LOUDLY: redis-server is not here (packaging/setup test)";
  }
  const bool ran = on_a_host_of_its_own([this] {
    start_redis({"--bind", "0.0.0.0", "--protected-mode", "no"});
    if (HasFatalFailure()) {
      return;
    }
    Finished found = run_hale({"discover"});
    EXPECT_TRUE(
        found.err.contains("risk: port 6379 of redis-server listens on every address and "
                           "asks for no password"))
        << found.err;
    redis_.reset();
    start_redis({"--requirepass", "hunter2"});
    if (HasFatalFailure()) {
      return;
    }
    found = run_hale({"discover"});
    EXPECT_TRUE(found.out.contains("-NOAUTH to PING")) << found.out;
    EXPECT_FALSE((found.out + found.err).contains("hunter2")) << found.out;
    EXPECT_FALSE(found.err.contains("risk: ")) << found.err;
    const std::string file = folder_.write("hale.toml", found.out);
    EXPECT_EQ(run_hale({"check", "-c", file, "redis-6379"}).status, 0);
  });
  if (!ran) {
    GTEST_SKIP() << kNoNetwork;
  }
}

// The authorities that the system trusts, replaced for this thread and what it starts.
bool trust_only(const std::string& file) {
  constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount(file.c_str(), kSystemAuthorities, nullptr, MS_BIND, nullptr) == 0;
}

TEST_F(DiscoverTest, VerifiesACertificateUnderItsOwnNameWhereItIsTrusted) {
  bool may_mount = false;
  const bool ran = on_a_host_of_its_own([&] {
    const test::MadeCertificate authority = test::make_authority();
    const test::MadeCertificate made(
        {.name = "shop.example", .alternative_names = "DNS:*.shop.example,DNS:shop.example"},
        &authority);
    may_mount = trust_only(folder_.write("ca.pem", authority.pem()));
    if (!may_mount) {
      return;
    }
    folder_.write("server.pem", made.pem());
    folder_.write("server.key", made.key_pem());
    start_nginx(
        "server { listen 443 ssl; ssl_certificate server.pem; ssl_certificate_key server.key; }");
    if (HasFatalFailure()) {
      return;
    }
    const Finished found = run_hale({"discover"});
    EXPECT_TRUE(found.out.contains("url              = \"https://shop.example/\"\n")) << found.out;
    EXPECT_TRUE(found.out.contains("connect_to       = \"127.0.0.1:443\"\n")) << found.out;
    EXPECT_FALSE(found.out.contains("verify = false")) << found.out;
    const std::string file = folder_.write("hale.toml", found.out);
    const Finished checked = run_hale({"check", "-c", file, "nginx-80", "nginx-443"});
    EXPECT_EQ(checked.status, 0) << checked.out << found.out;
  });
  if (!ran || !may_mount) {
    GTEST_SKIP() << kNoNetwork << ", or to mount";
  }
}

TEST_F(DiscoverTest, KnowsANameServerThatServesItsOwnZonesOnly) {
  std::string why;
  const bool ran = on_a_host_of_its_own([this, &why] {
    const auto server = test::NameServer::start(
        {.port = 53,
         .zone = "$ORIGIN example.test.\n@ 60 IN SOA ns hostmaster 1 60 60 60 60\n"
                 "@ 60 IN NS ns\nns 60 IN A 127.0.0.1\n"},
        why);
    if (!server) {
      return;
    }
    const Finished found = run_hale({"discover"});
    EXPECT_TRUE(found.out.contains("with REFUSED, since it serves its own zones only"))
        << found.out;
    const std::string file = folder_.write("hale.toml", found.out);
    const Finished checked = run_hale({"check", "-c", file, "nsd-53", "nsd-53-udp"});
    EXPECT_EQ(checked.status, 0) << checked.out << checked.err << found.out;
  });
  if (!ran || !why.empty()) {
    GTEST_SKIP() << (ran ? "SKIPPED LOUDLY: " + why : kNoNetwork);
  }
}

TEST_F(DiscoverTest, ABusThatIsNoneIsWrongUsage) {
  for (const char* const bus : {"", "nonsense", "unixexec:path=/bin/sh", "tcp:host=x"}) {
    const Finished wrong = run_hale({"discover", "--bus", bus});
    EXPECT_EQ(wrong.status, 64) << bus;
    EXPECT_EQ(wrong.out, "");
    EXPECT_TRUE(wrong.err.contains("--bus")) << wrong.err;
  }
}

TEST_F(DiscoverTest, AFullDiskIsToldAndNotTakenForAConfiguration) {
  const std::string said = path("said");
  ServerProcess shell({"/bin/sh", "-c",
                       HALE_BINARY " discover > /dev/full 2> " + said +
                           "; test $? = 70 && grep -q 'could not be written' " + said});
  EXPECT_TRUE(shell.ends_well());
}

}  // namespace
}  // namespace hale::testing
