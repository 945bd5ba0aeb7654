// Runs checks of any type against servers of a test, with the keys that the test sets and defaults
// for all others.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "monitor/check.h"
#include "tests/support/check_parameters.h"
#include "tests/support/probe_world.h"

namespace hale::test {

class TypeProbe {
 public:
  TypeProbe(const monitor::CheckDescriptor& type, std::initializer_list<Set> set)
      : type_(type), parameters_(check_parameters(type.keys, set)) {}

  TypeProbe& with(std::string key, monitor::ParameterValue value) {
    parameters_.set(std::move(key), std::move(value));
    return *this;
  }
  TypeProbe& tls(std::string key, monitor::ParameterValue value) {
    set_in(parameters_, "tls", std::move(key), std::move(value));
    return *this;
  }
  // Adds a step to the dialogue.
  TypeProbe& expect(const std::string& pattern) { return step({"expect", pattern}); }
  TypeProbe& send(const std::string& data) { return step({"send", monitor::Secret{data}}); }
  TypeProbe& starttls() { return step({"starttls", true}); }

  std::unique_ptr<monitor::Check> make() const {
    auto check = type_.make(parameters_);
    EXPECT_TRUE(check.has_value()) << check.error().key << ": " << check.error().message;
    return std::move(check.value());
  }
  ProbeRun run(ProbeWorld& world, monitor::Duration timeout) const {
    return world.run(*make(), timeout);
  }
  ProbeRun run_and_cancel(ProbeWorld& world, monitor::Duration timeout,
                          monitor::Duration after) const {
    return world.run_and_cancel(*make(), timeout, after);
  }

 private:
  TypeProbe& step(const Set& set) {
    std::vector<monitor::Parameters> steps = parameters_.tables("dialogue");
    steps.push_back(check_parameters(keys_of(type_.keys, "dialogue"), {set}));
    parameters_.set("dialogue", std::move(steps));
    return *this;
  }

  const monitor::CheckDescriptor& type_;
  monitor::Parameters parameters_;
};

// What a run has to report, and that it was not the deadline that ended it.
struct Expected {
  monitor::Result result = monitor::Result::kPass;
  monitor::Reason reason = monitor::Reason::kNone;
  monitor::Phase phase = monitor::Phase::kNone;
  std::string_view message = "";  // a part of it
  std::string_view code = "";     // "": any
};

inline void expect_run(const ProbeRun& run, const Expected& expected) {
  const monitor::Outcome& outcome = run.result.outcome;
  EXPECT_EQ(to_string(outcome.result), to_string(expected.result)) << outcome.message;
  EXPECT_EQ(to_string(outcome.reason), to_string(expected.reason)) << outcome.message;
  EXPECT_EQ(to_string(outcome.phase), to_string(expected.phase)) << outcome.message;
  EXPECT_TRUE(outcome.message.contains(expected.message)) << outcome.message;
  EXPECT_TRUE(expected.code.empty() || outcome.code == expected.code) << outcome.code;
  EXPECT_FALSE(run.threw);
  EXPECT_FALSE(run.cancelled) << "the check has the last word before its deadline";
}

inline std::optional<double> measured(const ProbeRun& run, std::string_view name) {
  for (const monitor::Measurement& measurement : run.result.measurements) {
    if (measurement.name == name) {
      return measurement.value;
    }
  }
  return std::nullopt;
}

}  // namespace hale::test
