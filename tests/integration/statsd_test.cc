// What applications send to a real agent, and where it shows.
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

#include "monitor/runtime/listening_socket.h"
#include "tests/integration/agent_process.h"
#include "tests/support/datagram_sender.h"
#include "tests/support/probe_folder.h"

namespace hale::testing {
namespace {

class StatsdTest : public ::testing::Test {
 protected:
  std::string socket() const { return "unix:" + (folder_.path() / "statsd.sock").string(); }
  std::string configuration() const {
    return "[statsd]\nlisten = \"" + socket() + "\"\n" + R"(
[operations]
labels = ["model"]
[operations.slo.llm_chat]
success = "90%"

[checks.backup]
type = "heartbeat"
critical = true

[checks.guarded]
type = "heartbeat"
token = { file = "token" }
)";
  }

  test::ProbeFolder folder_;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(StatsdTest, WhatIsSentShowsInTheApiInMetricsAndInChecks) {
  const std::string token = folder_.write("token", "let-me-in");
  std::string text = configuration();
  text.replace(text.find("\"token\" }"), 7, '"' + token + '"');
  AgentProcess agent(text);
  ASSERT_TRUE(agent.listening()) << agent.log();
  const auto get = [&](const std::string& path) { return http(agent.port(), "GET", path).body; };

  const DatagramSender sender(monitor::parse_listen_address(socket()).value());
  ASSERT_TRUE(
      sender.send("llm_chat:812|ms|#model:small,user:42\nllm_chat:1:2:3|d|#model:small\n"
                  "llm_chat:30000|ms|#model:small,success:false,reason:timeout\n"
                  "jobs.done:3|c\nnonsense\n"
                  "_sc|backup|2|m:disk full\n_sc|guarded|0\n_sc|nobody|0"));

  EXPECT_TRUE(eventually([&] {
    return has(get("/api/v1/checks/backup"), "disk full") &&
           has(get("/api/v1/operations"),
               R"("rejected":{"malformed":1,"unknown_check":1,"forbidden":1})");
  })) << get("/api/v1/operations");
  EXPECT_TRUE(has(get("/api/v1/status"), R"("backup":{"status":"unhealthy")"));
  EXPECT_TRUE(has(get("/api/v1/status"), R"("guarded":{"status":"pending")"));
  EXPECT_TRUE(has(get("/api/v1/status"), R"("components":{"state":"on","statsd":"on"})"));

  EXPECT_TRUE(has(get("/api/v1/operations"), R"("calls":{"total":5,"pass":4,"fail":1})"));
  const std::string metrics = get("/metrics");
  EXPECT_TRUE(
      has(metrics, R"(hale_operations_total{operation="llm_chat",model="small",result="fail"} 1)"));
  EXPECT_TRUE(has(metrics, "hale_statsd_jobs_done_total 3"));
  EXPECT_TRUE(has(metrics,
                  R"(hale_operation_slo_good_events_total{operation="llm_chat",model="small",slo=)"
                  R"("success"} 4)"));

  // A good report makes it well again, at once.
  ASSERT_TRUE(sender.send("_sc|backup|0"));
  EXPECT_TRUE(
      eventually([&] { return has(get("/api/v1/status"), R"("backup":{"status":"healthy")"); }));
  EXPECT_EQ(agent.stop(), 0) << agent.log();
}

TEST_F(StatsdTest, AnAddressThatIsTakenEndsTheAgentAndNamesTheHolder) {
  const auto taken = monitor::ListeningSocket::open(
      monitor::parse_listen_address("127.0.0.1:0").value(), monitor::Transport::kDatagram);
  ASSERT_TRUE(taken);
  const std::string file = folder_.write("hale.toml", "[http]\nlisten = [\"127.0.0.1:0\"]\n");
  const std::string address = to_string(taken->address());
  const Finished finished = run_hale({"run", "-c", file, "--set", "statsd.listen=" + address});
  EXPECT_EQ(finished.status, 69);
  EXPECT_TRUE(has(finished.err, "cannot listen on " + address + ": Address already in use"))
      << finished.err;
  EXPECT_TRUE(has(finished.err, "(pid " + std::to_string(getpid()) + ")")) << finished.err;
}

// Sends a datagram again and again, for as long as it lives.
class Flood {
 public:
  Flood(const std::string& socket, std::string datagram)
      : thread_([this, address = monitor::parse_listen_address(socket).value(),
                 sent = std::move(datagram)] {
          const DatagramSender sender(address);
          while (!done_) {
            sender.send(sent);
          }
        }) {}
  ~Flood() {
    done_ = true;
    thread_.join();
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

 private:
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

TEST_F(StatsdTest, AFloodOfServiceChecksKeepsNoReportOut) {
  AgentProcess agent("[statsd]\nlisten = \"" + socket() + R"("
[checks.noisy]
type = "heartbeat"
[checks.job]
type = "heartbeat"
)");
  ASSERT_TRUE(agent.listening()) << agent.log();
  {
    const Flood flood(socket(), "_sc|noisy|0\n_sc|noisy|2|m:again\n_sc|nobody|0\n");
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(http(agent.port(), "POST", "/api/v1/checks/job/heartbeat").status, 200);
      EXPECT_EQ(http(agent.port(), "GET", "/livez").status, 200);
    }
    EXPECT_TRUE(eventually([&] {
      const std::string operations = http(agent.port(), "GET", "/api/v1/operations").body;
      return has(operations, R"("overloaded":)") && has(operations, R"("unknown_check":)");
    }));
  }
  EXPECT_EQ(agent.stop(), 0);
}

TEST_F(StatsdTest, AFloodOfNamesIsCappedAndHurtsNobody) {
  AgentProcess agent("[statsd]\nlisten = \"" + socket() +
                     "\"\n[operations]\nmax_operations = 10\n");
  ASSERT_TRUE(agent.listening()) << agent.log();
  const DatagramSender sender(monitor::parse_listen_address(socket()).value());
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(sender.send("made_up_" + std::to_string(i) + ":1|ms"));
  }
  EXPECT_TRUE(eventually([&] {
    return has(http(agent.port(), "GET", "/api/v1/operations").body, R"("too_many":1990)");
  })) << http(agent.port(), "GET", "/api/v1/operations").body;

  // A name that is far too long, with as many values as fit; and a line that packs as many.
  std::string packed = std::string(32'000, 'x') + ":1";
  std::string good = "made_up_1:1";
  while (packed.size() < 64'000) {
    packed += ":1";
    good += ":1";
  }
  {
    const Flood flood(socket(), packed + "|c");
    const Flood another(socket(), good + "|ms|@0.0001");
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ(http(agent.port(), "GET", "/livez").status, 200);
      EXPECT_EQ(http(agent.port(), "GET", "/metrics").status, 200);
    }
  }
  EXPECT_EQ(agent.stop(), 0);
}

}  // namespace
}  // namespace hale::testing
