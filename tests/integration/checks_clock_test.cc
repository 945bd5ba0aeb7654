// The check against a real chronyd, which leaves the system's clock alone, and against servers that
// are each wrong in one way.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks/clock/ntp_packet.h"
#include "checks/clock_check.h"
#include "tests/integration/agent_process.h"
#include "tests/support/probe_datagrams.h"
#include "tests/support/probe_folder.h"
#include "tests/support/probe_sockets.h"
#include "tests/support/probe_world.h"

extern char** environ;

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Bytes;
using test::ProbeDatagrams;
using test::ProbeFolder;
using test::ProbeRun;
using test::ProbeWorld;

ClockOptions options(const std::vector<std::string>& servers, std::size_t min_servers = 1) {
  ClockOptions made;
  for (const std::string& server : servers) {
    made.servers.push_back(*parse_ntp_server(server));
  }
  made.min_servers = min_servers;
  return made;
}

double value_of(const CheckResult& result, std::string_view name) {
  for (const monitor::Measurement& measurement : result.measurements) {
    if (measurement.name == name) {
      return measurement.value;
    }
  }
  return -1;
}

void put(Bytes& packet, std::size_t at, std::uint64_t value) {
  for (std::size_t i = 0; i < 8; ++i) {
    packet[at + i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  }
}

// The answer of a good server whose clock is `ahead` of ours.
Bytes good_answer(const Bytes& request, seconds ahead = seconds(0)) {
  Bytes answer(kNtpPacketSize);
  answer[0] = 0x24;
  answer[1] = 2;
  std::copy_n(request.begin() + 40, 8, answer.begin() + 24);
  const NtpTime now = to_ntp(std::chrono::system_clock::now() + ahead);
  put(answer, 32, now);
  put(answer, 40, now);
  return answer;
}

// A server that answers well but for what `spoil` does to the answer.
ProbeDatagrams::Script spoiling(const std::function<void(Bytes&)>& spoil) {
  return [spoil](const Bytes& request) {
    Bytes answer = good_answer(request);
    spoil(answer);
    return std::vector<Bytes>{answer};
  };
}

void kiss(Bytes& answer, const char* code) {
  answer[0] = 0xE4;
  answer[1] = 0;
  std::copy_n(code, 4, answer.begin() + 12);
}

TEST(ClockCheckTest, ComparesWithAServer) {
  const ProbeDatagrams server(
      [](const Bytes& request) { return std::vector<Bytes>{good_answer(request)}; });
  ClockCheck check(options({server.address()}));
  ProbeWorld world;
  const ProbeRun run = world.run(check, seconds(5));
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  EXPECT_LT(value_of(run.result, "offset"), 0.1);
  EXPECT_EQ(value_of(run.result, "stratum"), 2);
  EXPECT_EQ(run.peer, server.address());
}

TEST(ClockCheckTest, MeasuresHowFarOffTheClockIs) {
  for (const seconds ahead : {seconds(3600), seconds(-30), seconds(40L * 366 * 86400)}) {
    SCOPED_TRACE(ahead.count());
    const ProbeDatagrams server(
        [ahead](const Bytes& request) { return std::vector<Bytes>{good_answer(request, ahead)}; });
    ClockCheck check(options({server.address()}));
    ProbeWorld world;
    const CheckResult result = world.run(check, seconds(5)).result;
    EXPECT_EQ(result.outcome.result, Result::kPass);
    EXPECT_NEAR(value_of(result, "offset"), std::abs(static_cast<double>(ahead.count())), 0.1);
  }
}

TEST(ClockCheckTest, ToldByServersThatLie) {
  struct Case {
    const char* what;
    ProbeDatagrams::Script script;
    Result result;
    Reason reason;
    Phase phase;
    const char* code;
  };
  const Case cases[] = {
      {"wrong origin", spoiling([](Bytes& a) { a[24] ^= 1U; }), Result::kFail, Reason::kProtocol,
       Phase::kFirstByte, "origin"},
      {"kiss RATE", spoiling([](Bytes& a) { kiss(a, "RATE"); }), Result::kUnknown,
       Reason::kRateLimited, Phase::kEvaluate, "RATE"},
      {"kiss DENY", spoiling([](Bytes& a) { kiss(a, "DENY"); }), Result::kFail, Reason::kAuth,
       Phase::kEvaluate, "DENY"},
      {"not synchronised", spoiling([](Bytes& a) { a[0] |= 0xC0U; }), Result::kFail,
       Reason::kStatus, Phase::kEvaluate, "unsynchronised"},
      {"silent", [](const Bytes&) { return std::vector<Bytes>(); }, Result::kFail, Reason::kTimeout,
       Phase::kFirstByte, ""},
      {"cut off", spoiling([](Bytes& a) { a.resize(47); }), Result::kFail, Reason::kProtocol,
       Phase::kFirstByte, "short"},
      {"empty", spoiling([](Bytes& a) { a.clear(); }), Result::kFail, Reason::kProtocol,
       Phase::kFirstByte, "short"},
      {"echo", [](const Bytes& request) { return std::vector<Bytes>{request}; }, Result::kFail,
       Reason::kProtocol, Phase::kFirstByte, "mode"},
      {"times that cannot be", spoiling([](Bytes& a) { put(a, 40, 1); }), Result::kFail,
       Reason::kProtocol, Phase::kEvaluate, "times"},
      {"flood of garbage", [](const Bytes&) { return std::vector<Bytes>(200, Bytes(500, 0xFF)); },
       Result::kFail, Reason::kProtocol, Phase::kFirstByte, "mode"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const ProbeDatagrams server(c.script);
    ClockCheck check(options({server.address()}));
    ProbeWorld world;
    const ProbeRun run = world.run(check, milliseconds(600));
    EXPECT_FALSE(run.cancelled) << "the check has the last word before its deadline";
    EXPECT_LE(run.took, milliseconds(600));
    EXPECT_EQ(to_string(run.result.outcome.result), to_string(c.result));
    EXPECT_EQ(to_string(run.result.outcome.reason), to_string(c.reason));
    EXPECT_EQ(to_string(run.result.outcome.phase), to_string(c.phase));
    EXPECT_EQ(run.result.outcome.code, c.code) << run.result.outcome.message;
    EXPECT_TRUE(run.result.outcome.message.starts_with(server.address() + ": "))
        << run.result.outcome.message;
    EXPECT_EQ(value_of(run.result, "offset"), -1);
  }
}

TEST(ClockCheckTest, AsksAgainWhereADatagramGetsLost) {
  std::atomic<int> seen = 0;
  const ProbeDatagrams server([&seen](const Bytes& request) {
    return ++seen < 3 ? std::vector<Bytes>() : std::vector<Bytes>{good_answer(request)};
  });
  ClockCheck check(options({server.address()}));
  ProbeWorld world;
  const ProbeRun run = world.run(check, seconds(1));
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  EXPECT_EQ(server.requests(), 3);
}

TEST(ClockCheckTest, WaitsForTheRightAnswerBehindForgedOnes) {
  const ProbeDatagrams server([](const Bytes& request) {
    Bytes forged = good_answer(request, seconds(9999));
    forged[25] ^= 0xFFU;
    return std::vector<Bytes>{forged, Bytes(3), forged, good_answer(request)};
  });
  ClockCheck check(options({server.address()}));
  ProbeWorld world;
  const CheckResult result = world.run(check, seconds(5)).result;
  EXPECT_EQ(result.outcome.result, Result::kPass) << result.outcome.message;
  EXPECT_LT(value_of(result, "offset"), 1);
}

TEST(ClockCheckTest, IsOutvotedWhereOneOfThreeLies) {
  const auto ahead = [](seconds by) {
    return [by](const Bytes& request) { return std::vector<Bytes>{good_answer(request, by)}; };
  };
  const ProbeDatagrams one(ahead(seconds(0)));
  const ProbeDatagrams two(ahead(seconds(5000)));
  const ProbeDatagrams three(ahead(seconds(0)));
  ClockCheck check(options({one.address(), two.address(), three.address()}, 3));
  ProbeWorld world;
  const CheckResult result = world.run(check, seconds(5)).result;
  EXPECT_EQ(result.outcome.result, Result::kPass) << result.outcome.message;
  EXPECT_LT(value_of(result, "offset"), 1);
  EXPECT_NEAR(value_of(result, "spread"), 5000, 1);
}

TEST(ClockCheckTest, DoesNotWaitLongerForOneThatIsSilentAndSaysSo) {
  const ProbeDatagrams good(
      [](const Bytes& request) { return std::vector<Bytes>{good_answer(request)}; });
  const ProbeDatagrams silent([](const Bytes&) { return std::vector<Bytes>(); });
  const test::ClosedPort closed;
  ClockCheck check(options({silent.address(), good.address(), "no-such-name.invalid"}));
  ProbeWorld world;
  const ProbeRun run = world.run(check, milliseconds(500));
  EXPECT_FALSE(run.cancelled);
  EXPECT_EQ(run.result.outcome.result, Result::kPass) << run.result.outcome.message;
  EXPECT_TRUE(run.result.outcome.message.contains("; " + silent.address() + ": no answer"))
      << run.result.outcome.message;
  EXPECT_EQ(value_of(run.result, "answering"), 1);
  ClockCheck strict(options({silent.address(), good.address()}, 2));
  const CheckResult failed = world.run(strict, milliseconds(500)).result;
  EXPECT_EQ(failed.outcome.result, Result::kFail);
  EXPECT_EQ(failed.outcome.reason, Reason::kTimeout);
}

TEST(ClockCheckTest, FailsAsRefusedWhereNobodyListens) {
  const test::ClosedPort closed;  // of TCP; of UDP it is free as well, or this machine is odd
  ClockCheck check(options({"127.0.0.1:" + std::to_string(closed.port())}));
  ProbeWorld world;
  const ProbeRun run = world.run(check, seconds(5));
  EXPECT_EQ(run.result.outcome.reason, Reason::kRefused) << run.result.outcome.message;
  EXPECT_LT(run.took, seconds(1)) << "one no is enough";
}

TEST(ClockCheckTest, LeavesAServerAloneThatAsksForIt) {
  const ProbeDatagrams server(spoiling([](Bytes& a) { kiss(a, "RATE"); }));
  ClockCheck check(options({server.address()}));
  ProbeWorld world;
  for (int i = 0; i < 3; ++i) {
    const CheckResult result = world.run(check, seconds(5)).result;
    EXPECT_EQ(result.outcome.reason, Reason::kRateLimited) << "it goes on counting";
  }
  EXPECT_EQ(server.requests(), 1);
}

TEST(ClockCheckTest, EndsAtOnceWhenItIsCancelled) {
  const ProbeDatagrams silent([](const Bytes&) { return std::vector<Bytes>(); });
  ClockCheck check(options({silent.address(), silent.address()}));
  ProbeWorld world;
  const ProbeRun run = world.run_and_cancel(check, seconds(20), milliseconds(50));
  EXPECT_TRUE(run.threw);
  EXPECT_LT(run.took, milliseconds(500));
}

// A real chronyd on free ports of the loopback, by its own clock.
class Chronyd {
 public:
  explicit Chronyd(const std::string& more) {
    const std::string program = find();
    if (program.empty()) {
      return;
    }
    ntp_port_ = free_port();
    command_port_ = free_port();
    const std::string file = folder_.write(
        "chrony.conf", "port " + std::to_string(ntp_port_) + "\ncmdport " +
                           std::to_string(command_port_) +
                           "\nbindaddress 127.0.0.1\nbindcmdaddress 127.0.0.1\nbindcmdaddress /\n"
                           "allow 127.0.0.1\npidfile " +
                           (folder_.path() / "pid").string() + "\n" + more);
    std::vector<std::string> words = {program, "-x", "-d", "-U", "-f", file};
    if (::geteuid() == 0) {
      words.insert(words.end(), {"-u", "root"});
    }
    std::vector<char*> arguments;
    for (std::string& word : words) {
      arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    const std::string log = folder_.path() / "log";
    ::posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT, 0600);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (::posix_spawn(&pid_, program.c_str(), &actions, nullptr, arguments.data(), environ) != 0) {
      pid_ = -1;
    }
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~Chronyd() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  Chronyd(const Chronyd&) = delete;
  Chronyd& operator=(const Chronyd&) = delete;

  bool started() const { return pid_ > 0; }
  std::string ntp() const { return "127.0.0.1:" + std::to_string(ntp_port_); }
  asio::ip::udp::endpoint command() const {
    return {asio::ip::address_v4::loopback(), command_port_};
  }

 private:
  static std::string find() {
    for (const char* path :
         {HALE_SOURCE_DIR "/build/tools/usr/sbin/chronyd", "/usr/sbin/chronyd"}) {
      if (::access(path, X_OK) == 0) {
        return path;
      }
    }
    return "";
  }
  static std::uint16_t free_port() {
    const ProbeDatagrams probe([](const Bytes&) { return std::vector<Bytes>(); });
    return probe.port();
  }

  ProbeFolder folder_;
  std::uint16_t ntp_port_ = 0;
  std::uint16_t command_port_ = 0;
  pid_t pid_ = -1;
};

constexpr const char* kNoChronyd =
    "SKIPPED LOUDLY: no chronyd (packaging/setup test takes it out of Debian's package)";

TEST(ClockCheckTest, ComparesWithARealServer) {
  const Chronyd chronyd("local stratum 3\n");
  if (!chronyd.started()) {
    GTEST_SKIP() << kNoChronyd;
  }
  ClockCheck check(options({chronyd.ntp()}));
  ProbeWorld world;
  CheckResult result;
  EXPECT_TRUE(testing::eventually([&] {
    result = world.run(check, seconds(1)).result;
    return result.outcome.result == Result::kPass;
  })) << result.outcome.message;
  EXPECT_LT(value_of(result, "offset"), 0.1) << "its clock is ours";
  EXPECT_EQ(value_of(result, "stratum"), 3);
}

TEST(ClockCheckTest, DoesNotTrustARealServerThatIsNotSynchronised) {
  const Chronyd chronyd("");
  if (!chronyd.started()) {
    GTEST_SKIP() << kNoChronyd;
  }
  ClockCheck check(options({chronyd.ntp()}));
  ProbeWorld world;
  CheckResult result;
  EXPECT_TRUE(testing::eventually([&] {
    result = world.run(check, seconds(1)).result;
    return result.outcome.reason == Reason::kStatus;
  })) << result.outcome.message;
  EXPECT_EQ(result.outcome.code, "unsynchronised");
}

TEST(ClockCheckTest, AsksARealChronydHowItDoes) {
  for (const bool synchronised : {true, false}) {
    SCOPED_TRACE(synchronised);
    const Chronyd chronyd(synchronised ? "local stratum 3\n" : "");
    if (!chronyd.started()) {
      GTEST_SKIP() << kNoChronyd;
    }
    ClockCheck check(ClockOptions{.chrony = chronyd.command()});
    ProbeWorld world;
    CheckResult result;
    EXPECT_TRUE(testing::eventually([&] {
      result = world.run(check, seconds(1)).result;
      return result.outcome.message.contains("chronyd");
    })) << result.outcome.message;
    EXPECT_EQ(value_of(result, "synchronised"), synchronised ? 1 : 0);
    EXPECT_EQ(result.outcome.result, synchronised ? Result::kPass : Result::kWarn);
    EXPECT_EQ(value_of(result, "stratum"), synchronised ? 3 : -1);
  }
}

TEST(ClockCheckTest, GoesOnToTheKernelWhereChronydIsSilentOrSomebodyElse) {
  const ProbeDatagrams silent([](const Bytes&) { return std::vector<Bytes>(); });
  const ProbeDatagrams other([](const Bytes&) { return std::vector<Bytes>(50, Bytes(104, 6)); });
  const test::ClosedPort closed;
  for (const std::uint16_t port : {silent.port(), other.port(), closed.port()}) {
    ClockCheck check(
        ClockOptions{.chrony = asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), port)});
    ProbeWorld world;
    const ProbeRun run = world.run(check, seconds(5));
    EXPECT_FALSE(run.result.outcome.message.empty());
    EXPECT_FALSE(run.result.outcome.message.contains("chronyd")) << run.result.outcome.message;
    EXPECT_LT(run.took, seconds(2));
  }
}

}  // namespace
}  // namespace hale::checks
