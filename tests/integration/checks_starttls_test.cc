// STARTTLS as the tcp check does it, with real servers: PostgreSQL and Dovecot.
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "checks/tcp_check.h"
#include "tests/support/certificates.h"
#include "tests/support/probe_folder.h"
#include "tests/support/server_process.h"
#include "tests/support/type_probe.h"

namespace hale::checks {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::seconds;
using test::expect_run;
using test::MadeCertificate;
using test::ProbeRun;
using test::ProbeWorld;
using test::program_at;
using test::ServerProcess;
using test::TypeProbe;

constexpr const char* kTools = HALE_SOURCE_DIR "/build/tools";

bool is_root() {
  return ::geteuid() == 0;
}

class StartTlsTest : public testing::Test {
 protected:
  TypeProbe asking(const std::string& protocol, std::uint16_t port) {
    TypeProbe made(tcp_descriptor(), {{"host", "127.0.0.1"s},
                                      {"port", static_cast<std::int64_t>(port)},
                                      {"starttls", protocol}});
    made.tls("ca_file", ca_file_);
    return made;
  }
  // That the certificate is judged, and nobody is trusted who has another.
  void expect_certificate(const TypeProbe& probe) {
    const ProbeRun run = probe.run(world_, seconds(10));
    expect_run(run, {.message = "TLSv1.3, certificate valid until "});
    EXPECT_NEAR(measured(run, "certificate_expires_in").value_or(0), 90.0 * 86400, 86400);
    TypeProbe stranger = probe;
    stranger.tls("ca_file", folder_.write("other.pem", test::make_authority("Other").pem()));
    expect_run(stranger.run(world_, seconds(10)),
               {Result::kFail, Reason::kCertificate, Phase::kTls});
  }

  MadeCertificate authority_ = test::make_authority();
  MadeCertificate made_ = MadeCertificate({}, &authority_);
  test::ProbeFolder folder_;
  std::string ca_file_ = folder_.write("ca.pem", authority_.pem());
  std::string certificate_file_ = folder_.write("c.pem", made_.pem());
  std::string key_file_ = folder_.write("k.pem", made_.key_pem());
  ProbeWorld world_;
};

class PostgresStartTlsTest : public StartTlsTest {
 protected:
  // PostgreSQL refuses to run as root.
  std::vector<std::string> command(const std::string& program) const {
    std::vector<std::string> words;
    if (is_root()) {
      words = {"/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"};
    }
    words.push_back(bin_ + "/" + program);
    return words;
  }

  // "" where it made a database, else why not.
  std::string make_database() {
    for (const std::string& place : {""s, std::string(kTools)}) {
      const std::string bin = place + "/usr/lib/postgresql/15/bin";
      bin_ = bin_.empty() && ::access((bin + "/initdb").c_str(), X_OK) == 0 ? bin : bin_;
    }
    if (bin_.empty()) {
      return "Debian's postgresql-15 is not here (packaging/setup test)";
    }
    data_ = folder_.make("data");
    fs::permissions(key_file_, fs::perms::owner_read | fs::perms::owner_write);
    if (is_root()) {
      constexpr uid_t kNobody = 65534;
      fs::permissions(folder_.path(), fs::perms::others_exec | fs::perms::others_read,
                      fs::perm_options::add);
      for (const std::string& path : {data_, key_file_}) {
        EXPECT_EQ(::chown(path.c_str(), kNobody, kNobody), 0);
      }
    }
    std::vector<std::string> words = command("initdb");
    for (const char* const word : {"--username=hale", "--auth=trust", "--no-sync",
                                   "--no-instructions", "--no-locale", "--encoding=UTF8"}) {
      words.emplace_back(word);
    }
    words.push_back("--pgdata=" + data_);
    ServerProcess initdb(words);
    return initdb.ends_well() ? "" : "initdb failed (may `nobody` read " + bin_ + "?)";
  }

  std::unique_ptr<ServerProcess> start(std::uint16_t port, bool tls) const {
    std::vector<std::string> words = command("postgres");
    for (const std::string& setting :
         {"port=" + std::to_string(port), "listen_addresses=127.0.0.1"s,
          "unix_socket_directories="s, "ssl="s + (tls ? "on" : "off"),
          "ssl_cert_file=" + certificate_file_, "ssl_key_file=" + key_file_, "fsync=off"s,
          "shared_buffers=1MB"s, "max_connections=5"s, "max_wal_senders=0"s}) {
      words.insert(words.end(), {"-c", setting});
    }
    words.insert(words.end(), {"-D", data_});
    auto server = std::make_unique<ServerProcess>(words);
    return server->wait_for(port) ? std::move(server) : nullptr;
  }

  std::string bin_;
  std::string data_;
};

TEST_F(PostgresStartTlsTest, AgreesWithARealServer) {
  const std::string why = make_database();
  if (!why.empty()) {
    GTEST_SKIP() << "SKIPPED LOUDLY: " << why;
  }
  const std::uint16_t port = test::free_port();
  {
    const auto server = start(port, true);
    ASSERT_TRUE(server) << "postgres did not start";
    expect_certificate(asking("postgres", port));
    // Within TLS the server lets the user in: AuthenticationOk.
    TypeProbe talking = asking("postgres", port);
    talking.send("\x00\x00\x00\x13\x00\x03\x00\x00user\x00hale\x00\x00"s).expect("^R");
    expect_run(talking.run(world_, seconds(10)), {.message = "TLSv1.3"});
  }
  const auto plain = start(port, false);
  ASSERT_TRUE(plain) << "postgres did not start again";
  expect_run(asking("postgres", port).run(world_, seconds(10)),
             {Result::kFail, Reason::kStatus, Phase::kFirstByte, "the server has no TLS"});
}

class DovecotStartTlsTest : public StartTlsTest {
 protected:
  // Its programs look for each other in /usr: where the package is not installed, the files that
  // were taken out of it are laid over, for this server alone. Empty where there is no Dovecot.
  std::vector<std::string> command() const {
    const std::string program = "/usr/sbin/dovecot";
    if (!program_at({"/usr/lib/dovecot/imap-login"}).empty()) {
      return {program};
    }
    if (program_at({kTools + "/usr/lib/dovecot/imap-login"s}).empty()) {
      return {};
    }
    const std::string lay_over =
        "mount -t overlay overlay -o lowerdir=" + std::string(kTools) + "/usr:/usr /usr";
    return {"/usr/bin/unshare",           "--mount", "/bin/sh", "-c",
            lay_over + " && exec \"$@\"", "dovecot", program};
  }

  std::string configuration(bool tls) const {
    const std::string base = folder_.path();
    const auto login = [](const std::string& protocol, std::uint16_t port) {
      return "service " + protocol + "-login {\n  chroot =\n  inet_listener " + protocol +
             " {\n    address = 127.0.0.1\n    port = " + std::to_string(port) +
             "\n  }\n  inet_listener " + protocol + "s {\n    port = 0\n  }\n}\n";
    };
    return "protocols = imap pop3\nbase_dir = " + base + "/base\nstate_dir = " + base +
           "/state\nlog_path = " + base + "/log\nssl = " + (tls ? "yes" : "no") + "\nssl_cert = <" +
           certificate_file_ + "\nssl_key = <" + key_file_ +
           "\ndefault_internal_user = nobody\ndefault_internal_group = nogroup\n"
           "default_login_user = nobody\n" +
           login("imap", imap_) + login("pop3", pop3_) +
           "service anvil {\n  chroot =\n}\nservice stats {\n  chroot =\n}\n"
           "passdb {\n  driver = static\n  args = nopassword=y\n}\n"
           "userdb {\n  driver = static\n  args = uid=65534 gid=65534 home=/nonexistent\n}\n";
  }

  std::unique_ptr<ServerProcess> start(bool tls) {
    std::vector<std::string> words = command();
    words.insert(words.end(), {"-F", "-c", folder_.write("conf", configuration(tls))});
    auto server = std::make_unique<ServerProcess>(words);
    return server->wait_for(imap_) && server->wait_for(pop3_) ? std::move(server) : nullptr;
  }

  std::uint16_t imap_ = test::free_port();
  std::uint16_t pop3_ = test::free_port();
};

TEST_F(DovecotStartTlsTest, AgreesWithARealServer) {
  if (command().empty()) {
    GTEST_SKIP() << "SKIPPED LOUDLY: Debian's dovecot is not here (packaging/setup test)";
  }
  if (!is_root()) {
    GTEST_SKIP() << "SKIPPED LOUDLY: only root may start dovecot, and lay it over /usr";
  }
  {
    const auto server = start(true);
    ASSERT_TRUE(server) << "dovecot did not start";
    expect_certificate(asking("imap", imap_).send("a2 NOOP\r\n").expect("^a2 OK"));
    expect_certificate(asking("pop3", pop3_).send("CAPA\r\n").expect("^\\+OK"));
  }
  const auto plain = start(false);
  ASSERT_TRUE(plain) << "dovecot did not start again";
  expect_run(asking("imap", imap_).run(world_, seconds(10)),
             {Result::kFail, Reason::kStatus, Phase::kFirstByte, "refuses: \"a1 BAD"});
  expect_run(asking("pop3", pop3_).run(world_, seconds(10)),
             {Result::kFail, Reason::kStatus, Phase::kFirstByte, "refuses: \"-ERR"});
}

}  // namespace
}  // namespace hale::checks
