// Check type `udp`: sends a datagram and looks at what comes back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/net/family.h"
#include "checks/pattern.h"
#include "monitor/check.h"

namespace hale::checks {

const monitor::CheckDescriptor& udp_descriptor();

struct UdpSettings {
  std::string host;
  std::uint16_t port = 0;
  Family family = Family::kAny;
  std::vector<std::uint8_t> payload;
  std::optional<Pattern> expect;  // without it only a refusal can be seen
  int tries = 1;
  monitor::Duration wait = std::chrono::milliseconds(500);  // for a refusal, without `expect`
};

class UdpCheck final : public monitor::Check {
 public:
  explicit UdpCheck(UdpSettings settings);

  std::string target() const override { return target_; }
  monitor::Task<monitor::CheckResult> run(monitor::RunContext& context) override;

 private:
  UdpSettings settings_;
  std::string target_;
};

}  // namespace hale::checks
