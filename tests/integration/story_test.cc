// What `hale check NAME --verbose` tells of a run.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/integration/agent_process.h"
#include "tests/support/certificates.h"
#include "tests/support/probe_folder.h"
#include "tests/support/scripted_server.h"

namespace hale::testing {
namespace {

using test::ScriptedPeer;
using test::ScriptedServer;

// The lines that the run of a check of this configuration told.
std::string story_of(const std::string& check, int status) {
  const test::ProbeFolder folder;
  const std::string file = folder.write("hale.toml", "[checks.web]\n" + check);
  const Finished told = run_hale({"check", "-c", file, "web", "--verbose"});
  EXPECT_EQ(told.status, status) << told.err;
  return told.out;
}

void expect_told(const std::string& story, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    EXPECT_TRUE(story.contains(part)) << part << " in\n" << story;
  }
}

TEST(StoryTest, TellsWhereATcpConnectionWent) {
  const ScriptedServer server([](ScriptedPeer& peer) { peer.wait_until_closed(); });
  const std::string port = std::to_string(server.port());
  const std::string check = "type = \"tcp\"\nport = " + port + "\nhost = ";
  for (const char* host : {"\"localhost\"\n", "\"127.0.0.1\"\n"}) {
    expect_told(story_of(check + host, 0), {"connected to 127.0.0.1:" + port + " from 127.0.0.1:"});
  }
  expect_told(story_of(check + "\"localhost\"\n", 0),
              {"localhost has the addresses ", "127.0.0.1"});
}

TEST(StoryTest, TellsOfEveryExpectation) {
  const ScriptedServer server([](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(
        test::http_answer("{\"depth\": 142, \"state\": \"up\"}", "500 Oops", "Server: apache\r\n"));
  });
  const std::string story = story_of("type = \"http\"\nurl = \"" + server.url("/health") + "\"\n" +
                                         R"(
[checks.web.expect]
body_contains  = "state"
body_regex     = "^up$"
body_not_regex = "depth"
header         = { Server = "nginx" }
json           = { depth = "< 100", state = "== 'up'" }
)",
                                     1);
  expect_told(story,
              {"connected to 127.0.0.1:" + std::to_string(server.port()),
               "> GET " + server.url("/health"), "< HTTP/1.1 500 Oops", "< Server: apache",
               "body of 29 B: {\"depth\": 142, \"state\": \"up\"}",
               "expect.status: answered 500 Oops, expected 200-299",
               "expect.header.Server: header Server is \"apache\", expected \"nginx\"",
               "expect.body_contains holds", "expect.body_regex: the body does not match \"^up$\"",
               "expect.body_not_regex: the body matches \"depth\", which it should not",
               "expect.json.depth: JSON depth is 142, expected < 100", "expect.json.state holds"});
}

TEST(StoryTest, TellsOfTheCertificateChain) {
  const test::MadeCertificate authority = test::make_authority();
  const test::MadeCertificate own({}, &authority);
  const ScriptedServer server(own, [](ScriptedPeer& peer) {
    peer.read_request();
    peer.send(test::http_answer("hello"));
  });
  const test::ProbeFolder folder;
  const std::string story =
      story_of("type = \"http\"\nurl = \"https://localhost:" + std::to_string(server.port()) +
                   "/\"\ntls = { ca_file = \"" + folder.write("ca.pem", authority.pem()) + "\" }\n",
               0);
  expect_told(story, {"TLSv1.3, ", "certificate 0: ", "certificate 0 is for "});
}

}  // namespace
}  // namespace hale::testing
