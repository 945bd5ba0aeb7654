// The tls check: files on a real disk, servers of the test, and a real one.
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "checks/tls_check.h"
#include "tests/support/certificates.h"
#include "tests/support/probe_folder.h"
#include "tests/support/scripted_server.h"
#include "tests/support/server_process.h"
#include "tests/support/type_probe.h"

namespace hale::checks {
namespace {

using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::seconds;
using test::expect_run;
using test::MadeCertificate;
using test::ProbeRun;
using test::ProbeWorld;
using test::ScriptedPeer;
using test::ScriptedServer;
using test::TypeProbe;
using List = std::vector<std::string>;

TEST(TlsFilesTest, LooksAtEachFile) {
  const test::ProbeFolder folder;
  const MadeCertificate good({.name = "good"});
  folder.write("a.pem", good.pem());
  folder.write("b.pem", MadeCertificate({.name = "old", .ends_in_seconds = -60}).pem());
  folder.write("c.pem", "no certificate");
  const std::string one = folder.write("d.crt", good.der());
  const std::string base = one.substr(0, one.rfind('/'));
  ProbeWorld world;
  TypeProbe probe(tls_descriptor(),
                  {{"files", List{base + "/*.pem", one, one, base + "/missing.pem"}}});
  const ProbeRun run = probe.run(world, seconds(5));
  expect_run(run, {.message = "5 files"});
  ASSERT_EQ(run.result.items.size(), 5U);
  const Reason reasons[] = {Reason::kNone, Reason::kCertificate, Reason::kValidation, Reason::kNone,
                            Reason::kMissing};
  const std::size_t measurements[] = {1, 1, 0, 1, 0};
  for (std::size_t i = 0; i < run.result.items.size(); ++i) {
    const monitor::ItemResult& item = run.result.items[i];
    SCOPED_TRACE(item.name);
    EXPECT_EQ(to_string(item.outcome.reason), to_string(reasons[i])) << item.outcome.message;
    EXPECT_EQ(item.measurements.size(), measurements[i]);
  }
}

TEST(TlsFilesTest, SaysThatAGlobFindsNothing) {
  ProbeWorld world;
  TypeProbe probe(tls_descriptor(), {{"files", List{"/nonexistent/*.pem"}}});
  expect_run(probe.run(world, seconds(5)),
             {Result::kFail, Reason::kMissing, Phase::kRun, "no file matches /nonexistent/*.pem"});
}

TEST(TlsFilesTest, ComparesTheKey) {
  const test::ProbeFolder folder;
  const MadeCertificate good({.name = "good"});
  const MadeCertificate other({.name = "other"});
  ProbeWorld world;
  TypeProbe probe(tls_descriptor(), {{"files", List{folder.write("a.pem", good.pem())}},
                                     {"key_file", folder.write("a.key", good.key_pem())}});
  EXPECT_EQ(probe.run(world, seconds(5)).result.items.at(0).outcome.result, Result::kPass);
  probe.with("key_file", folder.write("b.key", other.key_pem()));
  EXPECT_EQ(probe.run(world, seconds(5)).result.items.at(0).outcome.message,
            "the private key does not belong to the certificate");
}

TEST(TlsPortTest, ReportsAServersCertificate) {
  const MadeCertificate authority = test::make_authority();
  const test::ProbeFolder folder;
  const MadeCertificate made({}, &authority);
  const ScriptedServer server(made, [](ScriptedPeer& peer) { peer.wait_until_closed(); });
  ProbeWorld world;
  TypeProbe probe(tls_descriptor(), {{"host", std::string("localhost")},
                                     {"port", static_cast<std::int64_t>(server.port())}});
  probe.tls("ca_file", folder.write("ca.pem", authority.pem()));
  const ProbeRun run = probe.run(world, seconds(5));
  expect_run(run, {.message = "TLSv1.3, certificate valid until "});
  EXPECT_TRUE(run.result.items.empty());
  EXPECT_TRUE(measured(run, "certificate_expires_in").has_value());
}

// openssl s_server, as Debian ships it.
TEST(TlsPortTest, AgreesWithARealServer) {
  const std::string openssl = test::program_at({"/usr/bin/openssl"});
  if (openssl.empty()) {
    GTEST_SKIP() << "SKIPPED LOUDLY: openssl is not installed";
  }
  const MadeCertificate authority = test::make_authority();
  const MadeCertificate made({}, &authority);
  const test::ProbeFolder folder;
  const std::uint16_t port = test::free_port();
  test::ServerProcess server(
      {openssl, "s_server", "-quiet", "-accept", "127.0.0.1:" + std::to_string(port), "-tls1_2",
       "-cert", folder.write("c.pem", made.pem()), "-key", folder.write("k.pem", made.key_pem())});
  ASSERT_TRUE(server.wait_for(port));
  ProbeWorld world;
  TypeProbe probe(tls_descriptor(),
                  {{"host", std::string("127.0.0.1")}, {"port", static_cast<std::int64_t>(port)}});
  probe.tls("ca_file", folder.write("ca.pem", authority.pem()));
  expect_run(probe.run(world, seconds(10)), {.message = "TLSv1.2, certificate valid until "});
  probe.tls("minimum_version", std::string("1.3"));
  expect_run(probe.run(world, seconds(10)),
             {Result::kFail, Reason::kTls, Phase::kTls, "no version of TLS that is accepted here"});
}

}  // namespace
}  // namespace hale::checks
