// The story that hale exists for, with everything in it real: two services want the same port, one
// crash-loops, and every monitor says "active".
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <gtest/gtest.h>

#include "tests/integration/agent_process.h"
#include "tests/support/server_process.h"
#include "tests/systemd/systemd_world.h"

namespace hale::testing {
namespace {

using Poco::JSON::Array;
using Poco::JSON::Object;

constexpr std::chrono::seconds kPatience{30};

// Listens where it is told to, says why where it cannot, as most programs do.
std::string dashboard(const std::string& port) {
  return "/usr/bin/python3 -m http.server " + port + " --bind 127.0.0.1";
}

std::string service(const std::string& command, const std::string& more = "") {
  return "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=" + command +
         "\nRestart=always\nRestartSec=200ms\n" + more;
}

class ConflictsTest : public SystemdTest {
 protected:
  void SetUp() override {
    SystemdTest::SetUp();
    if (!IsSkipped()) {
      systemd_.emplace();
    }
  }

  void start_agent(const std::string& more = "") {
    agent_.emplace("[agent]\nstate_dir = \"\"\n[systemd]\nbus = \"" + systemd_->bus() +
                   "\"\n[checks.conflicts]\ntype = \"conflicts\"\ninterval = \"1s\"\n" + more);
    ASSERT_TRUE(agent_->listening()) << agent_->log();
  }

  Object::Ptr get(const std::string& path) const {
    const Answer answer = http(agent_->port(), "GET", path);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Poco::JSON::Parser().parse(answer.body).extract<Object::Ptr>();
  }

  // The open finding of this kind; null: there is none.
  Object::Ptr open_finding(const std::string& kind) const {
    const Array::Ptr findings = get("/api/v1/findings")->getArray("findings");
    for (const auto& entry : *findings) {
      const auto& finding = entry.extract<Object::Ptr>();
      if (finding->getValue<std::string>("kind") == kind && finding->isNull("resolved")) {
        return finding;
      }
    }
    return nullptr;
  }
  std::string open_message(const std::string& kind) const {
    const Object::Ptr finding = open_finding(kind);
    return finding ? finding->getValue<std::string>("message") : "";
  }

  bool listens(const std::string& port) const {
    return run_program({"/bin/sh", "-c", "ss -Hltn sport = :" + port}).output.contains(port);
  }
  bool comes(const std::function<bool()>& condition) const {
    return eventually(condition, kPatience);
  }

  std::optional<SystemdWorld> systemd_;
  std::optional<AgentProcess> agent_;
};

TEST_F(ConflictsTest, ResolvesNothingWhileItCannotAskSystemd) {
  systemd_.emplace(SystemdWorld::Bus::kDaemon);
  systemd_->add("nelson.service", service("/bin/sh -c 'exit 3'"));
  systemd_->systemctl("start nelson.service");
  start_agent();
  ASSERT_TRUE(comes([this] { return open_finding("restart_loop"); }));
  systemd_->kill_bus();
  EXPECT_TRUE(comes([this] {
    return get("/api/v1/checks/conflicts")->getValue<std::string>("status") == "unknown";
  })) << http(agent_->port(), "GET", "/api/v1/checks/conflicts").body;
  EXPECT_TRUE(open_finding("restart_loop"));
  EXPECT_FALSE(http(agent_->port(), "GET", "/api/v1/events").body.contains("resolved"));
}

// By default systemd gives up at the fifth start within ten seconds: nothing restarts any more.
TEST_F(ConflictsTest, FindsALoopThatSystemdHasGivenUp) {
  systemd_->add("nelson.service", "[Service]\nExecStart=/bin/sh -c 'exit 3'\nRestart=always\n");
  systemd_->systemctl("start nelson.service");
  ASSERT_TRUE(
      comes([this] { return systemd_->property("nelson.service", "ActiveState") == "failed"; }));
  start_agent();
  EXPECT_TRUE(comes([this] {
    return open_message("restart_loop") ==
           "nelson.service was given up after 5 restarts, last: exit status 3";
  })) << open_message("restart_loop");
  systemd_->systemctl("reset-failed nelson.service");
  EXPECT_TRUE(comes([this] { return !open_finding("restart_loop"); }));
}

TEST_F(ConflictsTest, NamesBothServicesThatFightForAPort) {
  systemd_->add("athena-dashboard.service", service(dashboard("9100")));
  systemd_->add("nelson-dashboard.service", service(dashboard("9100")));
  systemd_->systemctl("start athena-dashboard.service");
  ASSERT_TRUE(comes([this] { return listens("9100"); }));
  systemd_->systemctl("start nelson-dashboard.service");
  start_agent();
  ASSERT_TRUE(comes([this] {
    return open_message("port_held")
        .starts_with(
            "nelson-dashboard.service cannot start: port 9100 is held by "
            "athena-dashboard.service (pid " +
            systemd_->property("athena-dashboard.service", "MainPID") + ") since ");
  })) << http(agent_->port(), "GET", "/api/v1/findings").body;
  EXPECT_TRUE(comes([this] {
    return open_message("port_held").contains(" restarts in 10 minutes");
  })) << open_message("port_held");
  EXPECT_EQ(open_finding("port_held")->getValue<std::string>("confidence"), "high");
  const Object::Ptr check = get("/api/v1/checks/conflicts");
  EXPECT_EQ(check->getValue<std::string>("status"), "unhealthy");
  EXPECT_EQ(check->getObject("last")->getValue<std::string>("reason"), "conflict");
  EXPECT_EQ(get("/api/v1/status")->getValue<int>("findings"), 1) << "one cause is one finding";
  EXPECT_TRUE(http(agent_->port(), "GET", "/metrics")
                  .body.contains("hale_findings{check=\"conflicts\",kind=\"port_held\","
                                 "severity=\"page\"} 1\n"));

  systemd_->systemctl("disable --now athena-dashboard.service");
  EXPECT_TRUE(comes([this] { return !open_finding("port_held"); })) << "it resolves by itself";
  EXPECT_TRUE(comes([this] {
    return get("/api/v1/checks/conflicts")->getValue<std::string>("status") == "healthy";
  })) << get("/api/v1/checks/conflicts")->getObject("last")->getValue<std::string>("message");
  const std::string events = http(agent_->port(), "GET", "/api/v1/events").body;
  EXPECT_TRUE(events.contains("\"kind\":\"finding\"")) << events;
  EXPECT_TRUE(events.contains("resolved")) << events;
}

TEST_F(ConflictsTest, NamesAHolderThatNobodyManages) {
  std::optional<test::ServerProcess> holder;
  holder.emplace(std::vector<std::string>{"/usr/bin/python3", "-m", "http.server", "9100", "--bind",
                                          "127.0.0.1"});
  EXPECT_TRUE(holder->wait_for(9100));
  systemd_->add("nelson.service", service(dashboard("9100")));
  systemd_->systemctl("start nelson.service");
  start_agent();
  EXPECT_TRUE(comes([&] {
    return open_message("port_held").contains("port 9100 is held by python3 (pid ");
  })) << open_message("port_held");
  holder.reset();
  EXPECT_TRUE(comes([this] { return !open_finding("port_held"); }));
}

// Services that stay up without their port, as one does whose listener has died.
TEST_F(ConflictsTest, SeesAPortThatIsLostAndOneThatAnotherTookOver) {
  for (const std::string port : {"9100", "9200"}) {
    systemd_->add("nelson-" + port + ".service",
                  "[Service]\nExecStart=/bin/sh -c '" + dashboard(port) + " & echo $! > " +
                      (systemd_->folder() / port).string() + "; exec sleep 1000'\n");
    systemd_->systemctl("start nelson-" + port + ".service");
  }
  systemd_->add("athena.service", service(dashboard("9200")));
  ASSERT_TRUE(comes([this] { return listens("9100") && listens("9200"); }));
  start_agent();
  ASSERT_TRUE(comes([this] {
    return http(agent_->port(), "GET", "/metrics")
        .body.contains("hale_conflicts_learned_ports{check=\"conflicts\"} 2\n");
  }));
  run_program({"/bin/sh", "-c", "cd " + systemd_->folder().string() + " && kill $(cat 9100 9200)"});
  ASSERT_TRUE(comes([this] { return !listens("9100") && !listens("9200"); }));
  systemd_->systemctl("start athena.service");
  // Not before they have been up for half a minute.
  const auto patience = std::chrono::seconds(70);
  EXPECT_TRUE(eventually(
      [this] {
        return open_message("port_lost") ==
               "nelson-9100.service runs, but does not listen on port 9100 any more";
      },
      patience))
      << open_message("port_lost");
  EXPECT_TRUE(open_message("owner_changed")
                  .starts_with("port 9200 of nelson-9200.service, which runs, is held by "
                               "athena.service (pid "))
      << open_message("owner_changed");
  systemd_->systemctl("stop athena.service nelson-9100.service");
  EXPECT_TRUE(comes([this] { return !open_finding("owner_changed"); }));
  systemd_->systemctl("restart nelson-9200.service");
  EXPECT_TRUE(comes([this] {
    return open_message("double_claim") ==
           "athena.service and nelson-9200.service both want port 9200: whichever starts second "
           "cannot";
  })) << "both are enabled, and were seen to listen there";
  systemd_->systemctl("disable athena.service");
  EXPECT_TRUE(comes([this] { return get("/api/v1/status")->getValue<int>("findings") == 0; }));
}

TEST_F(ConflictsTest, WarnsOfTwoSocketUnitsBeforeTheyMeet) {
  for (const std::string name : {"a", "b"}) {
    systemd_->add(name + ".service", "[Service]\nExecStart=/bin/sleep 1000\n");
    systemd_->add(name + ".socket", "[Socket]\nListenStream=127.0.0.1:9100\n");
  }
  systemd_->systemctl("start a.socket");
  start_agent();
  EXPECT_TRUE(comes([this] {
    return open_message("double_claim") ==
           "a.socket and b.socket both want port 9100: whichever starts second cannot";
  })) << open_message("double_claim");
  systemd_->systemctl("start b.socket");
  EXPECT_TRUE(comes([this] {
    return open_message("port_held")
        .starts_with("b.socket cannot start: port 9100 is held by a.socket");
  })) << open_message("port_held");
  EXPECT_FALSE(open_finding("double_claim")) << "one cause is one finding";
  systemd_->systemctl("disable b.socket");
  EXPECT_TRUE(comes([this] { return get("/api/v1/status")->getValue<int>("findings") == 0; }));
}

TEST_F(ConflictsTest, CallsARestartLoopByItsName) {
  systemd_->add("nelson.service",
                service("/bin/sh -c 'echo cannot read /etc/nelson.conf; exit 3'"));
  systemd_->systemctl("start nelson.service");
  start_agent("quote_journal = true\n");
  EXPECT_TRUE(comes([this] {
    const std::string message = open_message("restart_loop");
    return message.starts_with("nelson.service does not stay up: ") &&
           message.ends_with("exit status 3; its journal: cannot read /etc/nelson.conf");
  })) << open_message("restart_loop");
  systemd_->systemctl("stop nelson.service");
  EXPECT_TRUE(comes([this] { return !open_finding("restart_loop"); }));
}

}  // namespace
}  // namespace hale::testing
