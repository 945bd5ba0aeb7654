// The exec check with what Nagios plugins print: real ones, and every use of their ranges.
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "checks/exec_check.h"
#include "monitor/health/limits.h"
#include "tests/support/type_probe.h"

namespace hale::checks {
namespace {

using monitor::Measurement;
using monitor::Result;
using std::chrono::seconds;
using test::ProbeRun;
using test::ProbeWorld;
using test::TypeProbe;

TypeProbe command(const std::vector<std::string>& words) {
  monitor::TextList list;
  for (const std::string& word : words) {
    list.push_back({.value = word});
  }
  return {exec_descriptor(), {{"command", list}}};
}

// What the plugin prints, what it exits with, and what the user wants of it.
TEST(PluginRangesTest, AreLimitsAsTheUserWantsIt) {
  ProbeWorld world;
  const monitor::MeasurementDescriptor& any = *exec_descriptor().open_measurement();
  const auto limit = [&any](Result severity, double value) {
    monitor::Limit own;
    own.measurement = &any;
    own.open_name = "users";
    own.comparison = monitor::Comparison::kGreaterEqual;
    own.value = value;
    own.severity = severity;
    return own;
  };
  const std::vector<monitor::Limit> none;
  const std::vector<monitor::Limit> warn_later = {limit(Result::kWarn, 50)};
  const std::vector<monitor::Limit> fail_early = {limit(Result::kFail, 5)};
  const std::vector<monitor::Limit> both_later = {limit(Result::kWarn, 50),
                                                  limit(Result::kFail, 60)};
  const struct {
    const char* ranges;
    const char* exit_codes;
    const char* script;
    const std::vector<monitor::Limit>& own;
    Result result;
  } kCases[] = {
      {"auto", "nagios", "echo 'OK|users=7;5;6'", none, Result::kPass},
      {"auto", "zero", "echo 'OK|users=7;5;10'", none, Result::kWarn},
      {"auto", "zero", "echo 'OK|users=7;5;6'", none, Result::kFail},
      {"apply", "nagios", "echo 'OK|users=7;5;10'", none, Result::kWarn},
      {"apply", "nagios", "echo 'OK|users=7;5;6'", none, Result::kFail},
      {"ignore", "zero", "echo 'OK|users=7;5;6'", none, Result::kPass},
      // The user's own take the place of the range of that severity, and of no other.
      {"apply", "nagios", "echo 'OK|users=7;5;10'", warn_later, Result::kPass},
      {"apply", "nagios", "echo 'OK|users=7;5;6'", warn_later, Result::kFail},
      {"apply", "nagios", "echo 'OK|users=7;5;6'", both_later, Result::kPass},
      {"ignore", "nagios", "echo 'OK|users=7;50;60'", fail_early, Result::kFail},
      // They make the exit status worse, and never better.
      {"auto", "nagios", "echo 'W|users=7'; exit 1", fail_early, Result::kFail},
      {"auto", "nagios", "echo 'W|users=7'; exit 1", both_later, Result::kWarn},
      {"auto", "nagios", "echo 'C|users=7'; exit 2", both_later, Result::kFail},
      {"apply", "nagios", "echo 'U|users=7;5;6'; exit 3", fail_early, Result::kUnknown},
      {"apply", "zero", "echo 'C|users=1;5;6'; exit 1", none, Result::kFail},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(std::string(test.ranges) + ", " + test.exit_codes + ": " + test.script);
    ProbeRun run = command({"/bin/sh", "-c", test.script})
                       .with("ranges", std::string(test.ranges))
                       .with("exit_codes", std::string(test.exit_codes))
                       .run(world, seconds(30));
    monitor::apply_limits(test.own, run.result.measurements, run.result.outcome);
    EXPECT_EQ(to_string(run.result.outcome.result), to_string(test.result))
        << run.result.outcome.message;
  }
}

std::string plugin(const char* name) {
  return "/usr/lib/nagios/plugins/" + std::string(name);
}

constexpr const char* kNoPlugins =
    "SKIPPED LOUDLY: the package monitoring-plugins-basic is not installed";

TEST(PluginTest, RealPluginsAreUnderstood) {
  if (::access(plugin("check_dummy").c_str(), X_OK) != 0) {
    GTEST_SKIP() << kNoPlugins;
  }
  ProbeWorld world;
  const auto ran = [&world](const std::vector<std::string>& words) {
    return command(words).run(world, seconds(30));
  };
  const Result kResults[] = {Result::kPass, Result::kWarn, Result::kFail, Result::kUnknown};
  for (int status = 0; status < 4; ++status) {
    const ProbeRun run = ran({plugin("check_dummy"), std::to_string(status), "hello"});
    EXPECT_EQ(run.result.outcome.result, kResults[status]);
    EXPECT_TRUE(run.result.outcome.message.ends_with(": hello")) << run.result.outcome.message;
  }
  const auto value_of = [](const ProbeRun& run, const std::string& name) -> const Measurement* {
    for (const Measurement& measurement : run.result.measurements) {
      if (measurement.name == name) {
        return &measurement;
      }
    }
    return nullptr;
  };
  const ProbeRun load = ran({plugin("check_load"), "-w", "1000,900,800", "-c", "2000,1900,1800"});
  EXPECT_EQ(load.result.outcome.result, Result::kPass) << load.result.outcome.message;
  ASSERT_NE(value_of(load, "load15"), nullptr) << load.result.outcome.message;
  const ProbeRun procs = ran({plugin("check_procs"), "-c", "0:0"});
  EXPECT_EQ(procs.result.outcome.result, Result::kFail) << procs.result.outcome.message;
  ASSERT_NE(value_of(procs, "procs"), nullptr) << procs.result.excerpt;
  EXPECT_GE(value_of(procs, "procs")->value, 1);
  const ProbeRun disk = ran({plugin("check_disk"), "-w", "1%", "-c", "0%", "-p", "/"});
  const Measurement* root = value_of(disk, "/");
  ASSERT_NE(root, nullptr) << disk.result.outcome.message;
  ASSERT_TRUE(root->open.has_value());
  EXPECT_EQ(root->open->unit, monitor::Unit::kBytes);
  EXPECT_GT(root->total.value_or(0), root->value);
}

}  // namespace
}  // namespace hale::checks
