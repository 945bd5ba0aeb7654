// Check type `heartbeat`: a job reports, and its silence is the failure.
#pragma once

#include "checks/heartbeat/heartbeat_watch.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& heartbeat_descriptor();

class HeartbeatCheck final : public monitor::Check {
 public:
  explicit HeartbeatCheck(HeartbeatSettings settings) : watch_(std::move(settings)) {}

  monitor::Passive* passive() override { return &watch_; }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  HeartbeatWatch watch_;
};

}  // namespace hale::checks
