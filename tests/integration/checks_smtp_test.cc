// The smtp check against servers that are wrong in one way each, and a real one.
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include "checks/smtp_check.h"
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
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::expect_run;
using test::Expected;
using test::MadeCertificate;
using test::ProbeRun;
using test::ProbeWorld;
using test::ScriptedPeer;
using test::ScriptedServer;
using test::TypeProbe;

// A mail server: what it answers to each verb, "" for silence; a verb that is not there closes.
using Answers = std::map<std::string, std::string>;

Answers well() {
  return {{"", "220-mail.test\r\n220 ready\r\n"},
          {"EHLO", "250-mail.test\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"},
          {"STARTTLS", "220 go\r\n"},
          {"AUTH", "235 welcome\r\n"},
          {"MAIL", "250 sender fine\r\n"},
          {"RCPT", "250 recipient fine\r\n"},
          {"QUIT", "221 bye\r\n"}};
}

Answers well_but(const std::string& verb, const std::string& answer) {
  Answers answers = well();
  answers[verb] = answer;
  return answers;
}

class SmtpTest : public testing::Test {
 protected:
  SmtpTest() : made_({}, &authority_), context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
    SSL_CTX_use_certificate(context_.get(), made_.get());
    SSL_CTX_use_PrivateKey(context_.get(), made_.key());
  }

  ScriptedServer::Script mail_server(Answers answers) {
    return [this, answers](ScriptedPeer& peer) {
      peer.send(answers.at(""));
      while (true) {
        const std::string line = peer.read_until("\r\n");
        lines_.push_back(line);
        const auto answer = answers.find(line.substr(0, line.find_first_of(" \r")));
        if (line.empty() || answer == answers.end()) {
          return;
        }
        peer.send(answer->second);
        if (line == "STARTTLS\r\n" && answer->second.starts_with('2') &&
            !peer.start_tls(context_.get())) {
          return;
        }
      }
    };
  }

  TypeProbe probe(std::uint16_t port) {
    TypeProbe made(smtp_descriptor(),
                   {{"host", std::string("127.0.0.1")}, {"port", static_cast<std::int64_t>(port)}});
    made.tls("ca_file", ca_file_);
    return made;
  }

  MadeCertificate authority_ = test::make_authority();
  MadeCertificate made_;
  std::shared_ptr<SSL_CTX> context_;
  test::ProbeFolder folder_;
  std::string ca_file_ = folder_.write("ca.pem", authority_.pem());
  std::vector<std::string> lines_;  // what the server heard; read after it is gone
  ProbeWorld world_;
};

TEST_F(SmtpTest, GoesAllTheWayWithoutSendingMail) {
  {
    const ScriptedServer server(mail_server(well()));
    TypeProbe asking = probe(server.port());
    asking.with("starttls", true)
        .with("username", std::string("monitor"))
        .with("password", monitor::Secret{"pass"})
        .with("sender", std::string())
        .with("recipient", std::string("postmaster@test"));
    const ProbeRun run = asking.run(world_, seconds(5));
    expect_run(run, {.message = ": ready; TLSv1.3, certificate valid until "});
    EXPECT_TRUE(measured(run, "certificate_expires_in").has_value());
  }
  EXPECT_EQ(lines_,
            (std::vector<std::string>{"EHLO localhost\r\n", "STARTTLS\r\n", "EHLO localhost\r\n",
                                      "AUTH PLAIN AG1vbml0b3IAcGFzcw==\r\n", "MAIL FROM:<>\r\n",
                                      "RCPT TO:<postmaster@test>\r\n", "QUIT\r\n", ""}));
}

TEST_F(SmtpTest, SaysHowAServerIsWrong) {
  struct Case {
    const char* what;
    Answers answers;
    Expected expected;
  };
  const Case cases[] = {
      {"refuses to talk",
       well_but("", "554 no\r\n"),
       {Result::kFail, Reason::kStatus, Phase::kFirstByte, "the greeting was \"554 no\"", "554"}},
      {"is too busy",
       well_but("", "421 later\r\n"),
       {Result::kFail, Reason::kStatus, Phase::kFirstByte, "", "421"}},
      {"is no mail server",
       well_but("", "SSH-2.0-OpenSSH\r\n"),
       {Result::kFail, Reason::kProtocol, Phase::kFirstByte, "does not speak SMTP: it sent \"SSH"}},
      {"never greets",
       well_but("", ""),
       {Result::kFail, Reason::kTimeout, Phase::kFirstByte, "the greeting did not come within "}},
      {"never ends its greeting",
       well_but("", "220-wait\r\n"),
       {Result::kFail, Reason::kTimeout, Phase::kFirstByte, "did not come to its end (\"220-wait"}},
      {"does not know EHLO",
       well_but("EHLO", "502 what\r\n"),
       {Result::kFail, Reason::kStatus, Phase::kFirstByte, "the answer to EHLO was \"502 what\""}},
      {"has no TLS",
       well_but("EHLO", "250 mail.test\r\n"),
       {Result::kFail, Reason::kTls, Phase::kFirstByte, "does not offer STARTTLS"}},
      {"cannot TLS now",
       well_but("STARTTLS", "454 not now\r\n"),
       {Result::kFail, Reason::kStatus, Phase::kFirstByte, "", "454"}},
      {"says more before TLS",
       well_but("STARTTLS", "220 go\r\n250 injected\r\n"),
       {Result::kFail, Reason::kProtocol, Phase::kFirstByte, "sent more before TLS began"}},
      {"does not let us in",
       well_but("AUTH", "535 bad credentials\r\n"),
       {Result::kFail, Reason::kAuth, Phase::kAuth, "535 bad credentials", "535"}},
      {"cannot let anybody in",
       well_but("AUTH", "454 later\r\n"),
       {Result::kFail, Reason::kStatus, Phase::kAuth, "", "454"}},
      {"does not know the mailbox",
       well_but("RCPT", "550 no such user\r\n"),
       {Result::kFail, Reason::kStatus, Phase::kQuery, "to RCPT was \"550 no such user\"", "550"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const ScriptedServer server(mail_server(c.answers));
    TypeProbe asking = probe(server.port());
    asking.with("starttls", true)
        .with("username", std::string("monitor"))
        .with("password", monitor::Secret{"pass"})
        .with("recipient", std::string("postmaster@test"));
    const ProbeRun run = asking.run(world_, seconds(1));
    expect_run(run, c.expected);
    EXPECT_FALSE(run.result.outcome.message.contains("pass"));
  }
}

TEST_F(SmtpTest, LogsInTheOldWayToo) {
  Answers answers = well_but("EHLO", "250-mail.test\r\n250 AUTH=LOGIN\r\n");
  answers["AUTH"] = "334 VXNlcm5hbWU6\r\n";
  answers["bW9uaXRvcg=="] = "334 UGFzc3dvcmQ6\r\n";
  answers["cGFzcw=="] = "235 welcome\r\n";
  const ScriptedServer server(mail_server(answers));
  TypeProbe asking = probe(server.port());
  asking.with("username", std::string("monitor")).with("password", monitor::Secret{"pass"});
  expect_run(asking.run(world_, seconds(5)), {});
}

TEST_F(SmtpTest, SpeaksTlsFromTheFirstByte) {
  const ScriptedServer server(made_, mail_server(well()));
  TypeProbe asking = probe(server.port());
  asking.tls("enabled", true);
  expect_run(asking.run(world_, seconds(5)), {.message = "TLSv1.3"});
  const ScriptedServer plain(mail_server(well()));
  TypeProbe wrong = probe(plain.port());
  wrong.tls("enabled", true);
  expect_run(wrong.run(world_, seconds(5)),
             {Result::kFail, Reason::kProtocol, Phase::kTls, "220-mail.test", "NOT_TLS"});
}

// aiosmtpd, as Debian ships it.
TEST_F(SmtpTest, AgreesWithARealServer) {
  const std::string module = "/usr/lib/python3/dist-packages/aiosmtpd/smtp.py";
  const std::string python = test::program_at({"/usr/bin/python3"});
  if (python.empty() || ::access(module.c_str(), R_OK) != 0) {
    GTEST_SKIP() << "SKIPPED LOUDLY: python3-aiosmtpd is not installed";
  }
  const std::uint16_t port = test::free_port();
  test::ServerProcess server({python, HALE_SOURCE_DIR "/tests/integration/smtp_server.py",
                              std::to_string(port), folder_.write("c.pem", made_.pem()),
                              folder_.write("k.pem", made_.key_pem())});
  ASSERT_TRUE(server.wait_for(port));
  TypeProbe asking = probe(port);
  asking.with("starttls", true)
      .with("username", std::string("monitor"))
      .with("password", monitor::Secret{"sesame"})
      .with("recipient", std::string("postmaster@test"));
  expect_run(asking.run(world_, seconds(10)), {.message = "TLSv1.3"});
  asking.with("recipient", std::string("nobody@test"));
  expect_run(asking.run(world_, seconds(10)),
             {Result::kFail, Reason::kStatus, Phase::kQuery, "550 no such user", "550"});
  asking.with("password", monitor::Secret{"open"});
  expect_run(asking.run(world_, seconds(10)),
             {Result::kFail, Reason::kAuth, Phase::kAuth, "", "535"});
}

}  // namespace
}  // namespace hale::checks
