// The tls check: files on a real disk, and servers of the test.
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "checks/tls_check.h"
#include "tests/support/certificates.h"
#include "tests/support/probe_folder.h"
#include "tests/support/scripted_server.h"
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

}  // namespace
}  // namespace hale::checks
