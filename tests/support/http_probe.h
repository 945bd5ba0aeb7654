// Runs http checks against servers of a test, with the keys that the test sets and defaults for all
// others.
#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "checks/http_check.h"
#include "tests/support/default_parameters.h"
#include "tests/support/probe_world.h"

namespace hale::test {

class HttpProbe {
 public:
  explicit HttpProbe(const std::string& url)
      : parameters_(default_parameters(checks::http_descriptor().keys)) {
    parameters_.set("url", url);
  }

  HttpProbe& with(std::string key, monitor::ParameterValue value) {
    parameters_.set(std::move(key), std::move(value));
    return *this;
  }
  HttpProbe& expect(std::string key, monitor::ParameterValue value) {
    set_in(parameters_, "expect", std::move(key), std::move(value));
    return *this;
  }
  HttpProbe& tls(std::string key, monitor::ParameterValue value) {
    set_in(parameters_, "tls", std::move(key), std::move(value));
    return *this;
  }

  const monitor::Parameters& parameters() const { return parameters_; }
  std::unique_ptr<monitor::Check> make() const {
    auto check = checks::http_descriptor().make(parameters_);
    EXPECT_TRUE(check.has_value()) << check.error().key << ": " << check.error().message;
    return check ? std::move(*check) : nullptr;
  }
  ProbeRun run(ProbeWorld& world, monitor::Duration timeout) const {
    const auto check = make();
    return world.run(*check, timeout);
  }

 private:
  monitor::Parameters parameters_;
};

}  // namespace hale::test
