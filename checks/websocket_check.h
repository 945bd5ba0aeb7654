// Check type `websocket`: does the server upgrade, and does it say what it should?
#pragma once

#include <string>

#include "checks/websocket/session.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& websocket_descriptor();

class WebSocketCheck final : public monitor::Check {
 public:
  explicit WebSocketCheck(websocket::WebSocketOptions options);

  std::string target() const override { return target_; }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  websocket::WebSocketOptions options_;
  std::string target_;  // the URL without its query, which may hold a secret
};

}  // namespace hale::checks
