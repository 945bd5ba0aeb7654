// The program as its users meet it: started, asked, misused, stopped.
#include <csignal>
#include <filesystem>
#include <fstream>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/agent_process.h"

namespace hale::testing {
namespace {

using namespace std::chrono_literals;

// A listening TCP socket on a free port of 127.0.0.1.
class Listener {
 public:
  explicit Listener(int backlog = 16) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
    ::listen(fd_, backlog);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }
  void close() {
    if (fd_ >= 0) {
      ::close(fd_);
      fd_ = -1;
    }
  }

 private:
  int fd_;
  int port_ = 0;
};

std::string tcp_check(const std::string& name, int port, const std::string& more = "") {
  return "[checks." + name +
         "]\ntype = \"tcp\"\nhost = \"127.0.0.1\"\nport = " + std::to_string(port) + "\n" + more +
         "\n";
}

TEST(AgentTest, WatchesItsHostOutOfTheBoxAndStopsCleanly) {
  AgentProcess agent;
  ASSERT_TRUE(agent.listening()) << agent.log();
  EXPECT_EQ(http(agent.port(), "GET", "/livez").status, 200);
  EXPECT_TRUE(eventually([&] { return http(agent.port(), "GET", "/readyz").status == 200; }));
  const Answer status = http(agent.port(), "GET", "/api/v1/status");
  EXPECT_EQ(status.status, 200);
  for (const char* check : {"\"disks\"", "\"memory\"", "\"load\"", "\"hale\""}) {
    EXPECT_NE(status.body.find(check), std::string::npos) << check << " in " << status.body;
  }
  const Answer own = http(agent.port(), "GET", "/api/v1/checks/hale");
  EXPECT_NE(own.body.find("\"target\":\"" + agent.address() + "\""), std::string::npos) << own.body;
  EXPECT_NE(own.body.find("\"status\":\"healthy\""), std::string::npos) << own.body;
  EXPECT_EQ(agent.stop(2s), 0) << agent.log();
}

TEST(AgentTest, NamesWhoHoldsTheAddressThatItCannotHave) {
  const Listener taken;
  const std::string address = "127.0.0.1:" + std::to_string(taken.port());
  const Finished finished = run_hale({"run", "--listen", address});
  EXPECT_EQ(finished.status, 69);
  EXPECT_NE(finished.err.find("cannot listen on " + address), std::string::npos) << finished.err;
  EXPECT_NE(finished.err.find("(pid " + std::to_string(::getpid()) + ")"), std::string::npos)
      << finished.err;
}

TEST(AgentTest, RefusesAnInvalidConfigurationAndSaysWhere) {
  const std::string file = std::filesystem::temp_directory_path() /
                           ("hale-invalid-" + std::to_string(::getpid()) + ".toml");
  std::ofstream(file) << "[checks.web]\ntype = \"tcp\"\nhost = \"x\"\nprot = 80\n";
  for (const char* command : {"run", "validate"}) {
    SCOPED_TRACE(command);
    const Finished finished = run_hale({command, "-c", file});
    EXPECT_EQ(finished.status, 78);
    EXPECT_NE(finished.err.find(file + ":4:1: checks.web: unknown key \"prot\"; did you mean "
                                       "\"port\"?"),
              std::string::npos)
        << finished.err;
  }
  std::filesystem::remove(file);
}

TEST(AgentTest, SaysThatARefusedPortIsUnhealthyAndWhy) {
  Listener service;
  AgentProcess agent(tcp_check("web", service.port(),
                               "critical = true\ninterval = \"200ms\"\ntimeout = \"100ms\""));
  ASSERT_TRUE(agent.listening()) << agent.log();
  EXPECT_TRUE(eventually([&] {
    return http(agent.port(), "GET", "/healthz").body == "healthy\n" ||
           http(agent.port(), "GET", "/healthz").body == "healthy";
  }));
  service.close();
  EXPECT_TRUE(eventually([&] { return http(agent.port(), "GET", "/healthz").status == 503; }));
  const Answer check = http(agent.port(), "GET", "/api/v1/checks/web");
  EXPECT_NE(check.body.find("\"status\":\"unhealthy\""), std::string::npos) << check.body;
  EXPECT_NE(check.body.find("\"reason\":\"refused\""), std::string::npos) << check.body;
  EXPECT_NE(check.body.find("\"code\":\"ECONNREFUSED\""), std::string::npos) << check.body;
  EXPECT_NE(agent.log().find("\"message\":\"status\",\"check\":\"web\",\"from\":\"healthy\","
                             "\"to\":\"unhealthy\",\"reason\":\"refused\""),
            std::string::npos)
      << agent.log();

  const Finished status = run_hale({"status", "--url", agent.url()});
  EXPECT_EQ(status.status, 2);
  EXPECT_NE(status.out.find("unhealthy"), std::string::npos) << status.out;
  const Finished explained = run_hale({"explain", "web", "--url", agent.url()});
  EXPECT_EQ(explained.status, 0) << explained.err;
  EXPECT_NE(explained.out.find("refused in connect (ECONNREFUSED)"), std::string::npos)
      << explained.out;
  const Finished events = run_hale({"events", "--url", agent.url()});
  EXPECT_EQ(events.status, 0) << events.err;
  EXPECT_NE(events.out.find("healthy -> unhealthy"), std::string::npos) << events.out;
}

TEST(AgentTest, PausesAndResumesFromTheCommandLine) {
  const Listener service;
  AgentProcess agent(tcp_check("web", service.port()));
  ASSERT_TRUE(agent.listening()) << agent.log();
  const Finished paused =
      run_hale({"pause", "web", "--for", "1h", "--reason", "works", "--url", agent.url()});
  EXPECT_EQ(paused.status, 0) << paused.err;
  EXPECT_EQ(paused.out, "web is paused for 1h\n");
  EXPECT_NE(http(agent.port(), "GET", "/api/v1/checks/web").body.find("\"status\":\"paused\""),
            std::string::npos);
  const Finished resumed = run_hale({"resume", "web", "--url", agent.url()});
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  EXPECT_TRUE(
      eventually([&] { return run_hale({"status", "web", "--url", agent.url()}).status == 0; }));
  const Finished unknown = run_hale({"pause", "wbe", "--url", agent.url()});
  EXPECT_EQ(unknown.status, 64);
  EXPECT_NE(unknown.err.find("no check named \"wbe\"; did you mean \"web\"?"), std::string::npos)
      << unknown.err;
}

TEST(AgentTest, ChecksOnceWithoutADaemonAndExitsWithTheStatus) {
  Listener service;
  const std::string file = std::filesystem::temp_directory_path() /
                           ("hale-check-" + std::to_string(::getpid()) + ".toml");
  std::ofstream(file) << tcp_check("web", service.port(), "critical = true");
  const Finished well = run_hale({"check", "-c", file});
  EXPECT_EQ(well.status, 0) << well.err;
  EXPECT_NE(well.out.find("web"), std::string::npos) << well.out;
  service.close();
  const Finished refused = run_hale({"check", "-c", file, "--json"});
  EXPECT_EQ(refused.status, 2) << refused.err;
  EXPECT_NE(refused.out.find("\"overall_status\":\"unhealthy\""), std::string::npos) << refused.out;
  const Finished misspelt = run_hale({"check", "-c", file, "wbe"});
  EXPECT_EQ(misspelt.status, 64);
  EXPECT_NE(misspelt.err.find("did you mean \"web\"?"), std::string::npos) << misspelt.err;
  std::filesystem::remove(file);
}

TEST(AgentTest, TellsTheStoryOfARun) {
  const Listener service;
  const std::string file = std::filesystem::temp_directory_path() /
                           ("hale-story-" + std::to_string(::getpid()) + ".toml");
  std::ofstream(file) << "[checks.web]\ntype = \"tcp\"\nhost = \"localhost\"\nport = " +
                             std::to_string(service.port()) + "\n";
  const Finished told = run_hale({"check", "-c", file, "web", "--verbose"});
  EXPECT_EQ(told.status, 0) << told.err;
  for (const char* part :
       {"web (tcp) localhost:", "localhost has the addresses ", "127.0.0.1", "Result", "phases"}) {
    EXPECT_NE(told.out.find(part), std::string::npos) << part << " in\n" << told.out;
  }
  std::filesystem::remove(file);
}

TEST(AgentTest, ReadsNoConfigurationAnewAndSaysSo) {
  AgentProcess agent;
  ASSERT_TRUE(agent.listening()) << agent.log();
  ASSERT_EQ(::kill(agent.pid(), SIGHUP), 0);
  EXPECT_TRUE(eventually([&] { return agent.log().contains("SIGHUP is ignored"); }));
  EXPECT_EQ(http(agent.port(), "GET", "/livez").status, 200);
  EXPECT_EQ(agent.stop(2s), 0) << agent.log();
}

TEST(AgentTest, SaysThatALookWhichFailedIsUnknownAtOnce) {
  const std::string file = std::filesystem::temp_directory_path() /
                           ("hale-unknown-" + std::to_string(::getpid()) + ".toml");
  std::ofstream(file) << "[checks.it]\ntype = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", "
                         "\"exit 3\"]\n";
  const Finished finished = run_hale({"check", "-c", file});
  EXPECT_EQ(finished.status, 3) << finished.err;
  EXPECT_TRUE(finished.out.contains("1 check (1 unknown)")) << finished.out;
  std::filesystem::remove(file);
}

TEST(AgentTest, SaysThatNoDaemonCanBeReached) {
  Listener service;
  const std::string url = "http://127.0.0.1:" + std::to_string(service.port());
  service.close();
  for (const char* command : {"status", "events"}) {
    const Finished finished = run_hale({command, "--url", url});
    EXPECT_EQ(finished.status, 69) << command;
    EXPECT_NE(finished.err.find("cannot reach a daemon at " + url), std::string::npos)
        << finished.err;
  }
}

TEST(AgentTest, ServesAndIsAskedOverAUnixSocket) {
  const std::string socket = std::filesystem::temp_directory_path() /
                             ("hale-agent-" + std::to_string(::getpid()) + ".sock");
  const Listener service;
  AgentProcess agent(tcp_check("web", service.port()), {"--listen", "unix:" + socket});
  ASSERT_TRUE(agent.listening()) << agent.log();
  const std::string url = "unix:" + socket;
  EXPECT_TRUE(eventually([&] { return run_hale({"status", "web", "--url", url}).status == 0; }));
  const Finished paused = run_hale({"pause", "web", "--url", url});
  EXPECT_EQ(paused.status, 0) << paused.err;
  EXPECT_EQ(paused.out, "web is paused\n");
  EXPECT_EQ(agent.stop(2s), 0) << agent.log();
  EXPECT_FALSE(std::filesystem::exists(socket));
  const Finished gone = run_hale({"status", "--url", url});
  EXPECT_EQ(gone.status, 69);
  EXPECT_NE(gone.err.find("cannot reach a daemon at " + url), std::string::npos) << gone.err;
}

TEST(AgentTest, SaysHowAConfigurationDiffersFromWhatRuns) {
  const Listener service;
  const std::string agent_table = "[agent]\nstate_dir = \"\"\n";
  AgentProcess agent(agent_table + tcp_check("web", service.port()));
  ASSERT_TRUE(agent.listening()) << agent.log();
  const std::string file = std::filesystem::temp_directory_path() /
                           ("hale-diff-" + std::to_string(::getpid()) + ".toml");
  const std::string listen = agent_table + "[http]\nlisten = [\"" + agent.address() + "\"]\n";
  std::ofstream(file) << listen << tcp_check("web", service.port());
  const Finished same = run_hale({"validate", "-c", file, "--diff"});
  EXPECT_EQ(same.status, 0) << same.err;
  EXPECT_EQ(same.out, "the daemon at " + agent.url() + " runs this configuration\n");
  std::ofstream(file) << listen << tcp_check("web", service.port(), "interval = \"7s\"");
  const Finished other = run_hale({"validate", "-c", file, "--diff"});
  EXPECT_EQ(other.status, 1) << other.err;
  EXPECT_NE(other.out.find("~ checks.web.interval: \"10s\" -> \"7s\"\n"), std::string::npos)
      << other.out;
  std::filesystem::remove(file);
}

TEST(AgentTest, StopsInTimeWhileConnectionsHang) {
  // A backlog of zero holds one connection; whoever comes later waits for an answer to its SYN.
  const Listener swallowing(0);
  std::string configuration;
  for (int i = 0; i < 20; ++i) {
    configuration += tcp_check("c" + std::to_string(i), swallowing.port(),
                               "interval = \"60s\"\ntimeout = \"30s\"");
  }
  AgentProcess agent(configuration);
  ASSERT_TRUE(agent.listening()) << agent.log();
  EXPECT_EQ(http(agent.port(), "GET", "/livez").status, 200);
  EXPECT_EQ(agent.stop(2s), 0) << agent.log();
}

TEST(AgentTest, PrintsItsTypesItsSchemaAndItsVersion) {
  const Finished types = run_hale({"types"});
  EXPECT_EQ(types.status, 0);
  for (const char* type : {"tcp", "disk", "memory", "load"}) {
    EXPECT_NE(types.out.find(type), std::string::npos) << type;
    EXPECT_EQ(run_hale({"types", type}).status, 0) << type;
    EXPECT_TRUE(run_hale({"types", type, "--markdown"}).out.starts_with("## Example")) << type;
  }
  EXPECT_EQ(run_hale({"types", "dsk"}).status, 64);
  EXPECT_EQ(run_hale({"types", "--json", "--markdown"}).status, 64);
  EXPECT_EQ(run_hale({"schema"}).status, 0);
  EXPECT_EQ(run_hale({"version"}).out.substr(0, 5), "hale ");
  EXPECT_EQ(run_hale({"simulate"}).status, 64);
  EXPECT_EQ(run_hale({}).status, 64);
}

}  // namespace
}  // namespace hale::testing
