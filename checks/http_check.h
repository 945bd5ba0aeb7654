// Asks an HTTP server and judges its answer. Each run opens its own connections: what it measures
// is what a new visitor meets.
#pragma once

#include <memory>
#include <string>

#include "checks/http/settings.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& http_descriptor();

class HttpCheck final : public monitor::Check {
 public:
  explicit HttpCheck(http::Settings settings);

  std::string target() const override { return settings_->request.url.shown(); }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  // Shared with judgements off the loop, which may outlive the check.
  std::shared_ptr<const http::Settings> settings_;
};

}  // namespace hale::checks
