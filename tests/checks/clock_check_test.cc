#include "checks/clock_check.h"

#include <cerrno>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "checks/clock/kernel_clock.h"

namespace hale::checks {
namespace {

using monitor::CheckResult;
using monitor::Outcome;
using monitor::Phase;
using monitor::Reason;
using monitor::Result;

std::map<std::string, double> values_of(const CheckResult& result) {
  std::map<std::string, double> values;
  for (const monitor::Measurement& measurement : result.measurements) {
    values[measurement.name] = measurement.value;
  }
  return values;
}

NtpReply reply(double offset, double distance = 0.01, const char* peer = "192.0.2.1:123") {
  NtpReply made;
  made.sample.offset_s = offset;
  made.sample.delay_s = 0.004;
  made.sample.root_distance_s = distance;
  made.sample.stratum = 2;
  made.peer = peer;
  return made;
}

std::unexpected<Outcome> failure(const char* message) {
  return std::unexpected(Outcome::fail(Reason::kTimeout, Phase::kFirstByte, message));
}

TEST(ServerClockTest, IsTheMedianSoThatOneLiarDoesNotMatter) {
  const CheckResult result =
      server_clock_result({reply(0.5, 0.01, "a:123"), reply(-3600), failure("x: no answer"),
                           reply(-0.25, 0.02, "b:123")},
                          1);
  EXPECT_EQ(result.outcome.result, Result::kPass);
  EXPECT_EQ(result.outcome.message,
            "250 ms ahead of b:123 (stratum 2, root distance 20 ms), 3 servers within 1h; x: no "
            "answer");
  EXPECT_EQ(values_of(result), (std::map<std::string, double>{{"offset", 0.25},
                                                              {"stratum", 2},
                                                              {"root_distance", 0.02},
                                                              {"delay", 0.004},
                                                              {"spread", 3600.5},
                                                              {"answering", 3}}));
  EXPECT_EQ(result.measurements.front().total, 4);
}

TEST(ServerClockTest, OfTwoTrustsTheOneThatIsNearerToAReferenceClock) {
  EXPECT_EQ(values_of(server_clock_result({reply(5, 0.5), reply(1, 0.1)}, 1))["offset"], 1);
  EXPECT_EQ(values_of(server_clock_result({reply(5, 0.1), reply(1, 0.5)}, 1))["offset"], 5);
  EXPECT_EQ(values_of(server_clock_result({reply(-5, 0.1)}, 1))["offset"], 5);
}

TEST(ServerClockTest, FailsWhereTooFewAnswer) {
  const CheckResult none = server_clock_result({failure("a: silent"), failure("b: silent")}, 1);
  EXPECT_EQ(none.outcome.result, Result::kFail);
  EXPECT_EQ(none.outcome.reason, Reason::kTimeout);
  EXPECT_EQ(none.outcome.message, "a: silent; b: silent");
  EXPECT_EQ(values_of(none), (std::map<std::string, double>{{"answering", 0}}));
  const CheckResult few = server_clock_result({reply(0.001), failure("b: silent")}, 2);
  EXPECT_EQ(few.outcome.result, Result::kFail);
  EXPECT_TRUE(few.outcome.message.starts_with("1 of 2 servers gave a time, 2 wanted: "))
      << few.outcome.message;
  EXPECT_EQ(values_of(few)["offset"], 0.001);
}

TEST(LocalClockTest, TakesTheKernelsWord) {
  const CheckResult good = local_clock_result(
      KernelClock{
          .synchronised = true, .estimated_error_s = 0.002, .maximum_error_s = 0.05, .leap = 1},
      std::nullopt);
  EXPECT_EQ(good.outcome.message,
            "synchronised by the kernel's account, estimated error 2 ms, at most 50 ms, a leap "
            "second will be inserted");
  EXPECT_EQ(values_of(good),
            (std::map<std::string, double>{
                {"synchronised", 1}, {"root_distance", 0.05}, {"estimated_error", 0.002}}));
  const CheckResult bad = local_clock_result(KernelClock{.maximum_error_s = 16}, std::nullopt);
  EXPECT_EQ(bad.outcome.result, Result::kWarn);
  EXPECT_EQ(bad.outcome.reason, Reason::kStatus);
  EXPECT_EQ(values_of(bad), (std::map<std::string, double>{{"synchronised", 0}}));
  const CheckResult denied = local_clock_result(std::unexpected(EPERM), std::nullopt);
  EXPECT_EQ(denied.outcome.result, Result::kUnknown);
  EXPECT_EQ(denied.outcome.reason, Reason::kPermission);
  EXPECT_EQ(local_clock_result(std::unexpected(ENOSYS), std::nullopt).outcome.reason,
            Reason::kUnsupported);
}

TEST(LocalClockTest, PrefersWhatChronydKnows) {
  ChronyTracking tracking;
  tracking.stratum = 3;
  tracking.correction_s = -0.5;
  tracking.root_delay_s = 0.02;
  tracking.root_dispersion_s = 0.01;
  const CheckResult good = local_clock_result(std::unexpected(EPERM), tracking);
  EXPECT_EQ(good.outcome.message,
            "500 ms ahead by chronyd's reckoning, stratum 3, root distance 20 ms");
  EXPECT_EQ(values_of(good)["offset"], 0.5);
  tracking.reference = 0x7F7F0101;
  EXPECT_TRUE(local_clock_result(KernelClock{}, tracking)
                  .outcome.message.ends_with(", by its own clock alone"));
  tracking.leap = 3;
  const CheckResult bad = local_clock_result(KernelClock{.synchronised = true}, tracking);
  EXPECT_EQ(bad.outcome.result, Result::kWarn);
  EXPECT_EQ(values_of(bad), (std::map<std::string, double>{{"synchronised", 0}}));
}

TEST(LocalClockTest, WorksOnThisMachine) {
  const auto kernel = read_kernel_clock();
  if (!kernel) {
    GTEST_SKIP() << "SKIPPED LOUDLY: adjtimex() is not permitted here";
  }
  EXPECT_GE(kernel->maximum_error_s, 0);
  EXPECT_LE(local_clock_result(kernel, std::nullopt).outcome.result, Result::kWarn);
}

TEST(ClockCheckTest, RefusesWhatCannotWork) {
  const auto made = [](std::vector<std::string> servers, std::int64_t least, const char* chrony) {
    monitor::Parameters parameters;
    parameters.set("servers", std::move(servers));
    parameters.set("min_servers", least);
    parameters.set("chrony", std::string(chrony));
    return clock_descriptor().make(parameters);
  };
  EXPECT_TRUE(made({}, 1, "127.0.0.1:323").has_value());
  EXPECT_TRUE(made({}, 1, "").has_value());
  EXPECT_EQ((*made({"a", "b:1"}, 2, "[::1]:323"))->target(), "a b:1");
  EXPECT_EQ(made({"a b"}, 1, "").error().key, "servers");
  EXPECT_EQ(made(std::vector<std::string>(17, "a"), 1, "").error().key, "servers");
  EXPECT_EQ(made({"a"}, 2, "").error().key, "min_servers");
  EXPECT_EQ(made({}, 2, "").error().key, "min_servers");
  EXPECT_EQ(made({}, 1, "localhost:323").error().key, "chrony");
  EXPECT_EQ(made({}, 1, "127.0.0.1").error().key, "chrony");
}

}  // namespace
}  // namespace hale::checks
